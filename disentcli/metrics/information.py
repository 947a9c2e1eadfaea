"""Plug-in entropy and mutual information of class labels, in nats."""

from __future__ import annotations

import numpy as np


def entropy(labels: np.ndarray) -> float:
    """H = −Σ p ln p of the label frequencies, labels (N,)."""
    _, counts = np.unique(labels, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """I = Σ p(a, b) ln p(a, b) / (p(a) p(b)) of the contingency table of two label vectors (N,)."""
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    width = int(b.max()) + 1
    joint = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width).reshape(-1, width) / len(a)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    information = (joint[seen] * np.log(joint[seen] / independent[seen])).sum()
    return max(float(information), 0.0)  # rounding may leave −1e-17 where the two are independent


def information_matrix(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Mutual information (D, F) of every column of code labels (N, D) with every factor (N, F)."""
    return np.array([[mutual_information(code, factor) for factor in factors.T] for code in codes.T])
