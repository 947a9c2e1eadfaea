"""The dataset of rendered symbols."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ....registry import dataset
from ...dataset import Dataset
from ...dataset_info import DatasetInfo
from ..rendering import open_or_render
from .symbol_set import FACTOR_NAMES, FACTOR_SIZES, FACTOR_VALUES, SymbolPlan, render


@dataset("symbols")
class Symbols(Dataset):
    """Handwritten-like 0…9, +, − and ×, 1×45×45, dark on white; rendered once into `root`.

    In the format of the HWF symbols (Li et al., ICML 2020). Factors: the symbol, and seven real numbers of
    its style. The last `test` images of each symbol are the test part.
    """

    def __init__(
        self, root: str = "local_data", *, per_class: int = 1500, test: int = 250, seed: int = 0
    ) -> None:
        plan = SymbolPlan(per_class, test, seed)
        store = open_or_render(Path(root), plan.folder, plan.spec(), partial(render, plan=plan))
        super().__init__(
            "symbols",
            store.images,
            store.spec.shape,
            labels=store.factors,
            factor_names=FACTOR_NAMES,
            factor_sizes=FACTOR_SIZES,
            factor_values=FACTOR_VALUES,
            fingerprint=store.sha256[:16],
            source=store.spec.source,
            test_indices=plan.test_indices(),
        )

    @staticmethod
    def info(*, per_class: int, test: int, seed: int) -> DatasetInfo:
        """So many symbols, drawn from this seed."""
        return SymbolPlan(per_class, test, seed).info()
