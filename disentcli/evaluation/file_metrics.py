"""Metrics of codes in a file: no run, no model, no torch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..atomic_io import output_path
from ..config.config_layers import COMMAND_LINE
from ..errors import CallError
from ..metrics.codefile import read_code_file
from ..metrics.file_context import FileContext
from .metric_points import in_one_line, of_seeds, points_of
from .plan import measure
from .resumable_results import ResultsWriter
from .session import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..config.settings import Settings
    from ..metrics.file_context import FileContext
    from .plan import EvaluationPlan


JSON = "scores are written as .json, and arrays as .h5 beside it"


def evaluate_file(settings: Settings, plan: EvaluationPlan) -> int:
    """Evaluate the codes of --codes; --out keeps the scores. Paths are relative to the caller's folder."""
    _check_of_file(settings)
    source = Path(settings.get("codes")).expanduser()
    target = ResultsWriter(find_target(settings.get("out"), source, plan.overwrite), plan.overwrite)
    with target:
        train_size, in_order = settings.get("train-size"), settings.get("in-order")
        file = read_code_file(source, settings.get("codes-key"), settings.get("factors-key"))
        context = FileContext(file, plan.points, plan.test_points, plan.seed, train_size, in_order)
        if file.data.get("data_changed"):
            print(f"{source.name}: codes of other data than their run was trained on", file=sys.stderr)
        if not plan.quiet:
            warn(context)
        factors = dict(zip(file.factor_names, file.factor_sizes, strict=True))
        about = {"codes": source.name, "rows": len(file.codes), "latents": file.codes.shape[1]}
        about |= {"factors": factors, "left_out": context.constant}
        how = {"train_size": train_size, "in_order": in_order, "sampling": context.sampling}
        points = points_of(plan, context)
        evaluation = measure(plan, context, target, {**about, **how, **file.data, "computed_on": points})
    title = f"{source.name}: {describe_rows(plan, context, points)}"
    show(title, evaluation, target.path, only_computed=True)
    return 0


def describe_rows(plan: EvaluationPlan, context: FileContext, points: Mapping[str, str]) -> str:
    """How rows were chosen, with which seeds, and the metrics that take more than those that train."""
    drawn = context.sampling if context.in_order else f"{context.sampling}, {of_seeds(plan.seeds)}"
    usual = (context.sampling, context.sampling_of(()))
    others = {label: text for label, text in points.items() if text not in usual}
    return f"{drawn}; {in_one_line(others, always_named=True)}" if others else drawn


def warn(context: FileContext) -> None:
    """Say that there are no factors, what is left out, and which values only rows that test have."""
    if not context.file.factor_names:
        print("the file has no factors (--factors-key names them where they are there)", file=sys.stderr)
    if context.constant:
        print(f"left out, because they never change: {', '.join(context.constant)}", file=sys.stderr)
    if context.in_order and context.unseen:
        print(
            f"the rows that train lack values of {', '.join(context.unseen)} that the test rows have: if the "
            "file is in the order of a grid, leave --in-order out",
            file=sys.stderr,
        )


def _check_of_file(settings: Settings) -> None:
    """Raise CallError for what the call says of a run's results, or of a file of scores that there is not."""
    for key in ("ident", "representation"):
        if settings.source(key) == COMMAND_LINE:
            raise CallError(f"--{key} needs a run; the scores of a file go where --out FILE.json says")
    if settings.get("overwrite") and settings.get("out") is None:
        raise CallError("--overwrite replaces a file of scores: name it with --out FILE.json")


def find_target(out: str | None, source: Path, overwrite: bool) -> Path | None:
    """The file of the scores, whose arrays go beside it.

    Raises:
        CallError: it is no .json, its folder is missing, or an .h5 that is not its own would be written over.
    """
    if out is None:
        return None
    path = output_path(out, (".json",), JSON, overwrite=True)  # an unfinished file is continued
    arrays = path.with_suffix(".h5")
    if arrays.resolve() == source.resolve() or (arrays.exists() and not path.exists() and not overwrite):
        raise CallError(f"--out {out}: its arrays would be written over {arrays}; choose another name")
    return path
