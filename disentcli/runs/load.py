"""Loads a run: its model, data and splits, from config.yaml and a checkpoint alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..config.instantiate import NodeFit, build, fit_node
from ..config.root_settings import ROOT
from ..data.dataset import Dataset
from ..data.labelled_items import item_reader
from ..data.splits.splits import Splits, with_held_out_trained
from ..data.splits.standard import StandardSplit
from ..device import find_device
from ..errors import CallError, DisentError
from ..methods.decoding_method import DecodingMethod
from ..methods.input_arrays import as_array, as_codes, as_indices, as_observations, is_indices
from ..methods.method import Method
from . import checkpoint as checkpoints
from .data_check import DataCheck, check_data
from .data_path import with_data_path
from .figures import PICTURES
from .results import Results, read_all_results
from .roots import data_root
from .run import CONFIG, Run
from .run_html import run_html

ROOT_KEYS = ("latent_dim", "reg_wt", "seed")  # of the config's root, these reach every component
AT_ONCE = 256  # images in a batch


@dataclass(frozen=True, repr=False)
class LoadedRun:
    """A trained model in evaluation mode, with the data it was trained on.

    `items` is what a training batch was made of: the dataset itself, or a view of it (pairs, triplets).
    `data` says whether the data are still those of the training.
    """

    run: Run
    config: dict[str, Any]
    step: int
    model: Method
    dataset: Dataset
    items: Dataset
    splits: Splits
    device: torch.device
    data: DataCheck

    def __repr__(self) -> str:
        return (
            f"LoadedRun({self.run.name}, {self.model.short_name} on {self.dataset.name}, step {self.step:,})"
        )

    def _repr_html_(self) -> str:
        scores = {
            f"{ident}: {name}": value for ident, of in self.scores.items() for name, value in of.items()
        }
        return run_html(repr(self), scores, self.figures)

    def results(self) -> dict[str, Results]:
        """What each evaluation of the run found, by its ident.

        Raises:
            DisentError: a file of results is damaged.
        """
        return read_all_results(self.run)

    @property
    def scores(self) -> dict[str, dict[str, float]]:
        """The scores of each evaluation, by its ident: `run.scores["metrics"]["mig"]`."""
        return {ident: found.flat() for ident, found in self.results().items()}

    @property
    def figures(self) -> list[Path]:
        """The files of all pictures that were drawn of the run."""
        return sorted(path for path in self.run.path.glob("figures/*/*") if path.suffix in PICTURES)

    @property
    def batch_size(self) -> int:
        """Images in a batch of its training."""
        stored = self.config.get("dataset", {}).get("batch_size")
        return int(ROOT["dataset.batch-size"].default if stored is None else stored)

    def encode(self, what: Tensor | np.ndarray, representation: str | None = None) -> Tensor:
        """Mean codes (N, D) of images (N, C, H, W), or of whole numbers (N,), indices into the dataset.

        Images are floats in [0, 1], or uint8, which are divided by 255. `representation` is for a model that
        gives several: `S_X`. Images are then those that it is of.

            >>> codes = run.encode(run.splits.test[:100])               # doctest: +SKIP
            >>> codes = run.encode(np.asarray(picture)[None, None])     # doctest: +SKIP

        Raises:
            CallError: an index is not in the dataset; images have another shape or range, or are not finite.
        """
        model, name = self.model, self.model.resolve_representation(representation)
        if name is None:
            raise CallError(
                f"{model.short_name} gives {', '.join(model.representation_names)}: "
                "choose one, encode(what, name)"
            )
        several = not isinstance(model, DecodingMethod)
        dataset = self.items.view_dataset(model.representation_names[name]) if several else self.dataset
        given = as_array(what)
        if not is_indices(given):
            images = as_observations(given, dataset.shape)
            return self._batched(lambda part: model.encode_as(part.to(self.device), name), images)
        read_items = item_reader(dataset, with_factors=model.reads_labels)
        return self._batched(
            lambda part: model.encode_items(read_items(part.to(dataset.index_device), 0), name),
            as_indices(given, len(dataset)),
        )

    def indices(self, part: str) -> np.ndarray:
        """The dataset indices of a part as --mode names it: train, val, test, held-out or all.

        Raises:
            CallError: there is no such part, or it is empty.
        """
        return self.splits.part(part, len(self.dataset))

    def decode(self, codes: Tensor | np.ndarray) -> Tensor:
        """Images (N, C, H, W) in [0, 1] of codes (N, D).

        Raises:
            CallError: the model has no decoder; codes have another shape, or are not finite.
        """
        model = self.model
        if not isinstance(model, DecodingMethod):
            raise CallError(f"{model.short_name} has no decoder")
        inputs = as_codes(as_array(codes), model.latent)
        return self._batched(lambda part: model.decode(part.to(self.device)), inputs)

    @torch.no_grad()
    def _batched(self, function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
        return torch.cat([function(part).cpu() for part in inputs.split(AT_ONCE)])


def load_run(
    name: str | Path = "last",
    checkpoint: str | int = "last",
    saveroot: str | Path | None = None,
    device: str | torch.device = "cpu",
    *,
    dataroot: str | Path | None = None,
    path: str | Path | None = None,
    data_changed: bool = False,
) -> LoadedRun:
    """Load a run: its model in evaluation mode, its data and its splits.

    Args:
        name: a name, a unique prefix, a path, or `last` for the newest run.
        checkpoint: a step, `last` or `best`.
        saveroot: the folder of runs; by default $DISENTCLI_RUNS, else the project's trained_nets/.
        device: where model and data go: `cpu`, `cuda`, `cuda:1`, `auto`.
        dataroot: the folder of data; by default $DISENTCLI_DATA, else the project's local_data/.
        path: where the file or folder of one's own data is now, if the run's data have moved.
        data_changed: the data are known to be others than those that the run was trained on.

        >>> run = load_run("last")                       # doctest: +SKIP
        >>> codes = run.encode(run.splits.test[:100])    # doctest: +SKIP

    Raises:
        CallError: there is no such run or checkpoint.
        DisentError: the checkpoint is damaged, or the data are not there, damaged or others.
    """
    run = Run.find(saveroot, name)
    config = _whole_config(run)
    place = find_device(str(device))
    state = checkpoints.load(run, checkpoint)
    inferred = root_values(config)
    dataset, _ = build(
        "dataset",
        with_data_path(config["dataset"], run.name, path, data_root(dataroot)),
        inferred={**inferred, "root": str(data_root(dataroot)), "device": place},
        unknown="ignore",
    )
    data = check_data(run, dataset, data_changed=data_changed)
    dataset.to(place)
    splits = splits_of(config, dataset)
    items = view_of(dataset, config, inferred)
    items.set_allowed(splits.trainable)
    model, _ = build(
        "method",
        config["model"],
        where="model",
        inferred={**inferred, "input_shape": items.shape},
        unknown="ignore",
    )
    checkpoints.load_weights(model, state["model"])
    model = model.to(place, memory_format=torch.channels_last).eval()  # as it was trained
    return LoadedRun(run, config, int(state["step"]), model, items.images, items, splits, place, data)


def dataset_of(run: Run) -> NodeFit:
    """The dataset that a run's config names, with its arguments.

    Raises:
        DisentError: the config is damaged.
    """
    config = _whole_config(run)
    return fit_node("dataset", config["dataset"], where="dataset", inferred=root_values(config))


def _whole_config(run: Run) -> dict[str, Any]:
    """The run's config; DisentError where it lacks what every run has, as one cut short does."""
    config = run.config()
    for part in ("dataset", "model"):
        if not isinstance(config.get(part), dict):
            raise DisentError(f"{run.path / CONFIG} is damaged: it names no {part}")
    return config


def root_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a config's root reaches every component."""
    return {key: config[key] for key in ROOT_KEYS if config.get(key) is not None}


def split_rule(config: Mapping[str, Any]) -> Callable[[Dataset, int], Splits]:
    """How a run's config splits the data; by the standard rule if it says nothing."""
    if "split" not in config:
        return StandardSplit()
    rule, _ = build("split", config["split"], unknown="ignore")
    return rule


def splits_of(config: Mapping[str, Any], dataset: Dataset) -> Splits:
    """The parts of the data that a run with this config has."""
    seed = int(config.get("seed", 0))
    splits = split_rule(config)(dataset, seed)
    trained = config.get("split", {}).get("train_held_out", False)
    return with_held_out_trained(splits, seed) if trained else splits


def view_of(dataset: Dataset, config: Mapping[str, Any], inferred: Mapping[str, Any]) -> Dataset:
    """The view of the dataset that a run's config names, or the dataset itself."""
    if "view" not in config:
        return dataset
    view, _ = build("view", config["view"], inferred={**inferred, "dataset": dataset}, unknown="ignore")
    return view
