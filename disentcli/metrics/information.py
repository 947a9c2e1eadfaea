"""Plug-in entropy and mutual information of class labels, in nats, of many columns at once."""

from __future__ import annotations

import numpy as np

_CELLS = 1 << 22  # (point, code, factor) triples counted at a time: 32 MB of indices


def entropy(labels: np.ndarray) -> float:
    """H = −Σ p ln p of the label frequencies, labels (N,)."""
    _, counts = np.unique(labels, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def entropies(labels: np.ndarray) -> np.ndarray:
    """Entropy (F,) of every column of labels (N, F)."""
    return np.array([entropy(column) for column in labels.T])


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """I = Σ p(a, b) ln p(a, b) / (p(a) p(b)) of the contingency table of two label vectors (N,)."""
    return float(information_matrix(a[:, None], b[:, None])[0, 0])


def information_matrix(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Mutual information (D, F) of every column of code labels (N, D) with every factor (N, F)."""
    codes, code_starts = _stacked(codes)
    factors, factor_starts = _stacked(factors)
    counts = _joint_counts(codes, factors)
    of_codes = np.add.reduceat(counts, factor_starts[:-1], axis=1)[:, 0]  # each factor counts every point
    of_factors = np.add.reduceat(counts, code_starts[:-1], axis=0)[0]
    joint, of_codes, of_factors = (part / len(codes) for part in (counts, of_codes, of_factors))
    seen = joint > 0
    logs = np.log(joint, where=seen, out=np.zeros_like(joint))
    logs -= np.log(of_codes, where=of_codes > 0, out=np.zeros_like(of_codes))[:, None]
    logs -= np.log(of_factors, where=of_factors > 0, out=np.zeros_like(of_factors))
    by_code = np.add.reduceat(np.where(seen, joint * logs, 0.0), code_starts[:-1], axis=0)
    information = np.add.reduceat(by_code, factor_starts[:-1], axis=1)
    return np.maximum(information, 0.0)  # rounding may leave −1e-17 where the two are independent


def row_gaps(matrix: np.ndarray) -> np.ndarray:
    """Largest minus second largest entry (n,) of each row of a matrix (n, m ≥ 2)."""
    ranked = np.sort(matrix, axis=1)
    return ranked[:, -1] - ranked[:, -2]


def relabel(labels: np.ndarray) -> np.ndarray:
    """Labels (N, D) of any kind as small integers from 0, column by column and in the same order."""
    if np.issubdtype(labels.dtype, np.integer):
        low = labels.min(axis=0)
        if (labels.max(axis=0) - low < max(len(labels), 256)).all():
            return labels.astype(np.int64) - low
    columns = [np.unique(column, return_inverse=True)[1] for column in labels.T]
    return np.stack(columns, axis=1).astype(np.int64)


def _stacked(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels that no two columns share, and where those of each column begin and the last end (D + 1,)."""
    labels = relabel(labels)
    starts = np.concatenate([[0], np.cumsum(labels.max(axis=0) + 1)])
    return labels + starts[:-1], starts


def _joint_counts(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """How often every code label stands beside every factor label: one table for all the columns."""
    height, width = int(codes.max()) + 1, int(factors.max()) + 1
    counts = np.zeros(height * width, dtype=np.int64)
    step = max(_CELLS // (codes.shape[1] * factors.shape[1]), 1)
    for start in range(0, len(codes), step):
        rows = slice(start, start + step)
        cells = codes[rows, :, None] * width + factors[rows, None, :]
        counts += np.bincount(cells.ravel(), minlength=height * width)
    return counts.reshape(height, width)
