"""InfoM and InfoC of normalised mutual information: which codes are active, ratios and gaps."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ...errors import CallError
from ..standardize import common_unit

_RULE = re.compile(r"(range|iqr)\s*([/>])\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


@dataclass(frozen=True)
class ActivityRule:
    """A code is active if its range, or interquartile range, is more than a share of the largest one
    ("range/8": an eighth) or more than a number ("iqr>0.1")."""

    spread: str
    relative: bool
    threshold: float

    @classmethod
    def parse(cls, text: str) -> ActivityRule:
        """The rule that a text such as "range/20" stands for; CallError if it is none."""
        found = _RULE.fullmatch(str(text).strip())
        if found is None or (found[2] == "/" and float(found[3]) < 1):
            raise CallError(
                f"{text!r} is no pruning rule; write range/20 (more than a twentieth of the largest range), "
                "range>0, iqr/10 or iqr>0.1"
            )
        return cls(found[1], found[2] == "/", float(found[3]))

    def active(self, codes: np.ndarray) -> np.ndarray:
        """Mask (D,) of the active ones among codes (N, D); a code that never changes is not."""
        unit = common_unit(codes) if self.relative else np.float64(1)  # a difference may overflow
        codes = codes / unit
        if self.spread == "range":
            spread = codes.max(axis=0) - codes.min(axis=0)
        else:
            low, high = np.percentile(codes, [25, 75], axis=0)
            spread = high - low
        return spread > (spread.max() / self.threshold if self.relative else self.threshold)


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
