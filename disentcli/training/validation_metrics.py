"""Metrics that are computed at each validation while a model is trained."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np

from ..data.dataset import Dataset
from ..methods.method import Method
from ..metrics.context import MetricContext
from ..metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from .validation import eval_mode

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ValidationMetrics:
    """Metrics on `points` and `test_points` further points, the same at each validation.

    On a full grid the points come from all of it, else from the validation images. A metric that fails, or
    that the data cannot support, never stops the training: it is warned of once, as is a doubtful score.
    """

    calls: tuple[BoundMetric, ...]
    points: int
    test_points: int
    seed: int
    warned: set[str] = field(default_factory=set)

    def measure(
        self, model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int
    ) -> dict[str, float]:
        """Compute the metrics; returns each score that there is, as "<metric>.<score>"."""
        from ..methods.inference import Inference

        evaluation = EvaluationResult()
        with eval_mode(model):
            inference = Inference(model, dataset, batch_size)
            whole = inference.dataset.factor_space is not None
            context = MetricContext(
                dataset=inference.dataset,
                model=model,
                split=np.arange(len(inference.dataset)) if whole else indices,
                encode=inference.encode,
                respond=inference.respond,
                draw_latents=inference.sample_latents,
                part="all" if whole else "val",
                points=self.points,
                test_points=self.test_points,
                seed=self.seed,
            )
            for call in self.calls:
                self._add(call, context, evaluation)
        return {
            f"{metric}.{name}": value
            for metric, scores in evaluation.scores.items()
            for name, value in scores.items()
            if value is not None
        }

    def _add(self, call: BoundMetric, context: MetricContext, evaluation: EvaluationResult) -> None:
        try:
            evaluate([call], context.for_metric(call.injected), evaluation)
            reason = evaluation.reasons.get(call.label)
        except Exception as error:  # whatever it is, the training is worth more
            reason = f"{type(error).__name__}: {error}"
        if reason:
            self._warn_once(f"no {call.label}", reason)
        if warnings := evaluation.warnings.get(call.label):
            self._warn_once(call.label, "; ".join(warnings))

    def _warn_once(self, subject: str, reason: str) -> None:
        if subject not in self.warned:
            self.warned.add(subject)
            _log.warning("validation.metrics: %s: %s", subject, reason)
