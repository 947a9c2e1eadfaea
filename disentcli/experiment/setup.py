"""From the settings of a call to the parts of a training run: machine, data, model, name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch

from ..config.settings import Settings
from ..data.batch_sampler import SeededBatchSampler
from ..data.dataset import Dataset
from ..data.splits.splits import Splits
from ..data.splits.standard import StandardSplit
from ..device import compute_deterministically, find_device
from ..errors import CallError, DisentError
from ..methods.autoencoder import Autoencoder
from ..runs import checkpoint
from ..runs.data_check import compare_data, data_words, describe_data, warn_of_other_data
from ..runs.naming import generated_name
from ..training.labelled_batches import labelled_batches
from ..training.malloc_tuning import disable_malloc_trim
from ..training.optim import GradientClipping, Schedule
from ..training.options import TrainOptions
from ..training.precision import set_precision
from ..training.rng import seed_everything
from ..training.size_checks import check_batch_size, check_model_size
from ..training.state import TrainingState
from .dataset_cache import DatasetCache
from .parent_run import ParentRun
from .pretrained import find_shared, load_pretrained_stage
from .train_options import read_options
from .view_checks import check_views


@dataclass(frozen=True)
class TrainingSetup:
    """All that a run needs before it has a folder; `plan` is the key by which a sweep finds it again."""

    settings: Settings
    options: TrainOptions
    dataset: Dataset
    splits: Splits
    state: TrainingState
    former: ParentRun | None
    name: str
    plan: str | None


def set_up_machine(settings: Settings) -> torch.device:
    """The device, made ready."""
    device = find_device(settings.get("device"))
    compute_deterministically(settings.get("deterministic"))
    if device.type == "cpu":
        disable_malloc_trim()
    return device


def set_up_training(settings: Settings, former: ParentRun | None, datasets: DatasetCache) -> TrainingSetup:
    """Data, model and optimisers of a run, and its name."""
    options = read_options(settings)
    dataset, splits = build_data(settings, datasets)
    SeededBatchSampler(
        splits.train, options.batch_size, options.seed
    )  # refuses batches larger than the split
    state = build_state(settings, options, dataset, splits, former)
    name, plan = choose_name(settings, dataset, state), settings.get("plan")
    return TrainingSetup(settings, options, dataset, splits, state, former, name, plan)


def build_data(settings: Settings, datasets: DatasetCache) -> tuple[Dataset, Splits]:
    """The dataset, or the view of it that the call names, and its splits."""
    dataset = datasets.load(settings)
    rule = settings.build("split") if settings.has("split") else StandardSplit()
    splits = rule(dataset, settings.get("seed"))
    items = settings.build("view", dataset=dataset) if settings.has("view") else dataset
    items.set_allowed(splits.shown)
    return items, splits


def build_state(
    settings: Settings, options: TrainOptions, dataset: Dataset, splits: Splits, former: ParentRun | None
) -> TrainingState:
    """Model and optimisers: at their beginning, with a former run's weights, or where it was left."""
    build_model = partial(
        settings.build,
        "model",
        input_shape=dataset.shape,
        dataset_size=len(splits.train),
        factor_sizes=dataset.factor_sizes,
    )
    check_model_size(build_model)
    seed_everything(options.seed)
    model = build_model()
    check_views(model, dataset)
    check_batch_size(model, options.batch_size)
    load_pretrained_stage(
        model, find_shared(settings, loads=former is not None), dataset, loads=former is not None
    )
    labelled_batches(model, dataset, splits, options)  # refuses a method that reads labels without any
    model = model.to(dataset.device, memory_format=torch.channels_last)  # convs of 32 px: a fifth faster
    set_precision(model, settings.get("precision"), dataset.device)
    schedule, schedule_steps = build_schedule(settings, options)
    state = TrainingState(
        model,
        settings.build("model.optim", "optimizer"),
        schedule,
        budget=options.budget,
        schedule_steps=schedule_steps,
        seed=options.seed,
        clip=GradientClipping(options.clip_value, options.clip_norm),
    )
    state.compile(settings.get("compile"))
    if former is None:
        return state
    stored = checkpoint.load(former.run, former.step)
    if not former.continued:
        checkpoint.load_weights(model, stored["model"])
        if describe_data(former.run.config()) == describe_data(settings.used()):
            warn_of_other_data(former.run, dataset, "the new run is trained on these")
        return state
    if former.step > options.budget:
        raise CallError(
            f"{former.run.name} is at step {former.step:,}, beyond the budget of {options.budget:,}"
        )
    if compare_data(former.run, dataset).changed:
        name, told = former.run.name, data_words(former.run, dataset)
        raise DisentError(
            f"the data are not those that {name} was trained on: {told}\n"
            f"put the old data back, or start a new run from its weights: fig train … --load {name}"
        )
    state.load_state_dict(stored)
    return state


def build_schedule(settings: Settings, options: TrainOptions) -> tuple[Schedule | None, int | None]:
    """The schedule of the learning rates and its length, the budget unless it is set."""
    if not settings.has("scheduler"):
        return None, None
    return settings.build("scheduler"), settings.get("scheduler.steps", options.budget or None)


def choose_name(settings: Settings, dataset: Dataset, state: TrainingState) -> str:
    """What the call names its run, before the date."""
    model = state.model
    encoder, decoder = None, None
    if isinstance(model, Autoencoder):
        encoder, decoder = model.encoder.short_name, model.decoder.short_name
    extra = settings.get("extra", None)
    generated = generated_name(dataset.name, model.short_name, model.reg_wt, encoder, decoder, extra)
    name = settings.get("name")
    return generated if name is None else str(name)
