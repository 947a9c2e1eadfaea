"""The portrait of a dataset: random samples, a row for each factor, the sizes of its splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..data.dataset import Dataset
from ..data.splits import Splits, spread
from .drawing import save
from .pictures import tile_figure

ACROSS = 12


def draw_portrait(dataset: Dataset, splits: Splits, seed: int, path: Path) -> Path:
    """Two rows of random samples, then each factor from its first value to its last.

    On a grid a row changes one factor of one image; otherwise it shows images along the factor's values.
    Of a view, a row of samples holds the images of one item after the other.
    """
    rng = np.random.default_rng(seed)
    rows = [_items(dataset, _drawn(splits.train, rng)) for _ in range(2)]
    labels = ["samples", ""]
    single = dataset.single
    base = _base(single, rng)
    for k, (name, size) in enumerate(zip(single.factor_names, single.factor_sizes, strict=True)):
        places = _along_grid(single, base, k) if base is not None else _along_table(single, k, rng)
        rows.append(_images(single, places))
        labels.append(f"{name} ({size or 'continuous'})")
    figure = tile_figure(rows, labels, title=f"{dataset.name}: {len(dataset):,}", foot=split_sizes(splits))
    return save(figure, path)


def split_sizes(splits: Splits) -> str:
    """The sizes of the parts that are not empty."""
    parts = {"train": splits.train, "val": splits.val, "test": splits.test, "held out": splits.held_out}
    return ", ".join(f"{name} {len(indices):,}" for name, indices in parts.items() if len(indices))


def _drawn(indices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Twelve of the indices, again from the start where there are fewer."""
    return np.resize(rng.permutation(indices)[:ACROSS], ACROSS)


def _items(dataset: Dataset, indices: np.ndarray) -> np.ndarray:
    """Twelve tiles: images (12, C, H, W), of V views the items one after another."""
    count = max(1, ACROSS // dataset.views)
    tiles = _images(dataset, indices[:count])
    if dataset.views > 1:
        tiles = tiles.reshape(-1, *tiles.shape[2:])
    return np.concatenate([tiles, np.ones_like(tiles[: ACROSS - len(tiles)])])


def _images(dataset: Dataset, indices: np.ndarray) -> np.ndarray:
    return dataset.batch(torch.as_tensor(indices, device=dataset.index_device)).cpu().numpy()


def _base(dataset: Dataset, rng: np.random.Generator) -> np.ndarray | None:
    """The factors (F,) of a random image of a grid; None for a table."""
    space = dataset.factor_space
    return None if space is None else space.sample(1, rng)[0]


def _along_grid(dataset: Dataset, base: np.ndarray, factor: int) -> np.ndarray:
    """Twelve places while one factor runs through its values."""
    assert dataset.factor_space is not None
    traversal = dataset.factor_space.traversal(base, factor)
    steps = _stretched(np.arange(len(traversal)))
    return dataset.find(traversal[steps], np.random.default_rng(0))


def _along_table(dataset: Dataset, factor: int, rng: np.random.Generator) -> np.ndarray:
    """Twelve places whose factor rises: one of each class in turn, or evenly spaced quantiles."""
    values = dataset.factors()[:, factor]
    order = rng.permutation(len(values))
    shuffled = values[order]
    if dataset.factor_sizes[factor]:
        _, first = np.unique(shuffled, return_index=True)
        return order[_stretched(first)]
    return order[_stretched(np.argsort(shuffled, kind="stable"))]


def _stretched(places: np.ndarray) -> np.ndarray:
    """Twelve of the places in order, evenly spread; each shown several times where there are fewer."""
    chosen = spread(places, ACROSS)
    return chosen[np.arange(ACROSS) * len(chosen) // ACROSS]
