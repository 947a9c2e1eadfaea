"""Metrics of runs: one, or all that a pattern means."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..console.terminal import report_error
from ..errors import CallError, Unsupported
from ..runs.loggers.collection import log_results
from ..runs.results import Results, as_json, read_result_file, read_results
from ..runs.run import Run
from ..runs.run_index import is_pattern
from ..runs.select import find_runs
from ..tables.score_tables import show_runs
from .cross_run_metrics import evaluate_across_runs, is_cross_run
from .metric_points import in_one_line, of_seeds, part_of, points_of
from .plan import measure
from .resumable_results import ResultsWriter, is_finished
from .session import no_run_named, open_run, results_path, show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..config.settings import Settings
    from ..methods.inference import Inference
    from ..metrics.context import MetricContext
    from ..metrics.evaluate import EvaluationResult
    from .plan import EvaluationPlan
    from .session import EvalSession


def evaluate_runs(settings: Settings, plan: EvaluationPlan) -> int:
    """Evaluate the run that the call names, or each of several."""
    from ..tables.part_table import show_parts
    from ..tables.probe_table import show_probes

    names = named_runs(settings)
    if len(names) > 1 or is_pattern(names[0]):
        return evaluate_each(settings, plan, find_runs(settings.get("saveroot"), names))
    run = Run.find(settings.get("saveroot"), names[0])
    title, evaluation, path, figures = evaluate_run(settings, plan, run)
    show(title, evaluation, path, figures)
    show_probes(evaluation)
    show_parts(evaluation)
    return 0


def named_runs(settings: Settings) -> list[str]:
    """The runs that --load, --run-name or --runs means: names, prefixes, paths and patterns.

    Raises:
        CallError: none of the three is given, or several are.
    """
    given = [key for key in ("load", "run-name", "runs") if settings.has(key)]
    if not given:
        raise no_run_named(settings)
    if len(given) > 1:
        raise CallError(f"{' and '.join(f'--{key}' for key in given)} all name runs; give one of them")
    value = settings.get(given[0])
    if given != ["runs"]:
        return [value]
    names = [one.strip() for one in value.split(",")] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
        raise CallError(f"--runs takes names of runs, as in --runs RUN,RUN, or all; not {value!r}")
    return ["*"] if names == ["all"] else names


def evaluate_run(
    settings: Settings, plan: EvaluationPlan, run: Run
) -> tuple[str, EvaluationResult, Path, list[Path]]:
    """A title, the scores, their file and the figures."""
    mode = settings.get("mode")
    path, folder = results_path(run, plan.ident), run.path / "figures" / plan.ident
    with ResultsWriter(path, plan.overwrite, folder) as target:
        opened = open_run(settings, run, plan.representation)
        context = opened.metric_context(plan, mode)
        about = describe(plan, opened, context, mode)
        evaluation = measure(plan, context, target, about)
        log_results(run, plan.ident)
        figures = draw(evaluation, opened.inference, context, folder)
        target.finish()
    return title_of(plan, opened, about), evaluation, path, figures


def describe(
    plan: EvaluationPlan, opened: EvalSession, context: MetricContext, mode: str | None
) -> dict[str, Any]:
    """What the result says of the data: the part, the factors, and what each metric was computed on."""
    names, sizes = context.dataset.factor_names, context.dataset.factor_sizes
    points = points_of(plan, context)
    return {
        "factors": dict(zip(names, sizes, strict=True)),
        "left_out": context.left_out,
        "mode": part_of(plan.calls, mode),
        "full_grid": context.on_full_grid() is not None,
        "step": opened.step,
        "sampling": in_one_line(points),
        "computed_on": points,
        **opened.data.settings(),
    }


def title_of(plan: EvaluationPlan, opened: EvalSession, about: Mapping[str, Any]) -> str:
    """The line above the table."""
    title = [
        f"{opened.run.name}, step {opened.step:,}: {about['sampling'] or 'no points'}",
        of_seeds(plan.seeds),
    ]
    if about["left_out"]:
        title.append(f"without {', '.join(about['left_out'])}, of which there is a single value")
    return "; ".join(title)


def evaluate_each(settings: Settings, plan: EvaluationPlan, runs: list[Run]) -> int:
    """Evaluate these runs and show one table; a run that fails is reported and does not stop the others.

    Metrics that compare runs come last, on those that could be evaluated.
    """
    together = [call for call in plan.calls if is_cross_run(call)]
    plan = replace(plan, calls=[call for call in plan.calls if call not in together])
    tables: dict[str, Results] = {}
    failures: dict[str, int] = {}
    for count, run in enumerate(runs, 1):
        if not plan.quiet:
            print(f"{run.name} ({count} of {len(runs)})", file=sys.stderr, flush=True)
        try:
            tables[run.name] = _evaluate_unless_finished(settings, plan, run)
        except Exception as error:
            failures[run.name] = report_error(error)
    if together and tables:
        found = evaluate_across_runs(settings, plan, together, [run for run in runs if run.name in tables])
        for name, results in found.items():
            tables[name].scores.update(results.scores)
            tables[name].warnings.update(results.warnings)
    if tables:
        show_runs(tables)
    if failures:
        print(f"not evaluated: {', '.join(failures)}; the reasons are above", file=sys.stderr)
    return max(failures.values(), default=0)


def _evaluate_unless_finished(settings: Settings, plan: EvaluationPlan, run: Run) -> Results:
    """The results of a run: those that the same call has written before, or new ones."""
    if not plan.calls:
        return Results({})
    checkpoint, mode, data_changed = (settings.get(key) for key in ("checkpoint", "mode", "data-changed"))
    if not finished(run, plan, checkpoint, mode, data_changed=data_changed):
        title, *_ = evaluate_run(settings, plan, run)
        if not plan.quiet:
            print(title, file=sys.stderr)
    return read_results(run, plan.ident)


def finished(
    run: Run, plan: EvaluationPlan, checkpoint: str, mode: str | None, *, data_changed: bool
) -> bool:
    """Whether the same call has evaluated this checkpoint of the run before, on the run's or changed data."""
    from ..runs.checkpoint import find_step

    path = run.results / f"{plan.ident}.json"
    if plan.overwrite or not path.exists():
        return False
    found = read_result_file(path)
    asked = as_json(
        {
            **plan.describe(),
            "mode": part_of(plan.calls, mode),
            "exhaustive": plan.exhaustive_for(found.settings.get("full_grid") or None),
            "step": find_step(run, checkpoint),
        }
    )
    same = all(found.settings.get(key) == value for key, value in asked.items())
    same = same and bool(found.settings.get("data_changed")) == data_changed
    return same and is_finished(found)


def draw(
    evaluation: EvaluationResult, inference: Inference, context: MetricContext, folder: Path
) -> list[Path]:
    """Heat maps of the matrices that the metrics gave; of neighbours, what is retrieved."""
    from ..plots.active_latents import latent_activity
    from ..plots.metric_arrays import AxisLabels, save_matrices
    from ..plots.retrieval import draw_retrieval

    names: tuple[str, ...] = ()
    with suppress(Unsupported):  # without factors, what is left has latents alone on its axes
        names = context.factor_names
    drawn: list[Path] = []
    if evaluation.arrays:
        with suppress(Unsupported):  # several representations have no one table of codes, nor matrices
            codes = context.codes
            activity, scale = latent_activity(inference, codes), float(codes.std(axis=0).max())
            labels = AxisLabels(codes.shape[1], names, activity, scale)
            drawn += save_matrices(evaluation.arrays, labels, folder)
    if "knn" in evaluation.scores:
        with suppress(Unsupported):  # then knn is null for the same reason
            drawn += draw_retrieval(context, folder)
    return drawn
