"""The dataset of symbols: which are rendered and how often each, rendered on first use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ....errors import CallError
from ....registry import dataset
from ...dataset import Dataset
from ...dataset_folder import StoreSpec
from ...dataset_folder_writer import StoreWriter
from ...dataset_info import DatasetInfo
from ...factors import Values
from ..rendering import RENDERED, open_or_render
from .handwriting import STYLE, StrokeBatch, rasterize, write
from .skeletons import SYMBOLS

SIZE = 45  # of an image, as in HWF
BLOCK = 50  # images rendered at once: what they need fits in a processor's cache

FACTOR_NAMES = ("symbol", *STYLE)
FACTOR_SIZES = (len(SYMBOLS), *(0 for _ in STYLE))
FACTOR_VALUES: tuple[Values, ...] = (SYMBOLS, *(() for _ in STYLE))


@dataclass(frozen=True)
class SymbolSpec:
    """`per_class` images of each of the 13 symbols, sorted by symbol; the last `test` of each are apart."""

    per_class: int = 1500
    test: int = 250
    seed: int = 0

    def __post_init__(self) -> None:
        if self.per_class < 1 or not 0 <= self.test < self.per_class:
            raise CallError(
                f"symbols need images of each class to train on: per-class {self.per_class}, test {self.test}"
            )

    @property
    def folder(self) -> str:
        """The name of the folder, from all that the images depend on."""
        return f"symbols_{self.per_class}_seed{self.seed}"

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name="symbols",
            shape=(1, SIZE, SIZE),
            count=len(SYMBOLS) * self.per_class,
            source=f"rendered by disentcli, hand 1, {self.per_class} of each symbol, seed {self.seed}",
            licence="CC0",
            citation="In the format of HWF: Li et al., Closed Loop Neural-Symbolic Learning, ICML 2020",
        )

    def info(self) -> DatasetInfo:
        """What the dataset of these images is."""
        plain = DatasetInfo.of_spec(self.spec(), title="Symbols", folder=self.folder, obtain=RENDERED)
        return replace(
            plain, factor_names=FACTOR_NAMES, factor_sizes=FACTOR_SIZES, factor_values=FACTOR_VALUES
        )

    def test_indices(self) -> np.ndarray:
        """Places (int64) of the images kept for testing."""
        places = np.arange(len(SYMBOLS) * self.per_class).reshape(len(SYMBOLS), -1)
        return places[:, self.per_class - self.test :].ravel()

    def write(self, symbol: str, start: int = 0, end: int | None = None) -> StrokeBatch:
        """The `start`-th to the `end`-th image of a symbol, before it is rasterized."""
        indices = np.arange(start, self.per_class if end is None else min(end, self.per_class))
        return write(symbol, indices, size=SIZE, seed=self.seed)

    def factors(self) -> np.ndarray:
        """(N, 8) float64: the class of the symbol, then its style."""
        return np.concatenate(
            [np.insert(self.write(symbol).style, 0, place, axis=1) for place, symbol in enumerate(SYMBOLS)]
        )


def render(folder: Path, symbols: SymbolSpec) -> None:
    """Render the `symbols` into `folder`, beginning with the symbol at which a call was interrupted."""
    from tqdm import tqdm

    with StoreWriter(folder, symbols.spec(), group=symbols.per_class) as writer:
        ready = writer.done // symbols.per_class
        bar = tqdm(
            SYMBOLS[ready:], "rendering symbols", len(SYMBOLS), initial=ready, unit="symbols", disable=None
        )
        for symbol in bar:
            for start in range(0, symbols.per_class, BLOCK):
                strokes = symbols.write(symbol, start, start + BLOCK)
                writer.write(rasterize(strokes.starts, strokes.ends, strokes.widths, SIZE)[..., None])
        writer.factors = symbols.factors()


@dataset("symbols")
class Symbols(Dataset):
    """Handwritten-like 0…9, +, − and ×, 1×45×45, dark on white; rendered once into `root`.

    In the format of the HWF symbols (Li et al., ICML 2020). Factors: the symbol, and seven real numbers of
    its style. The last `test` images of each symbol are the test part.
    """

    def __init__(
        self, root: str = "local_data", *, per_class: int = 1500, test: int = 250, seed: int = 0
    ) -> None:
        symbols = SymbolSpec(per_class, test, seed)
        store = open_or_render(Path(root), symbols.folder, symbols.spec(), partial(render, symbols=symbols))
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
            test_indices=symbols.test_indices(),
        )

    @staticmethod
    def info(*, per_class: int, test: int, seed: int) -> DatasetInfo:
        """So many symbols, drawn from this seed."""
        return SymbolSpec(per_class, test, seed).info()
