"""`fig eval-metrics`: disentanglement metrics of runs, or of codes in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Count, PositiveInt, Repeats
from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    Setting("runs", object, None, "several runs: RUN,RUN or a pattern in quotes, or all"),
    Setting("run-name", str, None, "the same as --load"),
    "checkpoint",
    "mode",
    "ident",
    "overwrite",
    Setting("preset", str, "standard", "options of the metrics: study, standard or fast (eval/preset/…)"),
    Setting("points", Count, 10000, "points whose codes and factors the metrics compare"),
    Setting("test-points", Count, 5000, "further points, for metrics that test what they learned"),
    Setting(
        "exhaustive",
        object,
        None,
        "metrics to compute on every image of a full grid: mig,irs; or false",
        rare=True,
    ),
    Setting("repeats", Repeats, 1, "sampling seeds to measure with: mean, deviation and 95 % interval"),
    "representation",
    Setting("codes", str, None, "a file of codes and factors instead of a run: .npz, .h5, .csv, .parquet"),
    Setting("codes-key", str, None, "what the codes of that file are called: an array, or columns a,b"),
    Setting("factors-key", str, None, "what its factors are called; without any, see what needs none"),
    Setting(
        "train-size",
        PositiveInt,
        None,
        "rows of that file that train, instead of points; test-points more test",
        rare=True,
    ),
    Setting(
        "in-order", bool, False, "the first rows of that file train, the next test: split by hand", rare=True
    ),
    Setting("out", str, None, "where the scores of that file go: RESULT.json"),
    "seed",
    "device",
    "saveroot",
    "path",
    "dataroot",
    "download",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"
NODES = ("metrics",)
ONLY_WITH = {"codes": ("codes-key", "factors-key", "train-size", "in-order", "out")}
ONLY_WITHOUT = {
    "codes": (
        "runs",
        "run-name",
        "checkpoint",
        "mode",
        "device",
        "path",
        "saveroot",
        "dataroot",
        "download",
        "data-changed",
        "dataset.batch-size",
    )
}


@script("eval-metrics")
def eval_metrics(settings: Settings) -> int:
    """Scores a run's codes against the factors of its data: fig eval-metrics eval/3ds --load RUN.

    `--load 'run*'` evaluates several runs; `eval/codes --codes FILE.npz` needs no run. Each metric's scores
    are written as it finishes; a call that was cut off is continued by giving it again.
    """
    from ..evaluation import file_metrics, run_metrics
    from ..evaluation.plan import make_plan

    plan = make_plan(settings)
    if not settings.has("codes"):
        return run_metrics.evaluate_runs(settings, plan)
    if settings.has("load"):
        raise CallError("--load evaluates a run, --codes a file; give one of them")
    return file_metrics.evaluate_file(settings, plan)


@script("eval-multiple-metrics")
def eval_multiple_metrics(settings: Settings) -> int:
    """Scores several runs as eval-metrics does: fig eval-multiple-metrics eval/3ds --runs all, or RUN,RUN."""
    return eval_metrics(settings)
