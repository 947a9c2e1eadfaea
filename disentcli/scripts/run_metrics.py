"""Metrics of runs: one, or all that a pattern means."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from .evaluation import find_run, open_run, show

if TYPE_CHECKING:
    from pathlib import Path

    from ..console.settings import Settings
    from ..metrics.evaluate import Evaluation
    from ..metrics.inputs import MetricInputs
    from ..runs.run import Run
    from .evaluation import Opened
    from .metric_plan import Plan

PATTERN = "*?["
REPRESENTATIONS = "representations"  # the argument of a metric that learns from the training split
READ_LATER = ("mode", "checkpoint", "device", "dataset.batch-size", "dataroot", "data-changed")


def evaluate_runs(settings: Settings, plan: Plan) -> int:
    """Evaluate the run that --load names, or each of those that its pattern means."""
    from .compare import find_runs
    from .probe_table import show_probes

    load = settings.get("load")
    if load is None or not any(sign in load for sign in PATTERN):
        run = find_run(settings)
        title, evaluation, path, figures = evaluate_run(settings, plan, run)
        show(
            title,
            evaluation.scores,
            evaluation.reasons,
            path,
            figures,
            evaluation.spreads,
            evaluation.warnings,
        )
        show_probes(evaluation)
        return 0
    return evaluate_each(settings, plan, find_runs(settings.get("saveroot"), [load]))


def evaluate_run(settings: Settings, plan: Plan, run: Run) -> tuple[str, Evaluation, Path, list[Path]]:
    """A title, the scores, their file and the figures."""
    from ..runs.loggers.group import tell_results
    from .evaluation import writable
    from .metric_plan import measure
    from .unfinished import ScoreFile

    mode = settings.get("mode")
    path, folder = writable(run, plan.ident), run.path / "figures" / plan.ident
    with ScoreFile(path, plan.overwrite, folder) as target:
        opened = open_run(settings, run, plan.representation)
        inputs = gather_inputs(opened, mode, plan)
        names, sizes = inputs.dataset.factor_names, inputs.dataset.factor_sizes
        about = {"factors": dict(zip(names, sizes, strict=True)), "mode": mode, "step": opened.step}
        sampling = sampling_of(plan, inputs)
        evaluation = measure(plan, inputs, target, {**about, "sampling": sampling, **opened.data.settings()})
        tell_results(run, plan.ident)
        figures = draw(evaluation, inputs, folder)
        target.finish()
    return f"{run.name}, step {opened.step:,}: {sampling}", evaluation, path, figures


def sampling_of(plan: Plan, inputs: MetricInputs) -> str:
    """How points were chosen: those that codes are compared at, those that representations are, or both."""
    from ..arguments import arguments_of

    asked = [REPRESENTATIONS in arguments_of(call.function) for call in plan.calls]
    learned = inputs.represent.sampling(plan.points, plan.test_points) if inputs.represent else ""
    return "; ".join([*([inputs.sampling] if not all(asked) else []), *([learned] if any(asked) else [])])


def evaluate_each(settings: Settings, plan: Plan, runs: list[Run]) -> int:
    """Evaluate these runs and show one table; a run that fails is told and does not stop the others.

    Metrics that compare runs come last, on those that could be evaluated.
    """
    from dataclasses import replace

    from ..console.screen import complain
    from ..runs.results import Results, read_results
    from .agreement import compare_runs, compares
    from .metric_table import show_runs

    for key in READ_LATER:
        settings.get(key)
    settings.check()  # once, before the first run
    checkpoint, data_changed = settings.get("checkpoint"), settings.get("data-changed")
    together = [call for call in plan.calls if compares(call)]
    plan = replace(plan, calls=[call for call in plan.calls if call not in together])
    tables: dict[str, Results] = {}
    failures: dict[str, int] = {}
    for count, run in enumerate(runs, 1):
        if not plan.quiet:
            print(f"{run.name} ({count} of {len(runs)})", file=sys.stderr, flush=True)
        try:
            if plan.calls and not finished(run, plan, checkpoint, data_changed=data_changed):
                evaluate_run(settings, plan, run)
            tables[run.name] = read_results(run, plan.ident) if plan.calls else Results({})
        except Exception as error:
            failures[run.name] = complain(error)
    if together and tables:
        found = compare_runs(settings, plan, together, [run for run in runs if run.name in tables])
        for name, results in found.items():
            tables[name].scores.update(results.scores)
            tables[name].warnings.update(results.warnings)
    if tables:
        show_runs(tables)
    if failures:
        print(f"not evaluated: {', '.join(failures)}; why is told above", file=sys.stderr)
    return max(failures.values(), default=0)


def finished(run: Run, plan: Plan, checkpoint: str, *, data_changed: bool) -> bool:
    """Whether the same call has evaluated this checkpoint of the run before, on the run's or changed data."""
    from ..runs.checkpoint import find_step
    from ..runs.results import as_json, read_result_file
    from .unfinished import is_finished

    path = run.results / f"{plan.ident}.json"
    if plan.overwrite or not path.exists():
        return False
    found = read_result_file(path)
    asked = as_json({**plan.describe(), "step": find_step(run, checkpoint)})
    same = all(found.settings.get(key) == value for key, value in asked.items())
    return same and is_finished(found)


def gather_inputs(opened: Opened, mode: str, plan: Plan) -> MetricInputs:
    """What metrics may ask for; nothing is computed yet."""
    from ..analysis.representing import Representations
    from ..metrics.inputs import MetricInputs

    splits, split = opened.splits, opened.indices(mode)
    return MetricInputs(
        dataset=opened.inference.dataset,
        model=opened.inference.model,
        split=split,
        encode=opened.inference.encode,
        respond=opened.inference.respond,
        points=plan.points,
        test_points=plan.test_points,
        seed=plan.seed,
        quiet=plan.quiet,
        represent=Representations(
            opened.inference, splits.train, split, shown=splits.shown, quiet=plan.quiet
        ),
    )


def draw(evaluation: Evaluation, inputs: MetricInputs, folder: Path) -> list[Path]:
    """Heat maps of the matrices that the metrics gave; of neighbours, what is retrieved."""
    from ..analysis.activity import active_latents
    from ..analysis.figures import draw_matrices
    from ..analysis.metric_arrays import Naming
    from ..analysis.retrieval import draw_retrieval
    from ..errors import Unsupported

    names: tuple[str, ...] = ()
    with suppress(Unsupported):  # without factors, what is left has latents alone on its axes
        names = inputs.factor_names
    drawn: list[Path] = []
    if evaluation.arrays:
        with suppress(Unsupported):  # several representations have no one table of codes, nor matrices
            naming = Naming(inputs.codes.shape[1], names, active_latents(inputs.codes))
            drawn = draw_matrices(evaluation.arrays, naming, folder)
    return [*drawn, *(draw_retrieval(inputs, folder) if "knn" in evaluation.scores else [])]
