"""Which symbols are rendered, how often each, and the rendering of them into a dataset folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ....errors import CallError
from ...dataset_folder import StoreSpec
from ...dataset_folder_writer import StoreWriter
from ...dataset_info import DatasetInfo
from ...factors import Values
from ..rendering import RENDERED
from .handwriting import STYLE, Written, written
from .ink import inked
from .skeletons import SYMBOLS

SIZE = 45  # of an image, as in HWF
BLOCK = 50  # images rendered at once: what they need fits in a processor's cache

FACTOR_NAMES = ("symbol", *STYLE)
FACTOR_SIZES = (len(SYMBOLS), *(0 for _ in STYLE))
FACTOR_VALUES: tuple[Values, ...] = (SYMBOLS, *(() for _ in STYLE))


@dataclass(frozen=True)
class SymbolPlan:
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

    def written(self, symbol: str, start: int = 0, end: int | None = None) -> Written:
        """The `start`-th to the `end`-th image of a symbol, before it is inked."""
        indices = np.arange(start, self.per_class if end is None else min(end, self.per_class))
        return written(symbol, indices, size=SIZE, seed=self.seed)

    def factors(self) -> np.ndarray:
        """(N, 8) float64: the class of the symbol, then its style."""
        return np.concatenate(
            [np.insert(self.written(symbol).style, 0, place, axis=1) for place, symbol in enumerate(SYMBOLS)]
        )


def render(folder: Path, plan: SymbolPlan) -> None:
    """Render the plan into `folder`, from the symbol on at which a call was interrupted."""
    from tqdm import tqdm

    with StoreWriter(folder, plan.spec(), group=plan.per_class) as writer:
        ready = writer.done // plan.per_class
        bar = tqdm(
            SYMBOLS[ready:], "rendering symbols", len(SYMBOLS), initial=ready, unit="symbols", disable=None
        )
        for symbol in bar:
            for start in range(0, plan.per_class, BLOCK):
                hand = plan.written(symbol, start, start + BLOCK)
                writer.write(inked(hand.starts, hand.ends, hand.widths, SIZE)[..., None])
        writer.factors = plan.factors()
