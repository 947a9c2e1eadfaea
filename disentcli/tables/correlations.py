"""Whether metrics agree on which runs are good: rank correlations over runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .score_tables import Scores

LEAST = 3  # runs


def rank_correlations(tables: Sequence[Scores], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Spearman's ρ (S, S) of each pair of scores over the runs that have both, and their numbers (S, S).

    NaN where a score is constant or there are fewer than 3 such runs. Ties share their mean rank.
    """
    found = [[table.get(name) for name in names] for table in tables]
    values = np.array(
        [[np.nan if one is None else one for one in row] for row in found], dtype=float
    ).reshape(len(tables), len(names))
    size = len(names)
    correlations, counts = np.full((size, size), np.nan), np.zeros((size, size), dtype=int)
    for row in range(size):
        for column in range(size):
            both = np.isfinite(values[:, row]) & np.isfinite(values[:, column])
            counts[row, column] = both.sum()
            correlations[row, column] = _spearman(values[both, row], values[both, column])
    return correlations, counts


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import rankdata

    if len(a) < LEAST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def correlation_rows(correlations: np.ndarray, counts: np.ndarray, names: Sequence[str]) -> list[list[str]]:
    """Lines of a table, header first; (n) behind a value that not all runs have a share in."""
    most = int(counts.max(initial=0))
    lines = [["Spearman's ρ", *names]]
    for name, row, of in zip(names, correlations, counts, strict=True):
        lines.append([name, *(_text(value, int(n), most) for value, n in zip(row, of, strict=True))])
    return lines


def _text(value: float, count: int, most: int) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.2f}" if count == most else f"{value:.2f} ({count})"
