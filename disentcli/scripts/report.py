"""`fig report`: self-contained HTML pages on runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..atomic_io import output_path
from ..config.root_settings import Setting
from ..errors import CallError, DisentError
from ..registry import script
from ..runs.result_file import ResultFile
from ..runs.select import find_runs

if TYPE_CHECKING:
    import numpy as np

    from ..config.settings import Settings
    from ..methods.inference import Inference
    from ..report.page import ModelOf
    from ..runs.run import Run

SETTINGS = (
    "saveroot",
    "path",
    "dataroot",
    "download",
    "data-changed",
    "checkpoint",
    "device",
    "dataset.batch-size",
    "overwrite",
    Setting("out", str, None, "one page of all these runs: FILE.html; otherwise report.html in each run"),
    Setting("slider", bool, True, "slider traversals, which need the data; --slider no: without"),
)
TAKES = "runs"
NODES = ()
ONLY_WITH = {
    "slider": ("checkpoint", "device", "dataset.batch-size", "path", "dataroot", "download", "data-changed")
}


@script("report")
def report(settings: Settings) -> int:
    """Writes report.html into runs, or one page of all: fig report RUN RUN …, or a pattern: 'vec_*'."""
    from ..report.page import check_count, write_report

    if not settings.words:
        raise CallError("name the runs to report: fig report RUN RUN …, or a pattern in quotes: 'vec_*'")
    runs = find_runs(settings.get("saveroot"), settings.words)
    out = settings.get("out")
    if out is not None:
        out = output_path(
            out, (".html", ".htm"), "a report is written as .html", overwrite=settings.get("overwrite")
        )
    model_of = opener(settings) if settings.get("slider") else None
    check_checkpoints(settings, runs)
    if out is None:
        return report_each(runs, model_of)
    check_count(len(runs))
    print(write_report(out, runs, model_of=model_of))
    return 0


def report_each(runs: list[Run], model_of: ModelOf | None) -> int:
    """A page in each run; one that cannot be made does not stop the others."""
    from ..console.terminal import report_error
    from ..report import write_report

    failures: dict[str, int] = {}
    for run in runs:
        try:
            print(write_report(run.report_path, [run], model_of=model_of), flush=True)
        except DisentError as error:
            failures[run.name] = report_error(error)
    if failures:
        print(f"not reported: {', '.join(failures)}; the reasons are above", file=sys.stderr)
    return max(failures.values(), default=0)


def check_checkpoints(settings: Settings, runs: list[Run]) -> None:
    """Raise CallError if one of the runs lacks the checkpoint that the call names."""
    from ..runs.checkpoint import find_step

    if settings.has("checkpoint"):
        for run in runs:
            if not isinstance(run, ResultFile):
                find_step(run, settings.get("checkpoint"))


def opener(settings: Settings) -> ModelOf:
    """Opens a run's model on its data, with its validation images; without any, with the training ones."""
    from ..device import find_device

    find_device(settings.get("device"))

    def model_of(run: Run) -> tuple[Inference, np.ndarray, str]:
        from ..evaluation.session import open_run

        if isinstance(run, ResultFile):
            raise DisentError("codes of a file have no model")
        opened = open_run(settings, run)
        part = "val" if len(opened.splits.val) else "train"
        indices, sampling = opened.indices(part)
        notes = [f"Base images, and the values of the latents, are of {sampling}."]
        if opened.data.changed:
            notes.append("The images are not of the data that the run was trained on.")
        return opened.inference, indices, " ".join(notes)

    return model_of
