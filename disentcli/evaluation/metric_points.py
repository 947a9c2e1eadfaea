"""On which points each metric of an evaluation is computed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Unsupported
from ..metrics.sampling import NoSampler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..metrics.context import MetricContext
    from ..metrics.evaluate import BoundMetric
    from ..metrics.file_context import FileContext
    from .plan import EvaluationPlan

POINTS = {
    "codes",
    "factors",
    "test_codes",
    "test_factors",
    "code_indices",
    "representations",
    "split_parts",
    "entity_images",
    "sample_latents",
}
GRID = {"sampler", "grid", "encode_factors"}
WITHOUT = {"factors": "factor_names", "sampler": "factor_space", "encode_factors": "factor_space"}
LEARN = {"representations", "entity_images"}  # arguments of metrics that learn from the training part


def learns(call: BoundMetric) -> bool:
    """Whether the metric learns from the training part and tests on another one."""
    return bool(LEARN & set(call.injected))


def part_of(calls: Iterable[BoundMetric], mode: str | None) -> str:
    """The part that these metrics look at: `mode`, or without one all; `val`, where all of them learn."""
    return mode or ("val" if all(map(learns, calls)) else "all")


def points_of(plan: EvaluationPlan, context: MetricContext | FileContext) -> dict[str, str]:
    """The points of each metric that can have some."""
    full_grid, repeats, found = context.on_full_grid(), plan.contexts(context), {}
    for call in plan.calls:
        try:
            texts = _texts(set(call.injected), plan.contexts_of(call, repeats, full_grid)[0])
        except Unsupported:
            continue
        if texts:
            found[call.label] = ", and ".join(texts)
    return found


def _texts(arguments: set[str], context: MetricContext | FileContext) -> list[str]:
    """On what a metric with these arguments is computed; Unsupported where it cannot be."""
    for name in arguments & WITHOUT.keys():
        getattr(context, WITHOUT[name])
    texts = []
    if arguments & POINTS:
        texts.append(context.sampling_of(arguments))
    if arguments & GRID and not isinstance(context.grid, NoSampler):
        texts.append("its own draws from the full grid")
    return texts


def in_one_line(points: Mapping[str, str], *, always_named: bool = False) -> str:
    """The points of all metrics, those together that share them; of all the same, the points alone.

    >>> in_one_line({"mig": "all 500 images", "irs": "all 500 images", "dci": "333 + 167"})
    'mig, irs: all 500 images; dci: 333 + 167'
    """
    together: dict[str, list[str]] = {}
    for label, text in points.items():
        together.setdefault(text, []).append(label)
    if len(together) == 1 and not always_named:
        return next(iter(together))
    return "; ".join(f"{', '.join(labels)}: {text}" for text, labels in together.items())


def of_seeds(seeds: range) -> str:
    """The seeds of all draws, in words: `seed 3`, or `seeds 3 to 5`."""
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
