"""Repeated measurements: the t interval, as scipy has it, and nulls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from disentcli.metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from disentcli.metrics.score_stats import stats_of_repeats, summarize


def test_the_interval_is_students() -> None:
    values = [0.1, 0.4, 0.35, 0.8]
    spread = summarize(values)
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (spread["low"], spread["high"]) == pytest.approx((low, high))
    assert spread["std"] == pytest.approx(np.std(values, ddof=1))
    assert spread["values"] == values


def test_one_value_or_a_null_has_no_spread() -> None:
    assert stats_of_repeats([{"a": 1.0}]) == {}
    assert set(stats_of_repeats([{"a": 1.0, "b": None}, {"a": 2.0, "b": 1.0}])) == {"a"}


class Inputs:
    def __init__(self, seed: int) -> None:
        self.seed = seed


def test_scores_are_means_and_arrays_those_of_the_first_seed() -> None:
    def seeded(seed: int) -> dict[str, object]:
        return {
            "a": seed,
            "b": float("nan") if seed == 2 else 1.0,
            "array": np.array([seed]),
            "mode": {"x": 1},
        }

    evaluation = EvaluationResult()
    evaluate([BoundMetric("m", seeded, {})], [Inputs(1), Inputs(2), Inputs(3)], evaluation)
    assert evaluation.scores == {"m": {"a": 2.0, "b": None}}
    assert evaluation.reasons == {"m": "b is nan"}
    assert evaluation.stats["m"]["a"]["values"] == [1.0, 2.0, 3.0]
    assert evaluation.arrays["m/array"].tolist() == [1]
    assert evaluation.used == {"m": {"x": 1}}
