"""Which groups are not significantly worse than the best one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from .grouping import Group
from .score_direction import better

Test = Literal["welch", "paired"]


def best_of(groups: Sequence[Group], score: str) -> dict[int, int]:
    """For each group with this score, the place of the best mean among the groups of the same data.

    Empty where it is not known which way is better.
    """
    way = better(score)
    if way is None:
        return {}
    sign = 1 if way == "higher" else -1
    means = {
        at: sign * float(np.mean(values)) for at, one in enumerate(groups) if (values := one.values(score))
    }
    best = {}
    for at in means:
        rivals = [other for other in means if groups[other].data == groups[at].data]
        if len(rivals) > 1:
            best[at] = max(rivals, key=lambda other: means[other])
    return best


def best_or_tied(groups: Sequence[Group], score: str, test: Test = "welch", level: float = 0.95) -> set[int]:
    """The places of the best groups and of those that a two-sided test does not find to differ from them.

    A group differs from the best if p < 1 − level; with too few seeds for a test it does not count as tied.
    """
    found = set()
    for at, best in best_of(groups, score).items():
        if at == best or _tied(p_value(groups[at], groups[best], score, test), level):
            found.add(at)
    return found


def _tied(p: float | None, level: float) -> bool:
    return p is not None and p >= 1 - level


def p_value(one: Group, other: Group, score: str, test: Test = "welch") -> float | None:
    """Of Welch's t-test, or of the t-test paired over the seeds that both have; None with too few seeds.

    Two samples without any variance are equal (1) or not (0).
    """
    if test == "paired":
        first, second = one.by_seed(score), other.by_seed(score)
        shared = [seed for seed in first if seed in second]
        return _paired(np.array([first[seed] - second[seed] for seed in shared]))
    return _welch(np.array(one.values(score)), np.array(other.values(score)))


def _paired(differences: np.ndarray) -> float | None:
    from scipy.stats import ttest_1samp

    if len(differences) < 2:
        return None
    if np.ptp(differences) == 0:
        return float(differences[0] == 0)
    return float(ttest_1samp(differences, 0.0).pvalue)


def _welch(a: np.ndarray, b: np.ndarray) -> float | None:
    from scipy.stats import ttest_ind

    if min(len(a), len(b)) < 2:
        return None
    if np.ptp(a) == 0 and np.ptp(b) == 0:
        return float(a[0] == b[0])
    return float(ttest_ind(a, b, equal_var=False).pvalue)


def describe_test(test: Test, level: float) -> str:
    """How the best were found, for a caption."""
    name = "t-test paired over seeds" if test == "paired" else "Welch t-test"
    return f"the best, and what a two-sided {name} does not tell from it (p ≥ {1 - level:.2g}, uncorrected)"


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values of several tests, adjusted so that one false finding among them is as rare as in one test.

    The k-th smallest of m becomes the largest of (m − j + 1)·p_j over j ≤ k, 1 at most (Holm, 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = largest
    return adjusted
