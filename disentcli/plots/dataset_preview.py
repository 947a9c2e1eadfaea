"""The preview of a dataset: random samples, a row of images for each factor, the sizes of its splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..data.dataset import Dataset
from ..data.splits.splits import Splits, subsample_evenly
from .drawing import save, short_label
from .image_grids import tile_figure

ACROSS = 12


def draw_dataset_preview(dataset: Dataset, splits: Splits, seed: int, path: Path) -> Path:
    """Two rows of random samples, then each factor from its first value to its last.

    On a grid a row changes one factor of one image; otherwise it shows images along the factor's values.
    Of a view, the images of one item are side by side.
    """
    rng = np.random.default_rng(seed)
    single = dataset.images
    drawn = [_items(dataset, rng.permutation(splits.train)) for _ in range(2)]
    rows, labels = drawn, ["samples" if dataset.num_views == 1 else f"items of {dataset.num_views}", ""]
    base = None if single.factor_space is None else single.factor_space.sample(1, rng)[0]
    for k in range(len(single.factor_names)):
        places = _along_table(single, k, rng) if base is None else _along_grid(single, base, k)
        rows.append(_filled(_images(single, places)))
        labels.append(_label(single, k))
    figure = tile_figure(rows, labels, title=f"{dataset.name}: {len(dataset):,}", foot=split_sizes(splits))
    return save(figure, path)


def split_sizes(splits: Splits) -> str:
    """The sizes of the parts that are not empty."""
    parts = {"train": splits.train, "val": splits.val, "test": splits.test, "held out": splits.held_out}
    return ", ".join(f"{name} {len(indices):,}" for name, indices in parts.items() if len(indices))


def _items(dataset: Dataset, indices: np.ndarray) -> np.ndarray:
    """A row of tiles: images or, of several views, items with a gap behind each."""
    if dataset.num_views == 1:
        return _filled(_images(dataset, indices[:ACROSS]))
    items = _images(dataset, indices[: ACROSS // (dataset.num_views + 1)])  # (n, V, C, H, W)
    parted = np.concatenate([items, np.ones_like(items[:, :1])], axis=1)
    return _filled(parted.reshape(-1, *items.shape[2:]))


def _filled(tiles: np.ndarray) -> np.ndarray:
    """The row filled up to twelve tiles: with white ones or, of vectors, with nothing."""
    blank = np.full((ACROSS - len(tiles), *tiles.shape[1:]), 1.0 if tiles.ndim == 4 else np.nan)
    return np.concatenate([tiles, blank])


def _images(dataset: Dataset, indices: np.ndarray) -> np.ndarray:
    return dataset.batch(torch.as_tensor(indices, device=dataset.index_device)).cpu().numpy()


def _along_grid(dataset: Dataset, base: np.ndarray, factor: int) -> np.ndarray:
    """At most twelve places while one factor of the image runs through its values."""
    assert dataset.factor_space is not None
    traversal = dataset.factor_space.traversal(base, factor)
    steps = subsample_evenly(np.arange(len(traversal)), ACROSS)
    return dataset.find(traversal[steps], np.random.default_rng(0))


def _along_table(dataset: Dataset, factor: int, rng: np.random.Generator) -> np.ndarray:
    """At most twelve places whose factor rises: one of each class, or evenly spaced quantiles."""
    values = dataset.factors()[:, factor]
    order = rng.permutation(len(values))
    shuffled = values[order]
    if dataset.factor_sizes[factor]:
        _, first = np.unique(shuffled, return_index=True)
        return order[subsample_evenly(first, ACROSS)]
    return order[subsample_evenly(np.argsort(shuffled, kind="stable"), ACROSS)]


def _label(dataset: Dataset, factor: int) -> str:
    """The factor's name, and below it how many values it has, from which to which."""
    name, size = short_label(dataset.factor_names[factor]), dataset.factor_sizes[factor]
    if not size:
        return f"{name}\ncontinuous"
    values = dataset.factor_values[factor] if dataset.factor_values else tuple(range(size))
    first, last = short_label(values[0]), short_label(values[-1])
    return f"{name}\n{size}: {first} … {last}" if size > 1 else f"{name}\n{first}"
