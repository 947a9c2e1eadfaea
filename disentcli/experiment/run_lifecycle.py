"""A training run gets its folder, and the screen hears of its beginning and end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import torch

from ..console.terminal import page
from ..runs import checkpoint
from ..runs.environment import environment
from ..runs.run import Run
from ..training.options import TrainOptions
from ..training.signals import TrainResult
from ..training.state import TrainingState
from ..training.validation import init_from_images, prepare_sampler
from .config_fingerprints import fingerprints
from .pretrained import find_shared
from .setup import TrainingSetup


def open_run(training: TrainingSetup, born: datetime | None = None) -> Run:
    """A new run that begins with this state, or the former one to be continued; locked."""
    settings, state, former = training.settings, training.state, training.former
    if former and former.continued:
        former.run.write_config(settings.used())
        former.run.update(**_described(training))
        return former.run
    images = (training.dataset, training.splits.train, training.options.batch_size)
    if not former:
        init_from_images(state.model, *images)
    prepare_sampler(state.model, *images)
    files = {checkpoint.file_name(0): checkpoint.serialize(state.state_dict())}
    info = {**_described(training), **_origins(training)}
    return Run.create(settings.get("saveroot"), training.name, settings.used(), info, files, when=born)


def _described(training: TrainingSetup) -> dict[str, Any]:
    """What run.json says of this call."""
    return {
        "budget": training.options.budget,
        "seed": training.options.seed,
        "data": training.dataset.fingerprint,
        "data_source": training.dataset.source,
        "device": str(training.dataset.device),
        "threads": torch.get_num_threads(),
        **environment(["fig", *training.settings.argv]),
    }


def _origins(training: TrainingSetup) -> dict[str, Any]:
    """What run.json says of where a new run comes from: the plan of a sweep, a run loaded, a stage before."""
    settings, former = training.settings, training.former
    info: dict[str, Any] = {}
    if training.plan is not None:
        info["plan"] = training.plan
        info["configs"] = fingerprints(settings.stack.sheets)
    if former:
        info["loaded"] = {"run": former.run.name, "step": former.step}
    shared = find_shared(settings, loads=former is not None)
    if shared is not None:
        info["shared"] = {"run": shared.name, "step": checkpoint.find_step(shared, "last")}
    return info


def print_start(run: Run, state: TrainingState, options: TrainOptions) -> None:
    """Say what begins, and where it is kept."""
    if not options.quiet:
        parameters = sum(one.numel() for one in state.model.parameters())
        steps = f"steps {state.step:,} to {options.budget:,} on {state.device}"
        page(f"{run.path}\n{parameters:,} parameters, {steps}")


def print_end(run: Run, outcome: TrainResult, training: TrainingSetup) -> None:
    """Say how it ended, and what can be done next."""
    if not training.options.quiet:
        done = outcome.status == "completed"
        part = "" if len(training.splits.val) else " --mode train"
        after = f"fig eval --load {run.name}{part}" if done else f"fig train --resume {run.name}"
        page(f"{outcome.status} at step {outcome.step:,}; next: {after}")
