"""HWF symbols (Li et al., ICML 2020): single handwritten digits and operators."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...registry import dataset
from ..dataset import Dataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .hwf_source import hwf

Category = Literal["symbols", "div"]


@dataset("hwf")
class HWF(Dataset):
    """HWF symbols, 1×45×45, dark on white, sorted by class: 0…9, +, −, ×, and ÷ in the category `div`."""

    def __init__(self, root: str = "local_data", *, category: Category = "symbols") -> None:
        source = hwf(category)
        store = open_store(Path(root) / source.name, source.remedy)
        super().__init__(
            source.name.replace("_", "-"),
            store.images,
            store.spec.shape,
            labels=store.factors,
            factor_names=source.factor_names,
            factor_sizes=source.factor_sizes,
            factor_values=source.factor_values,
            fingerprint=store.fingerprint,
            older_fingerprints=[store.sha256[:16]],
            source=store.spec.source,
        )

    @staticmethod
    def info(*, category: Category) -> DatasetInfo:
        """The symbols of this category."""
        return hwf(category).info()
