"""The data of a training: the dataset, its splits, and the view that the method learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from ..config.settings import Instance, Settings
from ..data.dataset import Dataset
from ..data.dataset_info import DatasetInfo, describe_dataset
from ..data.download.missing import missing_sources, prepare_datasets
from ..data.download.source import Source
from ..data.splits.splits import Splits, with_held_out_trained
from ..data.splits.standard import StandardSplit
from ..data.storage import Resident
from ..data.views.view import View
from ..errors import CallError, DisentError
from ..methods.method import Method
from ..registry import catalog


@dataclass(frozen=True)
class TrainingData:
    """The dataset, or the view of it that the call names, its splits, and what of the config was built."""

    items: Dataset
    splits: Splits
    instances: dict[str, Instance]


class DatasetCache:
    """Loads datasets, which give their batches on this device; one that several runs describe, only once."""

    def __init__(self, device: torch.device, resident: Resident | None = None) -> None:
        self.device, self.resident = device, resident
        self._loaded: list[tuple[Settings, Instance]] = []

    def load(self, settings: Settings) -> Instance:
        """The dataset of these settings: one that is there already, if it is the same and split alike."""
        for other, instance in self._loaded:
            split_alike = settings.values.get("split") == other.values.get("split")
            if split_alike and settings.same_component("dataset", other, instance):
                return instance
        prepare_datasets(data_to_download(settings), settings.get("dataroot"), quiet=settings.get("quiet"))
        loaded = settings.instantiate("dataset", root=str(settings.get("dataroot")))
        loaded = loaded.with_arguments(loaded.component.worked_out)
        loaded.component.to(self.device, self.resident)
        self._loaded.append((settings, loaded))
        return loaded


def build_data(settings: Settings, datasets: DatasetCache) -> TrainingData:
    """Build the dataset of a call, its splits and its view."""
    instances = {"dataset": datasets.load(settings)}
    dataset: Dataset = instances["dataset"].component
    rule: Any = StandardSplit()
    if settings.has("split"):
        instances["split"] = settings.instantiate("split")
        rule = instances["split"].component
    splits = rule(dataset, settings.get("seed"))
    if settings.get("split.train-held-out"):
        splits = with_held_out_trained(splits, settings.get("seed"))
    items = dataset
    if settings.has("view"):
        instances["view"] = settings.instantiate("view", dataset=dataset)
        items = instances["view"].component
    items.set_allowed(splits.trainable)
    return TrainingData(items, splits, instances)


def data_to_download(settings: Settings) -> list[Source]:
    """What --download has to fetch for the dataset of these settings; nothing where it is not asked to."""
    fit = settings.fit("dataset") if settings.get("download") else None
    return [] if fit is None else missing_sources(fit, settings.get("dataroot"))


def dataset_info(settings: Settings) -> DatasetInfo:
    """What the dataset of these settings is, its shape at least, without its files.

    Raises:
        DisentError: no dataset is named, or its shape is known only from its files.
        CallError: an argument does not fit.
    """
    fit = settings.fit("dataset")
    if fit is None:
        raise DisentError("no config of this call names a dataset (d/…), which gives the input's shape")
    name = fit.full["_type"]
    info = describe_dataset(catalog.resolve("dataset", name), fit.arguments, root=settings.get("dataroot"))
    if not info.shape:
        raise DisentError(f"the dataset {name!r} knows its shape only from its files")
    return info


def check_num_views(model: Method, dataset: Dataset) -> None:
    """CallError unless the method learns from as many images at a time as the data give."""
    if model.num_views == dataset.num_views:
        return
    raise CallError(
        f"{model.short_name} learns from {_images(model.num_views)} at a time, "
        f"the data give {dataset.num_views}; "
        f"{_hint(model.num_views, dataset)}"
    )


def _hint(wanted: int, dataset: Dataset) -> str:
    """How to come from the images that the data give at a time to as many as are wanted."""
    in_view = isinstance(dataset, View)
    if wanted == 1 and in_view:
        return "leave the view out"
    if wanted == 1:
        return (
            f"take other data, or a method that learns from {_images(dataset.num_views)} (`fig list methods`)"
        )
    known: dict[str, Any] = {one.name: catalog.resolve("view", one.name) for one in catalog.entries("view")}
    views = [name for name, view in known.items() if view.num_views == wanted]
    named = " or ".join(views) or "none yet, a class of your own"
    place = "in place of this one" if in_view else "to the left of the data"
    return f"put a config view/… of {_images(wanted)} {place}: {named} (`fig list configs view/`)"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
