"""Warnings of metrics: Python's for a caller, beside the scores in an evaluation; few points are one."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from disentcli.errors import Unsupported
from disentcli.metrics import (
    dci,
    dcimig,
    downstream,
    infomec,
    irs,
    jemmig,
    med,
    mig,
    mig_sup,
    modularity_explicitness,
    r2,
    rmig,
    sap,
    sap_continuous,
    udr,
    unsupervised,
)
from disentcli.metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from disentcli.metrics.metric_warnings import MetricWarning, collected_warnings, most_classes, warn

RNG = np.random.default_rng(0)
CODES, FACTORS = RNG.normal(size=(24, 10)), np.arange(24)[:, None] // np.array([1, 2]) % 5
MESSAGES: dict[Callable[..., Any], str] = {
    mig: "few points: 24 for 20 bins × 5 classes; at least 500",
    mig_sup: "few points: 24 for 20 bins × 5 classes; at least 500",
    dcimig: "few points: 24 for 20 bins × 5 classes; at least 500",
    dci: "few points: 16 to learn 5 classes from 10 codes; at least 100",
    sap: "few points: 16 to learn 5 classes from 1 code; at least 50",
    med: "few points: 16 for 20 bins × 5 classes; at least 500",
    modularity_explicitness: "few test points: 8 for 5 classes; at least 50",
    r2: "few points: 16 for 10 codes; at least 100",
    infomec: "few points: 24 to learn 5 classes from 10 codes; at least 100",
    irs: "few points: 24 for 5 classes; at least 50",
}


def collected() -> list[str]:
    """What is collected of four warnings, one of which is none of a metric."""
    with collected_warnings() as messages:
        warn("few points")
        warnings.warn("not of a metric", UserWarning, stacklevel=1)
        warn("few points")
        warn("an outlier")
    return messages


def test_messages_are_collected_once_and_other_warnings_go_on() -> None:
    with pytest.warns(UserWarning, match="not of a metric") as passed:
        messages = collected()
    assert messages == ["few points", "an outlier"]
    assert len(passed) == 1


def test_a_caller_of_a_metric_is_warned_as_python_does() -> None:
    with pytest.warns(MetricWarning, match="few points"):
        warn("few points")


class Drawn:
    """Inputs of a metric that asks for codes."""

    def __init__(self, codes: list[float]) -> None:
        self.codes = np.array(codes)


def uneasy(codes: np.ndarray) -> dict[str, float]:
    if codes[0] < 0:
        raise Unsupported("the codes are negative")
    warn(f"starts with {codes[0]:g}")
    return {"score": float(codes.sum())}


def test_an_evaluation_keeps_warnings_of_all_repeats_beside_the_scores() -> None:
    evaluation = EvaluationResult()
    inputs = [Drawn([1.0, 2.0]), Drawn([3.0]), Drawn([1.0])]
    evaluate([BoundMetric("mine", uneasy, {})], inputs, evaluation)
    assert evaluation.warnings == {"mine": ["starts with 1", "starts with 3"]}
    assert evaluation.scores["mine"]["score"] == pytest.approx(7 / 3)
    assert not evaluation.reasons


def test_a_null_score_has_a_reason_and_no_warning() -> None:
    evaluation = EvaluationResult()
    evaluate([BoundMetric("mine", uneasy, {})], Drawn([-1.0]), evaluation)
    assert evaluation.reasons == {"mine": "the codes are negative"}
    assert not evaluation.warnings


@pytest.mark.parametrize("metric", MESSAGES, ids=lambda metric: metric.__name__)
def test_few_points_are_said_with_how_many_it_takes(metric: Callable[..., Any]) -> None:
    with pytest.warns(MetricWarning, match=re.escape(MESSAGES[metric])):
        metric(CODES, FACTORS)


def test_few_points_for_scores_without_classes() -> None:
    with pytest.warns(MetricWarning, match="few points: 24 for 10 codes; at least 100"):
        unsupervised(CODES)
    with pytest.warns(MetricWarning, match="few points: 24 for 10 codes; at least 100"):
        udr([CODES, CODES[:, ::-1]])
    with pytest.warns(MetricWarning, match="few points: 8 for 1 code; at least 10"):
        sap_continuous(CODES[:8], FACTORS[:8])


@pytest.mark.parametrize("metric", [rmig, jemmig], ids=lambda metric: metric.__name__)
def test_few_points_for_the_bins_that_codes_reach(metric: Callable[..., Any]) -> None:
    with pytest.warns(MetricWarning, match=r"few points: 24 for \d\d bins × 5 classes"):
        metric(CODES, FACTORS)


def test_codes_of_few_values_take_fewer_points() -> None:
    """Two values × five classes: ten cells, not a hundred."""
    codes, factors = RNG.integers(0, 2, (60, 2)), RNG.integers(0, 5, (60, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error", MetricWarning)
        mig(codes, factors)
    with pytest.warns(MetricWarning, match="few points: 40 for 2 bins × 5 classes; at least 50"):
        mig(codes[:40], factors[:40])


def test_classes_are_counted_not_spanned() -> None:
    assert most_classes(np.array([[0, 5], [100, 5], [0, 5], [100, 7]])) == 2
    assert most_classes(np.array([[0.5, -1e9], [0.25, 3.0], [0.125, 3.0]])) == 3


@pytest.mark.parametrize("metric", MESSAGES, ids=lambda metric: metric.__name__)
def test_as_many_as_it_takes_are_no_reason_to_warn(metric: Callable[..., Any]) -> None:
    codes, factors = RNG.normal(size=(800, 3)), RNG.integers(0, 5, (800, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error", MetricWarning)
        metric(codes, factors)


def test_so_few_points_earn_what_noise_does() -> None:
    """Why it is said: 24 codes of noise, and MIG and DCI in training of what they know nothing of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        assert mig(CODES, FACTORS)["mig"] > 0.02
        assert dci(CODES, FACTORS)["informativeness_train"] == 1.0
        assert downstream(CODES, FACTORS, labels=(16,), folds=2, penalties=2)["mean_train_accuracy_16"] > 0.5
