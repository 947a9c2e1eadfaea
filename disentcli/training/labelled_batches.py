"""Labelled images: in batches for methods with supervision, or all of them for methods fitted to them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from ..data.batch_sampler import SeededBatchSampler
from ..data.dataset import Dataset
from ..data.splits.splits import Splits
from ..device import move
from ..errors import CallError
from ..methods.method import Method
from ..methods.supervision import LabelledBatch
from .options import TrainOptions
from .rng import derive_seed
from .validation import eval_mode


class LabelledBatchSampler:
    """Batches of these images with their factors; where there are fewer than a batch, they are repeated.

    A batch follows from seed and step alone, as those of `SeededBatchSampler`, so that any step can be
    resumed. Indices and factors are kept where the images are.
    """

    def __init__(
        self, dataset: Dataset, indices: np.ndarray, weights: np.ndarray | None, batch_size: int, seed: int
    ) -> None:
        self.dataset = dataset
        times = -(-batch_size // len(indices))
        device = dataset.index_device
        places = np.tile(np.arange(len(indices)), times)
        repeated = None if weights is None else np.tile(weights, times)
        self._order = SeededBatchSampler(places, batch_size, seed, weights=repeated, device=device)
        self._indices = torch.as_tensor(indices, dtype=torch.int64).to(device)
        self._factors = torch.as_tensor(dataset.factors(indices), dtype=torch.int64).to(device)

    def batch(self, step: int) -> LabelledBatch:
        """The labelled images (B, …) of this step, counted from 0, and their factors (B, K)."""
        places = self._order.batch(step)
        images = self.dataset.batch(self._indices[places], draw_step=step + 1)
        return LabelledBatch(images, move(self._factors[places], images.device))


def labelled_batches(
    model: Method, dataset: Dataset, splits: Splits, options: TrainOptions
) -> LabelledBatchSampler | None:
    """The labelled batches of a method with supervision; None for the others.

    Raises:
        CallError: the split tells the labels of no images, or an item has several.
    """
    if model.supervision is None:
        return None
    if splits.labelled is None or not len(splits.labelled):
        raise CallError(
            "the method reads labels, the split has none: say for how many images by --split.labels 1000, "
            "or stack split/labels-100 or split/labels-1000"
        )
    if dataset.num_views != 1:
        raise CallError(f"labels are of single images, the data give {dataset.num_views} at a time")
    size = model.supervision.labelled_batch or options.batch_size
    seed = derive_seed(options.seed, "labels")
    return LabelledBatchSampler(dataset, splits.labelled, splits.labelled_weights, size, seed)


def check_fitted_labels(model: Method, dataset: Dataset, splits: Splits) -> None:
    """CallError where a method that is fitted to labelled images cannot be fitted to those of the split."""
    if model.fits_labels:
        model.check_labels(torch.as_tensor(dataset.factors(_labelled(splits)), dtype=torch.int64))


def fit_labels(model: Method, dataset: Dataset, splits: Splits, batch_size: int) -> None:
    """Fit the model to all labelled images, batch by batch; to those of training where no split names them.

    Images are read as in an evaluation, in the order of their indices, so that it can be repeated to the bit.
    """
    with eval_mode(model):
        model.fit_labels(_every_labelled(dataset, _labelled(splits), batch_size))


def _labelled(splits: Splits) -> np.ndarray:
    return np.sort(splits.train if splits.labelled is None else splits.labelled)


def _every_labelled(dataset: Dataset, indices: np.ndarray, batch_size: int) -> Iterator[LabelledBatch]:
    for start in range(0, len(indices), batch_size):
        part = indices[start : start + batch_size]
        factors = torch.as_tensor(dataset.factors(part), dtype=torch.int64)
        images = dataset.batch(torch.as_tensor(part, dtype=torch.int64).to(dataset.index_device))
        yield LabelledBatch(images, factors.to(images.device))
