"""Running metrics on one model: arguments by name, null with a reason where the data cannot support one."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import numpy as np

from ..config.coercion import coerce
from ..errors import CallError, Unsupported
from ..registry.signature import arguments_of
from .context import INJECTABLE
from .metric_warnings import collected_warnings
from .score_stats import RepeatedScore, ScoreStats, stats_of_repeats, summarize

Scores = dict[str, float | None]


@dataclass
class EvaluationResult:
    """Scores, reasons for the null ones, arrays as "<metric>/<name>", and seconds, by metric.

    With several repeats, scores are means over them, and arrays are those of the first.

    stats: of each score over repeats, or over the times that a metric measured it itself.
    used: the settings that a metric took from a named version.
    warnings: what a reader must know of scores that are numbers all the same.
    """

    scores: dict[str, Scores] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    stats: dict[str, dict[str, ScoreStats]] = field(default_factory=dict)
    used: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class BoundMetric:
    """A metric, the label of its results and the options given for it."""

    label: str
    function: Callable[..., Mapping[str, Any]]
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        known = arguments_of(self.function)
        for name in self.options:
            if name not in known:
                takes = ", ".join(sorted(known.keys() - set(INJECTABLE))) or "none"
                raise CallError(f"metric {self.label!r} has no option {name!r}; its options: {takes}")
        for name, argument in known.items():
            if argument.required and name not in INJECTABLE and name not in self.options:
                raise CallError(
                    f"metric {self.label!r} needs {name!r}, which no evaluation offers\n"
                    f"give it as an option, or use one of {', '.join(INJECTABLE)}"
                )
        fitting = {
            name: coerce(value, known[name].hint, f"metrics.{self.label}.{name}")
            for name, value in self.options.items()
        }
        object.__setattr__(self, "options", fitting)

    def score_names(self) -> list[str]:
        """The scores that the metric's return type promises, for the null ones of an unsupported metric."""
        returned = self.function.__annotations__.get("return")
        if isinstance(returned, str):
            returned = getattr(self.function, "__globals__", {}).get(returned)
        hints = get_type_hints(returned) if isinstance(returned, type) else {}
        return [name for name, kind in hints.items() if kind is float]

    @property
    def injected(self) -> list[str]:
        """The arguments that an evaluation provides."""
        names = inspect.signature(self.function).parameters
        return [name for name in names if name in INJECTABLE and name not in self.options]

    def __call__(self, context: Any) -> Mapping[str, Any]:
        return self.function(**self.options, **{name: getattr(context, name) for name in self.injected})


def evaluate(
    calls: Sequence[BoundMetric], context: Any, evaluation: EvaluationResult | None = None
) -> EvaluationResult:
    """Run the metrics in turn, and give their scores; a metric that is unsupported is null with its reason.

    Args:
        calls: the metrics, with their options.
        context: a `MetricContext` or `FileContext`, from which metrics get their other arguments; or a list
            of such, one for each sampling seed.
        evaluation: an earlier result, to which everything is added.

    >>> from disentcli.metrics import CodeFile, FileContext, mig
    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> file = CodeFile(factors.astype(float), factors, ("shape", "size", "hue"), (3, 4, 5))
    >>> found = evaluate([BoundMetric("mig", mig, {"bins": 5})], FileContext(file).on_full_grid())
    >>> round(found.scores["mig"]["mig"], 6)
    1.0
    """
    evaluation = EvaluationResult() if evaluation is None else evaluation
    repeats = context if isinstance(context, list) else [context]
    for call in calls:
        start = time.perf_counter()
        try:
            with collected_warnings() as messages:
                results = [call(one) for one in repeats]
            _store(call, results, evaluation)
            if messages:
                evaluation.warnings[call.label] = messages
        except Unsupported as reason:
            evaluation.scores[call.label] = dict.fromkeys(call.score_names())
            evaluation.reasons[call.label] = str(reason)
        evaluation.seconds[call.label] = round(time.perf_counter() - start, 3)
    return evaluation


def _store(call: BoundMetric, results: list[Mapping[str, Any]], evaluation: EvaluationResult) -> None:
    for name, value in results[0].items():
        if isinstance(value, np.ndarray):
            evaluation.arrays[f"{call.label}/{name}"] = value
        elif isinstance(value, Mapping):
            evaluation.used[call.label] = dict(value)
    repeated = [_scores(call, result, evaluation.reasons) for result in results]
    stats = stats_of_repeats(repeated) if len(results) > 1 else _own_stats(results[0])
    if stats:
        evaluation.stats[call.label] = stats
    means: Scores = {name: one["mean"] for name, one in stats.items()}
    rest: Scores = repeated[0] if len(results) == 1 else dict.fromkeys(repeated[0])
    evaluation.scores[call.label] = {**rest, **means}


def _own_stats(result: Mapping[str, Any]) -> dict[str, ScoreStats]:
    """Statistics of the scores that the metric measured several times itself."""
    values = {name: value.values for name, value in result.items() if isinstance(value, RepeatedScore)}
    return {name: summarize(every) for name, every in values.items() if len(every) > 1}


def _scores(call: BoundMetric, result: Mapping[str, Any], reasons: dict[str, str]) -> Scores:
    """The numbers of a result; one that is not finite is null, for the result's `reason` if it has one."""
    scores: Scores = {}
    for name, value in result.items():
        if isinstance(value, (np.ndarray, Mapping, str)):
            continue
        scores[name] = float(value) if math.isfinite(value) else None
        if scores[name] is None:
            reasons[call.label] = str(result.get("reason", f"{name} is {value}"))
    return scores
