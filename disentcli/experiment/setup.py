"""From the settings of a call to the parts of a training run: machine, data, model, name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..config.resolved_config import resolved_config
from ..config.settings import Instance, Settings
from ..console.terminal import echo
from ..data.batch_sampler import SeededBatchSampler
from ..data.dataset import Dataset
from ..data.labelled_items import check_labels
from ..data.splits.splits import Splits, subsample_evenly
from ..device import compute_deterministically, find_device
from ..errors import CallError, DisentError
from ..methods.freezing import freeze
from ..methods.method import Method
from ..nets.encoder_decoder import Decoder, Encoder
from ..runs import checkpoint
from ..runs.data_check import compare_data, data_words, describe_data, warn_of_other_data
from ..runs.naming import generated_name
from ..runs.run import Run
from ..training.labelled_batches import check_fitted_labels, labelled_batches
from ..training.malloc_tuning import disable_malloc_trim
from ..training.optim import GradientClipping
from ..training.options import TrainOptions
from ..training.precision import set_precision
from ..training.rng import seed_everything
from ..training.size_checks import check_batch_size, check_model_size
from ..training.state import TrainingState
from .data_setup import (
    DatasetCache,
    TrainingData,
    build_data,
    check_num_views,
    data_to_download,
    dataset_info,
)
from .load_parts import load_parts
from .parent_run import ParentRun
from .pretrained import find_shared, load_pretrained_stage
from .sweep_plan import fingerprints
from .train_options import read_frozen, read_options, read_reinitialized

FACTOR_ROWS = 10_000  # training images whose factors a method that reads labels is shown before it is trained


@dataclass(frozen=True)
class TrainingSetup:
    """All that a run needs before it has a folder.

    config: what its config.yaml holds; argv: the command line; parent: the run that it continues or starts
    from; shared: the run of the stage before; plan: the key by which a sweep finds it again, with the
    fingerprints of its configs.
    """

    options: TrainOptions
    dataset: Dataset
    splits: Splits
    state: TrainingState
    config: Mapping[str, Any]
    name: str
    saveroot: Path
    argv: list[str]
    parent: ParentRun | None
    shared: Run | None
    plan: str | None
    fingerprints: Mapping[str, str]


def set_up_machine(settings: Settings) -> torch.device:
    """Choose the device, and set determinism and memory allocation of this process."""
    device = find_device(settings.get("device"))
    compute_deterministically(settings.get("deterministic"))
    if device.type == "cpu":
        disable_malloc_trim()
    return device


def set_up_training(settings: Settings, parent: ParentRun | None, datasets: DatasetCache) -> TrainingSetup:
    """Data, model and optimisers of a run, and its name."""
    options = read_options(settings)
    if data_to_download(settings):
        check_network(settings)  # before gigabytes are fetched for nothing
    data = build_data(settings, datasets)
    SeededBatchSampler(data.splits.train, options.batch_size, options.seed)  # raises on too large a batch
    model = build_model(settings, options, data)
    shared = find_shared(settings, loads=parent is not None)
    load_pretrained_stage(model.component, shared, data.items, loads=parent is not None)
    frozen, anew = read_frozen(settings), read_reinitialized(settings)
    if anew and parent is None:
        raise CallError(
            f"{', '.join(anew)} is drawn anew where a run starts from the weights of another one: "
            "name it with --load RUN, or leave model.reinitialize (retrain/…) out"
        )
    freeze(model.component, frozen, options.budget)
    labelled_batches(model.component, data.items, data.splits, options)  # raises where labels are missing
    check_fitted_labels(model.component, data.items, data.splits)
    steps = settings.get("scheduler.steps", options.budget or None) if settings.has("scheduler") else None
    state, parts = build_state(settings, options, data, model.component, steps)
    load_parent(state, parent, settings, data, anew)
    instances = {**data.instances, "model": model, **parts}
    given = {"scheduler.steps": steps, "model.frozen": frozen, "model.reinitialize": anew}
    return TrainingSetup(
        options,
        data.items,
        data.splits,
        state,
        config=resolved_config(settings, instances, given),
        name=choose_name(settings, data.items, state.model),
        saveroot=settings.get("saveroot"),
        argv=settings.argv,
        parent=parent,
        shared=shared,
        plan=settings.get("plan"),
        fingerprints=fingerprints(settings.merged.layers),
    )


def check_network(settings: Settings) -> None:
    """Check that the parts of the method fit together and to the images that the dataset will have.

    Raises:
        CallError: they do not.
    """
    info = dataset_info(settings)
    named: dict[str, Any] = {"factor_sizes": info.factor_sizes, "factor_names": info.factor_names}
    check_model_size(lambda: settings.build("model", input_shape=info.shape, **named))


def build_model(settings: Settings, options: TrainOptions, data: TrainingData) -> Instance:
    """The method on data of this shape, with the weights that its seed gives."""
    dataset = data.items
    build = partial(
        settings.instantiate,
        "model",
        input_shape=dataset.shape,
        dataset_size=len(data.splits.train),
        factor_sizes=dataset.factor_sizes,
        factor_names=dataset.factor_names,
    )
    check_model_size(lambda: build().component)
    seed_everything(options.seed)
    model = build()
    if model.component.reads_labels:
        check_labels(model.component.short_name, dataset)
        shown = dataset.images.factors(subsample_evenly(data.splits.train, FACTOR_ROWS))
        model.component.init_from_factors(dataset.factor_values, torch.from_numpy(np.array(shown)))
    check_num_views(model.component, dataset)
    check_batch_size(model.component, options.batch_size, options.accumulate)
    return model


def build_state(
    settings: Settings, options: TrainOptions, data: TrainingData, model: Method, schedule_steps: int | None
) -> tuple[TrainingState, dict[str, Instance]]:
    """Model, optimisers and schedule at their beginning, and what of the config was built for it."""
    device = data.items.device
    placed: Any = model
    model = placed.to(device, memory_format=torch.channels_last)  # convs of 32 px: a fifth faster
    set_precision(model, settings.get("precision"), device)
    instances: dict[str, Instance] = {}
    if settings.has("scheduler"):
        instances["scheduler"] = settings.instantiate("scheduler")
    instances["model.optim"] = settings.instantiate("model.optim", "optimizer")
    state = TrainingState(
        model,
        instances["model.optim"].component,
        instances["scheduler"].component if "scheduler" in instances else None,
        budget=options.budget,
        schedule_steps=schedule_steps,
        seed=options.seed,
        clip=GradientClipping(options.clip_value, options.clip_norm),
        accumulate=options.accumulate,
    )
    state.compile(settings.get("compile"))
    return state, instances


def load_parent(
    state: TrainingState,
    parent: ParentRun | None,
    settings: Settings,
    data: TrainingData,
    anew: Sequence[str] = (),
) -> None:
    """Give the model the weights of the run that it starts from, or all of the state where that was left.

    Of the former run, the parts `anew` are not taken.

    Raises:
        CallError: the run is beyond the budget, or lacks a part that the model needs.
        DisentError: it was trained on other data.
    """
    if parent is None:
        return
    stored = checkpoint.load(parent.run, parent.step)
    if not parent.continued:
        loaded = load_parts(state.model, stored["model"], parent.run.name, anew)
        if (text := loaded.describe(parent.run.name)) and not settings.get("quiet"):
            echo(text)
        config = resolved_config(settings, {"dataset": data.instances["dataset"]})
        if describe_data(parent.run.config()) == describe_data(config):
            warn_of_other_data(parent.run, data.items, "the new run is trained on these")
        return
    if parent.step > state.budget:
        raise CallError(
            f"{parent.run.name} is at step {parent.step:,}, beyond the budget of {state.budget:,}; "
            f"give a larger one: --budget {2 * parent.step}"
        )
    if compare_data(parent.run, data.items).changed:
        name, difference = parent.run.name, data_words(parent.run, data.items)
        raise DisentError(
            f"the data are not those that {name} was trained on: {difference}\n"
            f"put the old data back, or start a new run from its weights: fig train … --load {name}"
        )
    state.load_state_dict(stored)


def choose_name(settings: Settings, dataset: Dataset, model: Method) -> str:
    """What the call names its run, before the date."""
    nets = [getattr(model, part, None) for part in ("encoder", "decoder")]
    encoder, decoder = (net.short_name if isinstance(net, (Encoder, Decoder)) else None for net in nets)
    extra = settings.get("extra", None)
    generated = generated_name(dataset.name, model.short_name, model.reg_wt, encoder, decoder, extra)
    name = settings.get("name")
    return generated if name is None else str(name)
