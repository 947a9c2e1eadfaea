"""InfoM and InfoC of a matrix of normalised mutual information: ratios and gaps, finite for any matrix."""

from __future__ import annotations

import numpy as np


def modularity_ratio(information: np.ndarray, active: np.ndarray) -> float:
    """InfoM = (mean over active i of max_j Pᵢⱼ / Σ_j Pᵢⱼ − 1/F) / (1 − 1/F), P (D, F) with F ≥ 2.

    Codes that tell nothing of any factor are left out; 0 if none is left.
    """
    rows = information[active]
    rows = rows[rows.sum(axis=1) > 0]
    return _above_chance(rows.max(axis=1) / rows.sum(axis=1), rows.shape[1]) if len(rows) else 0.0


def compactness_ratio(information: np.ndarray, active: np.ndarray) -> float:
    """InfoC = (mean over j of max_i Pᵢⱼ / Σ_i Pᵢⱼ − 1/n) / (1 − 1/n) over the n active codes, P (D, F).

    A factor of which no active code tells anything counts as evenly shared. With a single active code, the
    published 0 / 0, it is 1 if that code tells of any factor: there is nothing to spread over. Else 0.
    """
    rows = information[active]
    count, totals = len(rows), rows.sum(axis=0)
    if count == 0 or not totals.any():
        return 0.0
    if count == 1:
        return 1.0
    shares = np.divide(rows.max(axis=0), totals, out=np.full(len(totals), 1 / count), where=totals > 0)
    return _above_chance(shares, count)


def modularity_gap(information: np.ndarray, active: np.ndarray) -> float:
    """Mean over active codes of the largest Pᵢⱼ over factors minus the second largest; 0 without any."""
    return float(_gaps(information[active].T).mean()) if active.any() else 0.0


def compactness_gap(information: np.ndarray, active: np.ndarray | None = None) -> float:
    """Mean over factors of the largest Pᵢⱼ over codes minus the second largest.

    Over all codes, as published, or over the active ones; 0 without any.
    """
    rows = information if active is None else information[active]
    return float(_gaps(rows).mean()) if len(rows) else 0.0


def _above_chance(shares: np.ndarray, count: int) -> float:
    return float((shares.mean() - 1 / count) / (1 - 1 / count))


def _gaps(matrix: np.ndarray) -> np.ndarray:
    """Largest minus second largest entry of every column; the largest itself where it is alone."""
    ranked = np.sort(matrix, axis=0)
    return ranked[-1] - (ranked[-2] if len(ranked) > 1 else 0.0)
