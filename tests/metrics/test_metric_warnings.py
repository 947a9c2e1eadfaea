"""Warnings of metrics: for a caller they are Python's, in an evaluation they stand beside the scores."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from disentcli.errors import Unsupported
from disentcli.metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from disentcli.metrics.metric_warnings import MetricWarning, collected_warnings, warn


def tell() -> list[str]:
    """What is collected of four warnings, one of which is none of a metric."""
    with collected_warnings() as messages:
        warn("few points")
        warnings.warn("not of a metric", UserWarning, stacklevel=1)
        warn("few points")
        warn("an outlier")
    return messages


def test_messages_are_collected_once_and_other_warnings_go_on() -> None:
    with pytest.warns(UserWarning, match="not of a metric") as passed:
        messages = tell()
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
    list(evaluate([BoundMetric("mine", uneasy, {})], inputs, evaluation))
    assert evaluation.warnings == {"mine": ["starts with 1", "starts with 3"]}
    assert evaluation.scores["mine"]["score"] == pytest.approx(7 / 3)
    assert not evaluation.reasons


def test_a_null_score_has_a_reason_and_no_warning() -> None:
    evaluation = EvaluationResult()
    list(evaluate([BoundMetric("mine", uneasy, {})], Drawn([-1.0]), evaluation))
    assert evaluation.reasons == {"mine": "the codes are negative"}
    assert not evaluation.warnings
