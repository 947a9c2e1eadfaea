"""Metrics that compare runs with each other (UDR): one score a run, from codes of the same images."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import CallError
from ..metrics.evaluate import EvaluationResult
from ..metrics.metric_warnings import collected_warnings
from ..registry.signature import arguments_of
from ..runs.results import Results
from .metric_points import of_seeds
from .resumable_results import ResultsWriter
from .session import open_run, results_path

if TYPE_CHECKING:
    import numpy as np

    from ..config.settings import Settings
    from ..metrics.context import MetricContext
    from ..metrics.evaluate import BoundMetric
    from ..runs.data_check import DataCheck
    from ..runs.results import Results
    from ..runs.run import Run
    from .plan import EvaluationPlan

CROSS_RUN_ARGUMENT = "codes_of_runs"  # the argument of such a metric


def is_cross_run(call: BoundMetric) -> bool:
    """Whether the metric compares runs."""
    return CROSS_RUN_ARGUMENT in arguments_of(call.function)


def evaluate_across_runs(
    settings: Settings, plan: EvaluationPlan, calls: list[BoundMetric], runs: list[Run]
) -> dict[str, Results]:
    """The results of each run by its name, also written as <ident>-<metric>, in place of older ones.

    Raises:
        CallError: the runs were trained on different data, or are fewer than two, or the part that --mode
            names is another one in each.
    """
    if len(runs) < 2:
        raise CallError(
            f"{calls[0].label} compares at least two runs on the same data; name more: --load 'PATTERN'"
        )
    collected = collect_codes(settings, plan, runs)
    found = {run.name: Results({}) for run in runs}
    for call in calls:
        with collected_warnings() as messages:
            result = call.function(collected.codes, collected.all_divergences, **call.options)
        about = {
            "runs": list(found),
            "mode": settings.get("mode", "all"),
            "points": len(collected.codes[0]),
            "sampling": collected.sampling,
            "steps": collected.steps,
            "seed": plan.seed,
            "options": dict(call.options),
        }
        for row, run in enumerate(runs):
            evaluation = EvaluationResult(
                {call.label: {call.label: float(result["per_run"][row])}},
                arrays={f"{call.label}/pairwise": result["pairwise"]},
                warnings={call.label: messages} if messages else {},
            )
            found[run.name].scores.update(evaluation.scores)
            found[run.name].warnings.update(evaluation.warnings)
            with ResultsWriter(results_path(run, f"{plan.ident}-{call.label}"), overwrite=True) as target:
                target.begin({**about, "step": collected.steps[row], **collected.data[row].settings()})
                target.save(evaluation, [call.label])
    if not plan.quiet:
        labels = ", ".join(call.label for call in calls)
        print(f"{labels}: {collected.sampling}; {of_seeds(plan.seeds[:1])}", file=sys.stderr)
    return found


@dataclass
class CodesOfRuns:
    """What each run gives for the same N images.

    codes: (N, D). divergences: their mean KL divergence from the prior (D,), None without a prior.
    data: whether it is that of the training. steps: of the checkpoints. sampling: which images, in words.
    """

    codes: list[np.ndarray] = field(default_factory=list)
    divergences: list[np.ndarray | None] = field(default_factory=list)
    data: list[DataCheck] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    sampling: str = ""

    @property
    def all_divergences(self) -> list[np.ndarray] | None:
        """The divergences of all runs; None where one of them has no prior."""
        found = [one for one in self.divergences if one is not None]
        return found if len(found) == len(self.divergences) else None


def collect_codes(settings: Settings, plan: EvaluationPlan, runs: list[Run]) -> CodesOfRuns:
    """Encode the same images by each run.

    Raises:
        CallError: the runs have different data, or different parts of them.
    """
    collected, mode = CodesOfRuns(), settings.get("mode")
    first: MetricContext | None = None
    for run in runs:
        opened = open_run(settings, run, plan.representation)
        collected.data.append(opened.data)
        collected.steps.append(opened.step)
        if opened.data.found != collected.data[0].found:
            raise CallError(f"runs are compared on the same data; {run.name} has others than {runs[0].name}")
        context = opened.metric_context(plan, mode).for_metric([CROSS_RUN_ARGUMENT])
        first = first or context
        if set(context.split) != set(first.split):
            raise CallError(
                f"the {mode} part of {run.name} is not that of {runs[0].name}: each run draws its own; "
                "compare them on test, held-out or all, with --mode"
            )
        codes, divergence = opened.inference.encode_with_divergence(first.indices[0])
        collected.codes.append(codes)
        collected.divergences.append(divergence)
    collected.sampling = first.sampling_of([CROSS_RUN_ARGUMENT]) if first else ""
    return collected
