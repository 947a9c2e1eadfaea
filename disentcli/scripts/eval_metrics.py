"""`fig eval-metrics`: disentanglement metrics of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..errors import CallError
from ..registry import script
from ..root_settings import Setting
from .evaluation import at_least_one, claim_results, find_run, open_run, show

if TYPE_CHECKING:
    from pathlib import Path

    from ..console.settings import Settings
    from ..metrics.evaluate import Evaluation, MetricCall
    from ..metrics.inputs import MetricInputs
    from .evaluation import Opened

SETTINGS = (
    "load",
    "checkpoint",
    "mode",
    "ident",
    "overwrite",
    Setting("points", int, 10000, "points whose codes and factors the metrics compare"),
    Setting("test-points", int, 5000, "further points, for metrics that test what they learned"),
    "seed",
    "device",
    "saveroot",
    "dataroot",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"


@script("eval-metrics")
def eval_metrics(settings: Settings) -> int:
    """Scores a run's codes against the factors of its data: fig eval-metrics eval/3ds --load RUN."""
    from ..runs.results import write_results

    run, mode = find_run(settings), settings.get("mode")
    ident, overwrite = claim_results(settings, run, "metrics")
    calls = chosen_metrics(settings)
    points, test_points = at_least_one(settings, "points", "test-points")
    seed = settings.get("seed")
    quiet = settings.get("quiet")
    opened = open_run(settings, run)

    inputs = gather_inputs(opened, mode, points, test_points, seed)
    evaluation = run_all(calls, inputs, quiet)
    figures = draw(evaluation, inputs, run.path / "figures" / ident)
    results = write_results(
        run,
        ident,
        evaluation.scores,
        reasons=evaluation.reasons,
        settings={**describe(calls, inputs), "mode": mode, "step": opened.step},
        seconds=evaluation.seconds,
        arrays=evaluation.arrays,
        overwrite=overwrite,
    )
    title = f"{run.name}, step {opened.step:,}: {inputs.sampling}"
    show(title, evaluation.scores, evaluation.reasons, results, figures)
    return 0


def chosen_metrics(settings: Settings) -> list[MetricCall]:
    """The metrics of the call's config, with their options; one that is set to false is left out."""
    from ..catalog import resolve
    from ..metrics.evaluate import MetricCall

    nodes = settings.get("metrics", None)
    if not nodes:
        raise CallError(
            "no metrics are chosen: name a preset (fig eval-metrics eval/3ds --load RUN; `fig list configs` "
            "shows all), or metrics themselves (--metrics.mig.bins 20)"
        )
    return [
        MetricCall(
            name,
            resolve("metric", name),
            {key.replace("-", "_"): value for key, value in (options or {}).items()},
        )
        for name, options in nodes.items()
        if options is not False
    ]


def gather_inputs(opened: Opened, mode: str, points: int, test_points: int, seed: int) -> MetricInputs:
    """What metrics may ask for; nothing is computed yet."""
    from ..metrics.inputs import MetricInputs

    return MetricInputs(
        dataset=opened.inference.dataset,
        model=opened.inference.model,
        split=opened.indices(mode),
        encode=opened.inference.encode,
        respond=opened.inference.respond,
        points=points,
        test_points=test_points,
        seed=seed,
    )


def run_all(calls: list[MetricCall], inputs: MetricInputs, quiet: bool) -> Evaluation:
    """Run the metrics in turn; each one's time goes to stderr as it is done, for some take minutes."""
    from ..metrics.evaluate import Evaluation, evaluate

    evaluation = Evaluation()
    for call in evaluate(calls, inputs, evaluation):
        if not quiet:
            print(f"{call.label}: {evaluation.seconds[call.label]:.1f} s", file=sys.stderr, flush=True)
    return evaluation


def draw(evaluation: Evaluation, inputs: MetricInputs, folder: Path) -> list[Path]:
    """Heat maps of the matrices that the metrics gave."""
    from ..analysis.figures import draw_matrices
    from ..errors import Unsupported

    try:
        names = inputs.factor_names
    except Unsupported:  # without factors, what is left has latents alone on its axes
        names = ()
    return draw_matrices(evaluation.arrays, names, folder)


def describe(calls: list[MetricCall], inputs: MetricInputs) -> dict[str, Any]:
    """What a reader of the results must know to compare them with others."""
    import sklearn

    names = inputs.dataset.factor_names
    return {
        "metrics": {call.label: dict(call.options) for call in calls},
        "points": inputs.points,
        "test_points": inputs.test_points,
        "sampling": inputs.sampling,
        "seed": inputs.seed,
        "factors": dict(zip(names, inputs.dataset.factor_sizes, strict=True)),
        "scikit_learn": sklearn.__version__,
    }
