"""`fig train`: a new run, or more of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import script
from ..root_settings import Setting

if TYPE_CHECKING:
    from ..console.settings import Settings

TAKES = "configs"
SETTINGS = (
    "seed",
    "device",
    "deterministic",
    "precision",
    "compile",
    "budget",
    "time-limit",
    "latent-dim",
    "reg-wt",
    "name",
    Setting("extra", str, None, "one more term in the run's generated name"),
    "plan",
    "resume",
    "load",
    "shared",
    "checkpoint",
    "saveroot",
    "dataroot",
    "dataset.batch-size",
    "dataset.resident",
    "model.optim.lr",
    "validation.freq",
    Setting(
        "validation.metrics", object, None, "metrics to compute at each validation: mig,dci (preset fast)"
    ),
    "checkpoint.freq",
    "checkpoint.minutes",
    "checkpoint.keep",
    "viz.freq",
    "records.freq",
    "logger",
    "print.freq",
    Setting("clip.value", float, None, "bound on each entry of the gradient"),
    Setting("clip.norm", float, None, "bound on the norm of the whole gradient"),
)


@script("train")
def train(settings: Settings) -> int:
    """Trains a model on a dataset; continues a run (--resume) or starts from one's weights (--load)."""
    from ..training.loop import train as train_to_the_end
    from . import assembly
    from .train_options import read_options

    former = assembly.find_former(settings)
    settings = assembly.beneath(settings, former)
    device = assembly.set_up_machine(settings)
    options = read_options(settings)

    dataset, splits = assembly.build_data(settings, options, device)
    state = assembly.build_state(settings, options, dataset, splits, former)
    name, plan = assembly.choose_name(settings, dataset, state), settings.get("plan")
    settings.check()
    settings.check_configs()

    run = assembly.open_run(settings, name, options, dataset, splits, state, former, plan)
    assembly.announce(run, state, options)
    outcome = train_to_the_end(run, state, dataset, splits, options)
    assembly.conclude(run, outcome, options)
    return outcome.exit_code
