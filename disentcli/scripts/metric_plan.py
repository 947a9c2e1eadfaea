"""What an evaluation measures and how: metrics, counts, seeds; and running it, metric by metric."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .evaluation import at_least_one
from .metric_choice import chosen_metrics, with_preset

if TYPE_CHECKING:
    from ..console.settings import Settings
    from ..metrics.evaluate import Evaluation, MetricCall
    from ..metrics.fileinputs import FileInputs
    from ..metrics.inputs import MetricInputs
    from .unfinished import ScoreFile


@dataclass(frozen=True)
class Plan:
    """The metrics of one call, its counts of points, and its sampling seeds: seed, seed + 1, …"""

    preset: str
    ident: str
    calls: list[MetricCall]
    points: int
    test_points: int
    repeats: int
    seed: int
    overwrite: bool
    quiet: bool
    exhaustive: tuple[str, ...] = ()
    representation: str | None = None

    def describe(self) -> dict[str, Any]:
        """What a reader of the results must know to compare them with others."""
        from importlib.metadata import version

        of = {} if self.representation is None else {"representation": self.representation}
        return {
            "preset": self.preset,
            "metrics": {call.label: dict(call.options) for call in self.calls},
            "points": self.points,
            "test_points": self.test_points,
            "seed": self.seed,
            "repeats": self.repeats,
            "scikit_learn": version("scikit-learn"),
            **of,
        }

    def inputs(self, first: Any) -> list[Any]:
        """The inputs of each repeat, from those of the first seed."""
        if self.repeats == 1:
            return [first]
        return [first.repeated(self.seed + count) for count in range(self.repeats)]

    def exact(self, whole: Any) -> list[str]:
        """The metrics that use every image of a full grid instead of points drawn from it."""
        labels = [call.label for call in self.calls]
        return [] if whole is None else [name for name in self.exhaustive if name in labels]


def make_plan(settings: Settings) -> Plan:
    """The plan of a call; everything in it is checked."""
    preset = settings.get("preset")
    calls = chosen_metrics(settings, preset)
    merged = with_preset(settings, preset)
    points, test_points, repeats = at_least_one(merged, "points", "test-points", "repeats")
    for key in ("points", "test-points", "repeats"):
        settings.get(key)
    return Plan(
        preset=preset,
        ident=_ident(settings, preset),
        calls=calls,
        points=points,
        test_points=test_points,
        repeats=repeats,
        seed=settings.get("seed"),
        overwrite=settings.get("overwrite"),
        quiet=settings.get("quiet"),
        exhaustive=_exhaustive(settings, merged),
        representation=settings.get("representation"),
    )


def _exhaustive(settings: Settings, merged: Settings) -> tuple[str, ...]:
    """The metrics to compute on whole grids: as the call says, or the preset unless points are given."""
    from .metric_choice import names_of

    given = settings.get("exhaustive")
    if given is None:
        given = None if settings.has("points") else merged.get("exhaustive")
    return tuple(name.replace("-", "_") for name in names_of(given, "exhaustive")) if given else ()


def _ident(settings: Settings, preset: str) -> str:
    """The ident that the call or its config gives, or the preset's; a preset typed beats a config's ident."""
    from ..console.stacking import COMMAND_LINE

    given = settings.get("ident")
    typed = [settings.source((key,)) == COMMAND_LINE for key in ("ident", "preset")]
    if given and typed[0]:
        return str(given)
    ident = str(given) if given and not typed[1] else f"metrics-{preset}"
    of = settings.get("representation")
    return f"{ident}-{of}" if of else ident


def measure(
    plan: Plan, inputs: MetricInputs | FileInputs, target: ScoreFile, settings: dict[str, Any]
) -> Evaluation:
    """Run the metrics that are not done yet, write each one's scores, and say what time it took."""
    from tqdm import tqdm

    from ..metrics.evaluate import evaluate

    whole = inputs.whole()
    exact, repeats = plan.exact(whole), plan.inputs(inputs)
    evaluation = target.begin({**plan.describe(), "exhaustive": exact, **settings})
    left = [call for call in plan.calls if call.label not in evaluation.scores]
    if len(left) < len(plan.calls) and not plan.quiet:
        done = ", ".join(call.label for call in plan.calls if call not in left)
        print(f"continued: {done} from {target.path}", file=sys.stderr)
    terminal = sys.stderr.isatty() and not plan.quiet
    with tqdm(total=len(left), unit="metric", leave=False) if terminal else nullcontext() as bar:
        for call in left:
            list(evaluate([call], [whole] if call.label in exact else repeats, evaluation))
            target.save(evaluation, [one.label for one in plan.calls])
            if bar is not None:
                bar.update()
            if not plan.quiet:
                tqdm.write(f"{call.label}: {evaluation.seconds[call.label]:.1f} s", file=sys.stderr)
    return evaluation
