"""What a study has found: the scores of each cell of its grid, the best, and what can be told from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..runs.run import Run
from ..tables.group_table import choose_scores
from ..tables.grouping import Group
from ..tables.intervals import LEVEL, Estimate, estimate
from ..tables.power import seeds_needed
from ..tables.score_direction import better
from ..tables.significance import best_of, holm, p_value
from .sweep_plan import SweepRun
from .sweep_table import sweep_groups

MOST_SCORES = 8  # that are shown where a study names none


@dataclass(frozen=True)
class Compared:
    """A cell beside the best one of its data: the difference of the means, p after Holm, seeds needed."""

    group: Group
    difference: float
    p: float | None
    seeds_needed: int | None

    @property
    def told(self) -> bool:
        """Whether the test tells it from the best."""
        return self.p is not None and self.p < 1 - LEVEL


@dataclass(frozen=True)
class Verdict:
    """Of one score on one data: the best cell, and the others beside it."""

    score: str
    best: Group
    others: Sequence[Compared]

    @property
    def not_told(self) -> list[Compared]:
        """The cells that cannot be told from the best."""
        return [one for one in self.others if not one.told]


@dataclass(frozen=True)
class StudyResults:
    """The groups of a study with their scores, all and shown ones, and the verdict on each shown one."""

    axes: Sequence[str]
    groups: Sequence[Group]
    names: Sequence[str]
    scores: Sequence[str]
    verdicts: Sequence[Verdict]
    wanted: int

    def estimate(self, group: Group, score: str) -> Estimate | None:
        """The mean of a score over the seeds of a group, with its t interval."""
        return estimate(group.values(score), "t", LEVEL)


def read_results_of(
    plan: Sequence[SweepRun],
    runs: Mapping[str, Run],
    scores: Sequence[str] = (),
    difference: float | None = None,
) -> StudyResults:
    """The results of those runs of a plan that have some.

    Args:
        runs: by the keys of the plan.
        scores: those to be shown, as `fig compare --metrics` names them; none for those of which it is known
            which way is better, eight at most.
        difference: whose number of seeds is asked for; None for the differences that were found.

    Raises:
        CallError: there are results, but none has such a score.
    """
    names, groups = sweep_groups(plan, runs)
    if scores and names:
        shown = choose_scores(names, scores)
    else:
        shown = [name for name in names if better(name) is not None][:MOST_SCORES]
    verdicts = [one for score in shown for one in judge(groups, score, difference)]
    axes = [name for name, _ in plan[0].axes] or ["run"]
    return StudyResults(axes, groups, names, shown, verdicts, len(plan) // len(groups))


def judge(groups: Sequence[Group], score: str, difference: float | None = None) -> list[Verdict]:
    """The best group of each data, and whether Welch's t-test tells the others from it.

    p-values are corrected by Holm over the comparisons with one best group.
    """
    places = best_of(groups, score)
    found = []
    for best in dict.fromkeys(places.values()):
        others = [at for at, of in places.items() if of == best and at != best]
        p_values = [p_value(groups[at], groups[best], score) for at in others]
        known = iter(holm([p for p in p_values if p is not None]))
        corrected = [None if p is None else next(known) for p in p_values]
        compared = [
            _compare(groups[at], groups[best], score, p, difference)
            for at, p in zip(others, corrected, strict=True)
        ]
        found.append(Verdict(score, groups[best], compared))
    return found


def _compare(one: Group, best: Group, score: str, p: float | None, difference: float | None) -> Compared:
    first, second = one.values(score), best.values(score)
    found = float(np.mean(first) - np.mean(second))
    std = pooled_std(first, second)
    wanted = found if difference is None else difference
    return Compared(one, found, p, None if std is None else seeds_needed(wanted, std, LEVEL))


def pooled_std(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The deviation of both samples together around their own means; None with fewer than two values each."""
    if min(len(first), len(second)) < 2:
        return None
    squares = sum(float(np.var(one, ddof=1)) * (len(one) - 1) for one in (first, second))
    return math.sqrt(squares / (len(first) + len(second) - 2))
