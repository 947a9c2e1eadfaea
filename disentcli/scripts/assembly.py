"""From the settings of a call to the parts of a training run: machine, data, model, run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from .. import catalog
from ..console.screen import page
from ..console.settings import Settings
from ..data.dataset import Dataset
from ..data.order import BatchOrder
from ..data.residence import Resident
from ..data.split.standard import StandardSplit
from ..data.splits import Splits
from ..data.views.view import View
from ..devices import compute_deterministically, find_device
from ..errors import CallError, DisentError
from ..methods.method import Method
from ..runs import checkpoint
from ..runs.environment import environment
from ..runs.names import generated_name
from ..runs.run import Run
from ..training.allocator import keep_memory
from ..training.clipping import Clip
from ..training.fitting import fit_to_images
from ..training.labels import labelled_batches
from ..training.loop import Outcome
from ..training.options import TrainOptions
from ..training.precision import set_precision
from ..training.scores import ValidationScores
from ..training.seeds import seed_everything
from ..training.state import TrainingState
from ..training.validation import prepare_sampler
from .metric_choice import metrics_by_name, names_of, with_preset


@dataclass(frozen=True)
class Former:
    """The run that this call continues (then it is locked) or whose weights it starts from."""

    run: Run
    step: int
    continued: bool


def find_former(settings: Settings) -> Former | None:
    """The run that --resume or --load names."""
    saveroot = settings.get("saveroot")
    if settings.has("resume") and settings.has("load"):
        raise CallError(
            "--resume continues a run, --load starts a new one from its weights; give one of them"
        )
    for key in ("resume", "load"):
        if settings.has(key):
            run = Run.find(saveroot, settings.get(key))
            if key == "resume":
                run.lock.acquire()
            return Former(run, checkpoint.find_step(run, settings.get("checkpoint")), key == "resume")
    return None


def beneath(settings: Settings, former: Former | None) -> Settings:
    """The settings over those of the former run."""
    return settings.over(former.run.config(), f"{former.run.name}/config.yaml") if former else settings


def set_up_machine(settings: Settings) -> torch.device:
    """The device, made ready."""
    device = find_device(settings.get("device"))
    compute_deterministically(settings.get("deterministic"))
    if device.type == "cpu":
        keep_memory()
    return device


def read_options(settings: Settings) -> TrainOptions:
    """How long to train, and what to do how often."""
    return TrainOptions(
        budget=settings.get("budget"),
        seed=settings.get("seed"),
        batch_size=settings.get("dataset.batch-size"),
        validation_freq=settings.get("validation.freq"),
        checkpoint_freq=settings.get("checkpoint.freq"),
        checkpoint_minutes=settings.get("checkpoint.minutes"),
        checkpoint_keep=settings.get("checkpoint.keep"),
        records_freq=settings.get("records.freq"),
        print_freq=settings.get("print.freq"),
        viz_freq=settings.get("viz.freq"),
        time_limit=settings.get("time-limit"),
        clip_value=settings.get("clip.value"),
        clip_norm=settings.get("clip.norm"),
        quiet=settings.get("quiet"),
        validation_scores=read_validation_scores(settings),
    )


def read_validation_scores(settings: Settings) -> ValidationScores | None:
    """The metrics of --validation.metrics with the options and counts of the preset fast."""
    given = settings.get("validation.metrics", None)
    if not given:
        return None
    calls = metrics_by_name(settings, names_of(given, "validation.metrics"), "fast")
    counts = with_preset(settings, "fast")
    return ValidationScores(
        tuple(calls), counts.get("points"), counts.get("test-points"), settings.get("seed")
    )


def build_data(settings: Settings, options: TrainOptions, device: torch.device) -> tuple[Dataset, Splits]:
    """What batches are made of, giving them on the device, and its splits."""
    items, splits = build_items(settings, device, settings.get("dataset.resident"))
    BatchOrder(splits.train, options.batch_size, options.seed)  # refuses batches larger than the split
    return items, splits


def build_items(
    settings: Settings, device: torch.device, resident: Resident | None = None
) -> tuple[Dataset, Splits]:
    """The dataset, or the view of it that the call names, and its splits."""
    dataset = settings.build("dataset", root=str(settings.get("dataroot")))
    dataset.to(device, resident)
    rule = settings.build("split") if settings.has("split") else StandardSplit()
    splits = rule(dataset, settings.get("seed"))
    items = settings.build("view", dataset=dataset) if settings.has("view") else dataset
    items.restrict(splits.shown)
    return items, splits


def build_state(
    settings: Settings, options: TrainOptions, dataset: Dataset, splits: Splits, former: Former | None
) -> TrainingState:
    """Model and optimisers: at their beginning, with a former run's weights, or where it was left."""
    seed_everything(options.seed)
    model = settings.build(
        "model",
        input_shape=dataset.shape,
        dataset_size=len(splits.train),
        factor_sizes=dataset.factor_sizes,
    )
    check_views(model, dataset)
    labelled_batches(model, dataset, splits, options)  # refuses a method that reads labels without any
    model = model.to(dataset.device, memory_format=torch.channels_last)  # convs of 32 px: a fifth faster
    set_precision(model, settings.get("precision"), dataset.device)
    state = TrainingState(
        model,
        settings.build("model.optim", "optimizer"),
        settings.build("scheduler") if settings.has("scheduler") else None,
        budget=options.budget,
        seed=options.seed,
        clip=Clip(options.clip_value, options.clip_norm),
    )
    if former is None:
        return state
    stored = checkpoint.load(former.run, former.step, dataset.device)
    if not former.continued:
        checkpoint.load_weights(model, stored["model"])
        return state
    if former.step > options.budget:
        raise CallError(
            f"{former.run.name} is at step {former.step:,}, beyond the budget of {options.budget:,}"
        )
    if former.run.info().get("data") != dataset.fingerprint:
        raise DisentError(
            f"the data are not those that {former.run.name} was trained on; "
            f"start a new run from its weights: fig train … --load {former.run.name}"
        )
    state.load_state_dict(stored)
    return state


