"""Nearest neighbours among many codes: distances by matrix products, a part of the queries at a time."""

from __future__ import annotations

import numpy as np

from .standardize import common_unit

CELLS = 1 << 23  # distances at a time: 32 MB


def nearest_neighbours(
    queries: np.ndarray, gallery: np.ndarray, k: int, *, own: np.ndarray | None = None
) -> np.ndarray:
    """Places (Q, k) of the k nearest of the gallery (N, D) to each query (Q, D), nearest first.

    Distances are Euclidean, in single precision about the gallery's centre. `own` (Q,) are places that are
    not given for their query, such as its own.
    """
    import torch

    one, other = (torch.from_numpy(part) for part in _centred(queries, gallery))
    squares = other.square().sum(1)
    chunk = max(1, CELLS // len(gallery))
    found = []
    for start in range(0, len(queries), chunk):
        part = one[start : start + chunk]
        distances = torch.addmm(squares, part, other.T, alpha=-2)  # less the query's own square
        if own is not None:
            places = torch.from_numpy(own[start : start + chunk, None])
            distances.scatter_(1, places, torch.inf)
        found.append(distances.topk(k, largest=False).indices)
    return torch.cat(found).numpy()


def vote(labels: np.ndarray, classes: int) -> np.ndarray:
    """The most frequent of each row of labels (Q, k), the least of those where several are.

    >>> vote(np.array([[2, 0, 2], [2, 1, 0]]), 3).tolist()
    [2, 0]
    """
    rows = np.arange(len(labels))[:, None] * classes
    return (
        np.bincount((rows + labels).ravel(), minlength=len(labels) * classes).reshape(-1, classes).argmax(1)
    )


def _centred(queries: np.ndarray, gallery: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both about the gallery's centre, in units of its largest deviation: squares keep their digits."""
    scale = common_unit(gallery)
    queries, gallery = queries / scale, gallery / scale
    centre = gallery.mean(axis=0)
    unit = float(np.abs(gallery - centre).max()) or 1.0
    return tuple(np.ascontiguousarray((part - centre) / unit, np.float32) for part in (queries, gallery))  # type: ignore[return-value]
