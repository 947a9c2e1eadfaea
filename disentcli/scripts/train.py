"""`fig train`: a new run, or more of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Count, NonNegativeFloat, PositiveFloat, PositiveInt
from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

TAKES = "configs"
NODES = ("dataset", "view", "split", "model", "model.optim", "scheduler")
NEEDS = ("dataset", "model")
#: config.yaml holds those that are stored in this order
SETTINGS = (
    "device",
    "deterministic",
    "budget",
    "seed",
    "time-limit",
    "dataset.batch-size",
    "dataset.resident",
    "validation.freq",
    "checkpoint.freq",
    "checkpoint.minutes",
    "checkpoint.keep",
    "records.freq",
    "records.minutes",
    "print.freq",
    "viz.freq",
    Setting("clip.value", PositiveFloat, None, "bound on each entry of the gradient", rare=True),
    Setting("clip.norm", PositiveFloat, None, "bound on the norm of the whole gradient", rare=True),
    Setting(
        "accumulate",
        Count,
        1,
        "parts of a batch whose gradients are added: less memory, same batch",
        where_set=True,
        rare=True,
    ),
    Setting(
        "validation.metrics", object, None, "metrics to compute at each validation: mig,dci (preset fast)"
    ),
    Setting(
        "early-stopping.patience",
        PositiveInt,
        None,
        "stop after so many validations without an improvement",
        where_set=True,
    ),
    Setting(
        "early-stopping.monitor",
        str,
        "loss",
        "what is to improve: a validation loss, or a score: mig",
        where_set=True,
        rare=True,
    ),
    Setting(
        "early-stopping.min-delta",
        NonNegativeFloat,
        0.0,
        "the least change that is an improvement",
        where_set=True,
        rare=True,
    ),
    Setting(
        "early-stopping.mode",
        str,
        None,
        "whether lower or higher is better, where that is not known",
        choices=("min", "max"),
        where_set=True,
        rare=True,
    ),
    "logger",
    "reg-wt",
    "latent-dim",
    "precision",
    "model.optim.lr",
    Setting(
        "model.frozen",
        dict | list | str,
        None,
        "parts that are not trained: [encoder] or {encoder: true}",
        where_set=True,
        rare=True,
    ),
    Setting(
        "model.reinitialize",
        dict | list | str,
        None,
        "parts that are drawn anew where --load fills the others: [decoder] or {decoder: true}",
        where_set=True,
        rare=True,
    ),
    Setting(
        "split.train-held-out",
        bool,
        False,
        "an update stage: train on what is held out, too",
        where_set=True,
        rare=True,
    ),
    "scheduler.steps",
    "compile",
    "name",
    Setting("extra", str, None, "one more term in the run's generated name", rare=True),
    "plan",
    "resume",
    "load",
    "shared",
    "checkpoint",
    Setting("seeds", str, None, "many runs at once: 8 for seeds 0 to 7, or 3,5,9, or 0-2", stored=False),
    Setting("grid", dict, None, "many runs at once: reg-wt=1,2,4, a run for each weight", stored=False),
    "saveroot",
    "dataroot",
    "download",
    "cat",
)


@script("train")
def train(settings: Settings) -> int:
    """Trains a model on a dataset; continues a run (--resume) or starts from one's weights (--load)."""
    from ..experiment import run_lifecycle, setup
    from ..experiment.data_setup import DatasetCache
    from ..experiment.multi_run import train_many
    from ..experiment.multi_run_config import asks_for_many
    from ..experiment.parent_run import find_parent_run, over_parent
    from ..training.loop import train as run_training

    if asks_for_many(settings):
        return train_many(settings)
    parent = find_parent_run(settings)
    settings = over_parent(settings, parent)
    datasets = DatasetCache(setup.set_up_machine(settings), settings.get("dataset.resident"))
    training = setup.set_up_training(settings, parent, datasets)

    run, state, options = run_lifecycle.open_run(training), training.state, training.options
    run_lifecycle.print_start(run, state, options)
    result = run_training(run, state, training.dataset, training.splits, options)
    run_lifecycle.print_end(run, result, training)
    return result.exit_code
