"""A training run gets its folder; its beginning and end are printed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import torch

from ..console.follow_up import program
from ..console.terminal import echo, echo_next
from ..runs import checkpoint
from ..runs.environment import environment
from ..runs.run import Run
from ..training.callbacks import check_early_stopping
from ..training.options import TrainOptions
from ..training.signals import TrainResult
from ..training.state import TrainingState
from ..training.validation import init_from_images, prepare_sampler
from .setup import TrainingSetup


def open_run(training: TrainingSetup, started: datetime | None = None) -> Run:
    """A new run that begins with this state, or the one that is continued; locked.

    Raises:
        CallError: its validations cannot tell when to stop, as early stopping is to.
    """
    state, parent = training.state, training.parent
    images = (training.dataset, training.splits.train, training.options.batch_size)
    if not parent:
        init_from_images(state.model, *images)
    if not (parent and parent.continued):
        prepare_sampler(state.model, *images)
    check_early_stopping(state, training.dataset, training.splits, training.options)
    if parent and parent.continued:
        parent.run.write_config(training.config)
        parent.run.update(**_call_info(training))
        return parent.run
    files = {checkpoint.file_name(0): checkpoint.serialize(state.state_dict())}
    info = {**_call_info(training), **_origin_info(training)}
    return Run.create(training.saveroot, training.name, training.config, info, files, when=started)


def _call_info(training: TrainingSetup) -> dict[str, Any]:
    """What run.json says of this call."""
    return {
        "budget": training.options.budget,
        "seed": training.options.seed,
        "data": training.dataset.fingerprint,
        "data_source": training.dataset.source,
        "device": str(training.dataset.device),
        "threads": torch.get_num_threads(),
        **environment([program(), *training.argv]),
    }


def _origin_info(training: TrainingSetup) -> dict[str, Any]:
    """What run.json says of where a new run comes from: the plan of a sweep, a run loaded, a stage before."""
    info: dict[str, Any] = {}
    if training.plan is not None:
        info["plan"] = training.plan
        info["configs"] = dict(training.fingerprints)
    if training.parent:
        info["loaded"] = {"run": training.parent.run.name, "step": training.parent.step}
    if training.shared is not None:
        step = checkpoint.find_step(training.shared, "last")
        info["shared"] = {"run": training.shared.name, "step": step}
    return info


def print_start(run: Run, state: TrainingState, options: TrainOptions) -> None:
    """Say what begins, and where it is kept."""
    if not options.quiet:
        parameters = sum(one.numel() for one in state.model.parameters())
        frozen = "".join(f", {part} frozen" for part in state.model.frozen)
        steps = f"steps {state.step:,} to {options.budget:,} on {state.device}"
        echo(f"{run.path}\n{parameters:,} parameters{frozen}, {steps}")


def print_end(run: Run, result: TrainResult, training: TrainingSetup) -> None:
    """Say how it ended, and what can be done next."""
    if not training.options.quiet:
        done = result.status == "completed"
        part = "" if len(training.splits.val) else " --mode train"
        after = f"fig eval --load {run.name}{part}" if done else f"fig train --resume {run.name}"
        early = ""
        if result.converged and (stopping := training.options.early_stopping):
            best = training.state.best_step
            early = f" by early stopping: {stopping.monitor} was best at step {best:,} (--checkpoint best)"
        echo_next(f"{result.status} at step {result.step:,}{early}; next: {after}")
