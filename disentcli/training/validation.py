"""Looking at a model in between: its losses on held-out images, its codes of training images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..data.splits import spread
from ..methods.method import Method
from ..nets.precision import in_float32
from .precision import networks
from .state import weighted_sum

AT_MOST = 10_000  # validation images
STORED_CODES = 1_024  # of training images, for samplers that mix them


@contextmanager
def looking(model: Method) -> Iterator[None]:
    """Evaluation mode in float32 without gradients; mode and precision that were come back."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), in_float32(*networks(model)):
            yield
    finally:
        model.train(was_training)


def validate(
    model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int, step: int
) -> dict[str, float]:
    """The mean of the loss and of each term over at most 10,000 of these images, with mean codes."""
    sums: dict[str, Tensor] = {}
    chosen = spread(indices, AT_MOST)
    if not len(chosen):
        return {}
    weights = model.weights(step)
    with looking(model):
        for part in batches(dataset, chosen, batch_size):
            for player in model.players():
                losses = model.losses(part, None, player)
                prefix = "" if player == "model" else f"{player}/"
                named = {"loss": weighted_sum(losses, weights), **losses}
                for term, loss in named.items():
                    sums[prefix + term] = sums.get(prefix + term, 0) + loss.double() * len(part)
    return {term: float(total) / len(chosen) for term, total in sums.items()}


def prepare_sampler(model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int) -> None:
    """Give a sampler that needs them the codes of at most 1,024 training images, always the same."""
    if model.sampler is None or not model.sampler.needs_codes:
        return
    with looking(model):
        parts = batches(dataset.single, spread(indices, STORED_CODES), batch_size)
        model.sampler.prepare(torch.cat([model.encode(part) for part in parts]))


def batches(dataset: Dataset, indices: np.ndarray, batch_size: int) -> Iterator[Tensor]:
    """The images of these indices in order; the last batch may be smaller."""
    on_device = torch.as_tensor(indices, dtype=torch.int64).to(dataset.index_device)
    for part in on_device.split(batch_size):
        yield dataset.batch(part)
