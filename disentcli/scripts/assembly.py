"""From the settings of a call to the parts of a training run: machine, data, model, run."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..console.screen import page
from ..console.settings import Settings
from ..data.dataset import Dataset
from ..data.order import BatchOrder
from ..data.residence import Resident
from ..data.split.standard import StandardSplit
from ..data.splits import Splits
from ..devices import compute_deterministically, find_device
from ..errors import CallError, DisentError
from ..methods.autoencoder import Autoencoder
from ..runs import checkpoint
from ..runs.environment import environment
from ..runs.names import generated_name
from ..runs.run import Run
from ..training.allocator import keep_memory
from ..training.clipping import Clip
from ..training.compiling import compile_step
from ..training.fitting import fit_to_images
from ..training.labels import labelled_batches
from ..training.loop import Outcome
from ..training.options import TrainOptions
from ..training.precision import set_precision
from ..training.seeds import seed_everything
from ..training.state import TrainingState
from ..training.validation import prepare_sampler
from .stages import find_shared, take_shared
from .views import check_views


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
    take_shared(model, find_shared(settings, loads=former is not None), dataset, loads=former is not None)
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
    compile_step(state, settings.get("compile"))
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


def choose_name(settings: Settings, dataset: Dataset, state: TrainingState) -> str:
    """What the call names its run, before the date."""
    model = state.model
    encoder, decoder = None, None
    if isinstance(model, Autoencoder):
        encoder, decoder = model.encoder.code, model.decoder.code
    extra = settings.get("extra", None)
    generated = generated_name(dataset.name, model.code, model.reg_wt, encoder, decoder, extra)
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
    shared = find_shared(settings, loads=former is not None)
    if shared is not None:
        info["shared"] = {"run": shared.name, "step": checkpoint.find_step(shared, "last")}
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
