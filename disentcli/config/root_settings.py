"""Settings that everyone meets: the root keys, their types, defaults and one line of help each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union

from .coercion import Count, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Seed, Width


@dataclass(frozen=True)
class Setting:
    """A root key: `stored` if a run's config.yaml keeps it, `where_set` if only where it is no default.

    `env` is a variable that may give its default.

    `rare` if the help page of a script with many settings leaves it to `fig <script> -h settings`.
    `of_component` if components alone read it: it is in use where one of them takes it. Values of type `Path`
    are relative to the project. A script may put settings of its own in its SETTINGS; they are read from its
    source, so they take literals: `Setting("points", int, 1000, "points to draw")`.
    """

    key: str
    type: Any
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    env: str = ""
    stored: bool = True
    where_set: bool = False
    of_component: bool = False
    rare: bool = False

    @property
    def wanted(self) -> Any:
        """The type that a value must fit; None stands for `not given`."""
        kind = Literal[self.choices] if self.choices else self.type
        return Union[kind, None] if self.default is None else kind  # noqa: UP007 - `|` needs a class


_MODE = Literal["graph", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]

_ROWS = (
    Setting("seed", Seed, 0, "seed of every random draw: weights, split, batches, samples"),
    Setting("device", str, "auto", "auto, cpu, cuda, cuda:N or mps", stored=False),
    Setting(
        "deterministic", bool, False, "on CUDA: only operations that give the same bits every time", rare=True
    ),
    Setting(
        "precision",
        str,
        "float32",
        "in which the networks are trained; bf16: losses stay float32; tf32: CUDA",
        choices=("float32", "bf16", "tf32"),
        rare=True,
    ),
    Setting(
        "compile", bool | _MODE, False, "compile the step: true, graph or a mode of torch.compile", rare=True
    ),
    Setting("budget", NonNegativeInt, 100_000, "training steps in all"),
    Setting(
        "time-limit",
        PositiveFloat,
        None,
        "minutes after which training stops with a checkpoint",
        stored=False,
    ),
    Setting("latent-dim", Width, None, "number of latent dimensions", of_component=True),
    Setting("reg-wt", float, None, "weight of the regulariser (β of a VAE)", of_component=True),
    Setting("name", str, None, "replaces the generated part of the run's name", stored=False),
    Setting(
        "plan",
        str,
        None,
        "marks a run as one of a sweep, which finds it again by it",
        stored=False,
        rare=True,
    ),
    Setting("load", str, None, "a run: name, unique prefix, path or `last`", stored=False),
    Setting(
        "shared", str, None, "the run whose shared encoders a second stage keeps", stored=False, rare=True
    ),
    Setting("resume", str, None, "continue this run", stored=False),
    Setting("checkpoint", str, "last", "which checkpoint to load: last, best or a step", stored=False),
    Setting("ident", str, None, "name of the results (eval-<mode>, metrics-<preset>)", stored=False),
    Setting(
        "mode",
        str,
        None,
        "part of the data: train, val, test, held-out or all (eval, compute-fid, figures: val; else all)",
        choices=("train", "val", "test", "held-out", "all"),
        stored=False,
    ),
    Setting(
        "representation", str, None, "which codes of a model that gives several: S_X", stored=False, rare=True
    ),
    Setting("limit", PositiveInt, None, "at most so many images in an evaluation", stored=False),
    Setting("overwrite", bool, False, "replace results that exist", stored=False),
    Setting("saveroot", Path, Path("trained_nets"), "folder of the runs", env="DISENTCLI_RUNS", stored=False),
    Setting("dataroot", Path, Path("local_data"), "folder of the data", env="DISENTCLI_DATA", stored=False),
    Setting(
        "data-changed",
        bool,
        False,
        "use data other than the run was trained on; results say so",
        stored=False,
        rare=True,
    ),
    Setting("download", bool, False, "first fetch and format what the dataset lacks", stored=False),
    Setting(
        "cat",
        str,
        None,
        "category of a dataset that has several, as in d/mpi --cat real; also --category",
        stored=False,
        of_component=True,
    ),
    Setting("path", str, None, "file or folder of your own data (d/array, d/folder)", stored=False),
    Setting("dataset.batch-size", Count, 128, "images in a batch"),
    Setting(
        "dataset.resident",
        str,
        None,
        "where the images lie",
        choices=("ram", "device", "disk"),
        stored=False,
        rare=True,
    ),
    Setting("model.optim.lr", NonNegativeFloat, None, "learning rate", stored=False, of_component=True),
    Setting(
        "scheduler.steps",
        PositiveInt,
        None,
        "length of the rate's schedule (the budget of the new run)",
        rare=True,
    ),
    Setting("validation.freq", NonNegativeInt, 10_000, "steps between two validations"),
    Setting("checkpoint.freq", NonNegativeInt, 10_000, "steps between two checkpoints"),
    Setting(
        "checkpoint.minutes",
        PositiveFloat,
        10.0,
        "minutes between two checkpoints, if that comes first",
        rare=True,
    ),
    Setting("checkpoint.keep", PositiveInt, 3, "newest checkpoints kept, beside the best", rare=True),
    Setting("viz.freq", NonNegativeInt, 1_000, "steps between two pictures", rare=True),
    Setting("records.freq", NonNegativeInt, 200, "steps between two records of the scalars", rare=True),
    Setting(
        "records.minutes",
        PositiveFloat,
        0.5,
        "minutes after which one more is recorded, if that comes first",
        stored=False,
        rare=True,
    ),
    Setting(
        "logger",
        object,
        "tensorboard",
        "where losses and images are logged: tensorboard, mlflow, wandb; or none",
    ),
    Setting("print.freq", NonNegativeInt, 100, "steps between two updates of the progress bar", rare=True),
    Setting("quiet", bool, False, "say nothing but errors and results", stored=False),
    Setting("verbose", bool, False, "say more; traces the values pulled from omnifig's config", stored=False),
)

ROOT: dict[str, Setting] = {row.key: row for row in _ROWS}

#: root keys that are a value and a group at once: `--checkpoint best`, `--checkpoint.freq 10`; `metrics` is
#: names to choose, or each metric's options: `--metrics mig,dci --metrics.mig.bins 10`
VALUE_OR_GROUP = frozenset(key for key in ROOT if any(other.startswith(f"{key}.") for other in ROOT)) | {
    "metrics"
}

#: nodes of a config that hold a component, and its kind
NODE_KINDS = {
    "model": "method",
    "dataset": "dataset",
    "view": "view",
    "split": "split",
    "model.optim": "optimizer",
    "model.scheduler": "scheduler",
    "optim": "optimizer",
    "scheduler": "scheduler",
}

#: of the root, only these reach the arguments of every component
GLOBAL_ARGS = ("latent_dim", "reg_wt", "seed", "device", "path")

#: arguments of components that are of the machine, not of the run
LOCAL_ARGS = ("root", "device")

#: read by the console itself, whatever the script
CONSOLE_KEYS = ("quiet", "verbose")
