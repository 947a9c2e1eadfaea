"""What an evaluation measures and how: metrics, counts, seeds; and running it, metric by metric."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..config.config_layers import COMMAND_LINE
from ..errors import CallError
from ..metrics.evaluate import evaluate
from ..registry.catalog import find
from ..registry.version import installed_version
from .metric_selection import chosen_metrics, names_of, with_preset

if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..metrics.context import MetricContext
    from ..metrics.evaluate import BoundMetric, EvaluationResult
    from ..metrics.file_context import FileContext
    from .resumable_results import ResultsWriter


@dataclass(frozen=True)
class EvaluationPlan:
    """The metrics of one call, its counts of points, and its sampling seeds: seed, seed + 1, …"""

    preset: str
    ident: str
    calls: list[BoundMetric]
    points: int
    test_points: int
    repeats: int
    seed: int
    overwrite: bool
    quiet: bool
    exhaustive: tuple[str, ...] = ()
    exhaustive_asked: bool = False  # by the call itself, not by its preset
    representation: str | None = None

    def describe(self) -> dict[str, Any]:
        """What a reader of the results must know to compare them with others."""
        of = {} if self.representation is None else {"representation": self.representation}
        return {
            "preset": self.preset,
            "metrics": {call.label: dict(call.options) for call in self.calls},
            "points": self.points,
            "test_points": self.test_points,
            "seed": self.seed,
            "repeats": self.repeats,
            "scikit_learn": installed_version("scikit-learn"),
            **of,
        }

    @property
    def seeds(self) -> range:
        """The sampling seed of each repeat."""
        return range(self.seed, self.seed + self.repeats)

    def contexts(self, first: Any) -> list[Any]:
        """The context of each repeat, from that of the first seed."""
        return [first] if self.repeats == 1 else [first.with_seed(seed) for seed in self.seeds]

    def contexts_of(self, call: BoundMetric, repeats: list[Any], full_grid: Any) -> list[Any]:
        """The contexts of a metric, one for each of its measurements.

        Where it tests nothing, a single measurement sees all the points; of several, each sees its own draw.
        """
        if call.label in self.exhaustive_for(full_grid):
            return [full_grid]
        return repeats if len(repeats) > 1 else [repeats[0].for_metric(call.injected)]

    def exhaustive_for(self, full_grid: Any) -> list[str]:
        """The metrics that use every image of a full grid instead of points drawn from it.

        Raises:
            CallError: the call names some, and there is no such grid.
        """
        if full_grid is None and self.exhaustive_asked:
            raise CallError(
                "--exhaustive computes metrics on every image of a full grid; these points come from other "
                "data, or from a part of the grid: leave it out"
            )
        labels = [call.label for call in self.calls]
        return [] if full_grid is None else [name for name in self.exhaustive if name in labels]


def make_plan(settings: Settings) -> EvaluationPlan:
    """The plan of a call; everything in it is checked."""
    preset = settings.get("preset")
    calls = chosen_metrics(settings, preset)
    merged = with_preset(settings, preset)
    points, test_points, repeats = (merged.get(key) for key in ("points", "test-points", "repeats"))
    return EvaluationPlan(
        preset=preset,
        ident=_ident(settings, preset),
        calls=calls,
        points=points,
        test_points=test_points,
        repeats=repeats,
        seed=settings.get("seed"),
        overwrite=settings.get("overwrite"),
        quiet=settings.get("quiet"),
        exhaustive=_exhaustive(settings, merged, calls),
        exhaustive_asked=bool(settings.get("exhaustive")),
        representation=settings.get("representation"),
    )


def _exhaustive(settings: Settings, merged: Settings, calls: list[BoundMetric]) -> tuple[str, ...]:
    """The metrics to compute on whole grids: as the call says, or the preset unless points are given.

    Raises:
        CallError: the call says one that is no metric, or that it does not compute.
    """
    given = asked = settings.get("exhaustive")
    if given is None:
        given = None if settings.has("points") else merged.get("exhaustive")
    named = names_of(given, "exhaustive") if given else []
    names = tuple(find("metric", name).name.replace("-", "_") for name in named)
    left_out = set(names) - {call.label for call in calls}
    if asked and left_out:
        raise CallError(
            f"--exhaustive {', '.join(sorted(left_out))}: not computed by this call; name it in --metrics too"
        )
    return names


def _ident(settings: Settings, preset: str) -> str:
    """The ident that the call or its config gives, or the preset's; a preset typed beats a config's ident.

    A mode is added to it, unless it comes from where the ident does.
    """
    given = settings.get("ident")
    typed = [settings.source(key) == COMMAND_LINE for key in ("ident", "preset")]
    if given and typed[0]:
        return str(given)
    named = given and not typed[1]
    ident = str(given) if named else f"metrics-{preset}"
    mode = None if settings.has("codes") else settings.get("mode")  # a file has no parts
    if mode and not (named and settings.source("mode") == settings.source("ident")):
        ident += f"-{mode}"
    of = settings.get("representation")
    return f"{ident}-{of}" if of else ident


def measure(
    plan: EvaluationPlan,
    context: MetricContext | FileContext,
    target: ResultsWriter,
    settings: dict[str, Any],
) -> EvaluationResult:
    """Run the metrics that are not done yet, write each one's scores, and say what time it took."""
    from tqdm import tqdm

    full_grid = context.on_full_grid()
    exact, repeats = plan.exhaustive_for(full_grid), plan.contexts(context)
    evaluation = target.begin({**plan.describe(), "exhaustive": exact, **settings})
    left = [call for call in plan.calls if call.label not in evaluation.scores]
    if len(left) < len(plan.calls) and not plan.quiet:
        done = ", ".join(call.label for call in plan.calls if call not in left)
        print(f"continued: {done} from {target.path}", file=sys.stderr)
    terminal = sys.stderr.isatty() and not plan.quiet
    with tqdm(total=len(left), unit="metric", leave=False) if terminal else nullcontext() as bar:
        for call in left:
            evaluate([call], plan.contexts_of(call, repeats, full_grid), evaluation)
            target.save(evaluation, [one.label for one in plan.calls])
            if bar is not None:
                bar.update()
            if not plan.quiet:
                tqdm.write(f"{call.label}: {evaluation.seconds[call.label]:.1f} s", file=sys.stderr)
    return evaluation
