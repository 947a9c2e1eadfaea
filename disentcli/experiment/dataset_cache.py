"""The datasets of a call: what several runs describe alike is loaded once."""

from __future__ import annotations

import torch

from ..config.settings import Settings
from ..data.dataset import Dataset
from ..data.storage import Resident


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
