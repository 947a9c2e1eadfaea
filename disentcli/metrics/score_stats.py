"""Scores over several sampling seeds: mean, standard deviation and confidence interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

import numpy as np

CONFIDENCE = 0.95


class ScoreStats(TypedDict):
    """Statistics of R values.

    std: of the sample (ddof 1). low, high: the 95 % confidence interval of the mean.
    """

    mean: float
    std: float
    low: float
    high: float
    values: list[float]


class RepeatedScore(float):
    """The mean of a score that a metric has measured several times itself; `values` are all of them.

    >>> RepeatedScore([1.0, 2.0]) + 1
    2.5
    """

    values: list[float]

    def __new__(cls, values: Iterable[float]) -> RepeatedScore:
        every = [float(value) for value in values]
        measured = super().__new__(cls, sum(every) / len(every))
        measured.values = every
        return measured


def summarize(values: Sequence[float]) -> ScoreStats:
    """Mean ± t · s / √R of R ≥ 2 values, t the 97.5 % quantile of Student's distribution of R − 1 degrees.

    >>> summarize([1.0, 2.0, 3.0])["std"]
    1.0
    """
    from scipy.special import stdtrit

    mean, std = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * std / len(values) ** 0.5
    return ScoreStats(
        mean=mean, std=std, low=mean - half, high=mean + half, values=[float(v) for v in values]
    )


def stats_of_repeats(repeats: Sequence[Mapping[str, float | None]]) -> dict[str, ScoreStats]:
    """The statistics of each score of a metric over its repeats; one that is null in a repeat has none."""
    found: dict[str, ScoreStats] = {}
    for name in repeats[0]:
        values = [scores[name] for scores in repeats if scores.get(name) is not None]
        if len(values) == len(repeats) > 1:
            found[name] = summarize([value for value in values if value is not None])
    return found