def check_views(model: Method, dataset: Dataset) -> None:
    """CallError unless the method learns from as many images at a time as the data give."""
    if model.views == dataset.views:
        return
    raise CallError(
        f"{model.code} learns from {_images(model.views)} at a time, the data give {dataset.views}; "
        f"{_way_out(model.views, dataset)}"
    )


def _way_out(wanted: int, dataset: Dataset) -> str:
    """How to come from the images that the data give at a time to as many as are wanted."""
    in_view = isinstance(dataset, View)
    if wanted == 1 and in_view:
        return "leave the view out"
    if wanted == 1:
        return f"take other data, or a method that learns from {_images(dataset.views)} (`fig list methods`)"
    known: dict[str, Any] = {one.name: catalog.resolve("view", one.name) for one in catalog.entries("view")}
    views = [name for name, view in known.items() if view.views == wanted]
    named = " or ".join(views) or "none yet, a class of your own"
    stacked = "in place of this one" if in_view else "above the data"
    return f"stack a view of {_images(wanted)} {stacked}: {named} (`fig list configs view/`)"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"


def choose_name(settings: Settings, dataset: Dataset, state: TrainingState) -> str:
    """What the call names its run, before the date."""
    model = state.model
    codes = (model.encoder.code, model.decoder.code)
    generated = generated_name(dataset.name, model.code, model.reg_wt, *codes, settings.get("extra", None))
    return str(settings.get("name") or generated)


def open_run(
    settings: Settings,
    name: str,
    options: TrainOptions,
    dataset: Dataset,
    splits: Splits,
    state: TrainingState,
    former: Former | None,
    plan: str | None,
) -> Run:
    """A new run that begins with this state, or the former one to be continued; locked.

    `plan` is noted in run.json: the sweep that asked for the run finds it again by it.
    """
    info = {
        "budget": options.budget,
        "seed": options.seed,
        "data": dataset.fingerprint,
        "device": str(dataset.device),
        "threads": torch.get_num_threads(),
        **environment(["fig", *settings.argv]),
    }
    if former and former.continued:
        former.run.write_config(settings.used())
        former.run.update(**info)
        return former.run
    if not former:
        fit_to_images(state.model, dataset, splits.train, options.batch_size)
    prepare_sampler(state.model, dataset, splits.train, options.batch_size)
    files = {checkpoint.file_name(0): checkpoint.serialize(state.state_dict())}
    if plan is not None:
        info["plan"] = plan
    if former:
        info["loaded"] = {"run": former.run.name, "step": former.step}
    return Run.create(settings.get("saveroot"), name, settings.used(), info, files)


def announce(run: Run, state: TrainingState, options: TrainOptions) -> None:
    """Say what begins, and where it is kept."""
    if not options.quiet:
        parameters = sum(one.numel() for one in state.model.parameters())
        steps = f"steps {state.step:,} to {options.budget:,} on {state.device}"
        page(f"{run.path}\n{parameters:,} parameters, {steps}")


def conclude(run: Run, outcome: Outcome, options: TrainOptions) -> None:
    """Say how it ended, and what can be done next."""
    if not options.quiet:
        done = outcome.status == "completed"
        after = f"fig eval --load {run.name}" if done else f"fig train --resume {run.name}"
        page(f"{outcome.status} at step {outcome.step:,}; next: {after}")
