"""The dataset of a call: what it is, and the dataset itself, loaded once for runs that describe it alike."""

from __future__ import annotations

import torch

from ..config.settings import Settings
from ..data.dataset import Dataset
from ..data.dataset_info import DatasetInfo, describe_dataset
from ..data.storage import Resident
from ..errors import DisentError
from ..registry import catalog


class DatasetCache:
    """Loads datasets, which give their batches on this device."""

    def __init__(self, device: torch.device, resident: Resident | None = None) -> None:
        self.device, self.resident = device, resident
        self._loaded: list[tuple[Settings, Dataset]] = []

    def load(self, settings: Settings) -> Dataset:
        """The dataset of these settings: one that is there already, if it is the same and split alike."""
        for other, dataset in self._loaded:
            split_alike = settings.values.get("split") == other.values.get("split")
            if split_alike and settings.shares("dataset", other):
                return dataset
        loaded: Dataset = settings.build("dataset", root=str(settings.get("dataroot")))
        loaded.to(self.device, self.resident)
        self._loaded.append((settings, loaded))
        return loaded


def dataset_info(settings: Settings) -> DatasetInfo:
    """What the dataset of these settings is, its shape at least, told without its files.

    Raises:
        DisentError: no dataset is named, or its shape is known only from its files.
        CallError: an argument does not fit.
    """
    node = settings.above([]).fit("dataset")  # of a copy: nothing was built
    if node is None:
        raise DisentError("no config of this call names a dataset (d/…), which gives the input's shape")
    name = node.pop("_type")
    info = describe_dataset(catalog.resolve("dataset", name), node, root=settings.get("dataroot"))
    if not info.shape:
        raise DisentError(f"the dataset {name!r} knows its shape only from its files")
    return info
