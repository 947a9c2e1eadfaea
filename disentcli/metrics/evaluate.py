"""Running metrics on one model: arguments by name, null with a reason where the data cannot support one."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import numpy as np

from ..errors import CallError, Unsupported
from .inputs import OFFERED, MetricInputs


@dataclass
class Evaluation:
    """Scores, reasons for the null ones, arrays as "<metric>/<name>", and seconds, by metric."""

    scores: dict[str, dict[str, float | None]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class MetricCall:
    """A metric, the label of its results and the options given for it."""

    label: str
    function: Callable[..., Mapping[str, Any]]
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        known = inspect.signature(self.function).parameters
        for name in self.options:
            if name not in known:
                takes = ", ".join(known.keys() - set(OFFERED)) or "none"
                raise CallError(f"metric {self.label!r} has no option {name!r}; its options: {takes}")
        for name, parameter in known.items():
            if parameter.default is parameter.empty and name not in OFFERED and name not in self.options:
                raise CallError(
                    f"metric {self.label!r} needs {name!r}, which no evaluation offers\n"
                    f"give it as an option, or use one of {', '.join(OFFERED)}"
                )

    def score_names(self) -> list[str]:
        """The scores that the metric's return type promises, for the null ones of an unsupported metric."""
        returned = get_type_hints(self.function).get("return")
        hints = get_type_hints(returned) if isinstance(returned, type) else {}
        return [name for name, kind in hints.items() if kind is float]

    def __call__(self, inputs: MetricInputs) -> Mapping[str, Any]:
        arguments = dict(self.options)
        for name in inspect.signature(self.function).parameters:
            if name in OFFERED and name not in arguments:
                arguments[name] = getattr(inputs, name)
        return self.function(**arguments)


def evaluate(calls: list[MetricCall], inputs: MetricInputs, evaluation: Evaluation) -> Iterator[MetricCall]:
    """Run the metrics in turn, adding to `evaluation`, and give each one back when it is done."""
    for call in calls:
        start = time.perf_counter()
        try:
            _store(call, call(inputs), evaluation)
        except Unsupported as reason:
            evaluation.scores[call.label] = dict.fromkeys(call.score_names())
            evaluation.reasons[call.label] = str(reason)
        evaluation.seconds[call.label] = round(time.perf_counter() - start, 3)
        yield call


def _store(call: MetricCall, result: Mapping[str, Any], evaluation: Evaluation) -> None:
    scores: dict[str, float | None] = {}
    for name, value in result.items():
        if isinstance(value, np.ndarray):
            evaluation.arrays[f"{call.label}/{name}"] = value
        elif math.isfinite(value):
            scores[name] = float(value)
        else:
            scores[name] = None
            evaluation.reasons[call.label] = f"{name} is {value}"
    evaluation.scores[call.label] = scores
