"""Looking at a model in between: its losses on held-out images, its codes of training images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..data.splits.splits import subsample_evenly
from ..errors import Unsupported
from ..methods.autoencoder import Autoencoder
from ..methods.method import Method
from ..nets.precision import in_float32
from .precision import networks
from .rng import make_generator

AT_MOST = 10_000  # validation images
STORED_CODES = 1_024  # of training images, for samplers that mix them


@contextmanager
def eval_mode(model: Method) -> Iterator[None]:
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
    """The losses over at most 10,000 of these images, as `mean_losses`; none where they are too few."""
    chosen = subsample_evenly(indices, AT_MOST)
    if len(chosen) < model.min_batch_size:
        return {}
    with eval_mode(model):
        return mean_losses(model, dataset, chosen, batch_size, step)


def why_not_validated(model: Method, indices: np.ndarray) -> str | None:
    """The reason why a run with these validation images has no validation loss; None where it has one."""
    if len(indices) >= model.min_batch_size:
        return None
    name, least = model.short_name, model.min_batch_size
    few = f"{name} compares {least} or more images, {len(indices)} are for validation"
    found = few if len(indices) else "there are no images for validation"
    return f"{found}; so there is no validation loss, and no best checkpoint"


@torch.no_grad()
def mean_losses(
    model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int, step: int, seed: int = 0
) -> dict[str, float]:
    """Every loss term, unweighted, and their weighted sum `loss`, as in training, over these images.

    A term may depend on the codes being drawn, on the size of the batch that it is estimated from, and on the
    batch being a random one. So the images are put in a random order and cut into batches of nearly equal
    size, near `batch_size`, which is to be that of training; each has its own draws of codes and of the
    prior. Order and draws follow from `seed` alone. `step` is where the weights are taken. Terms of a
    method's further players are called "<player>/<term>".

    Raises:
        Unsupported: there are fewer images than the method compares with each other.
    """
    if len(indices) < max(model.min_batch_size, 1):
        raise Unsupported(
            f"{model.short_name} compares {model.min_batch_size} or more images with each other, "
            f"got {len(indices)}"
        )
    last = max(step - 1, 0)
    weights, cast = model.weights(last), model.active_players(last)
    sums: dict[str, dict[str, Tensor]] = {player: {} for player in cast}
    for number, part in enumerate(equal_parts(indices, batch_size, model.min_batch_size, seed)):
        items = next(batches(dataset, part, len(part)))
        noise = model.evaluation_noise(len(part), make_generator(seed, "losses", number), items.device)
        for player, terms in sums.items():
            for term, value in model.losses(items, noise, player).items():
                terms[term] = terms.get(term, 0) + value.double() * len(part)
    found: dict[str, float] = {}
    for player, terms in sums.items():
        means = {term: float(total) / len(indices) for term, total in terms.items()}
        loss = sum((weights.get(term, 0.0) * mean for term, mean in means.items()), start=0.0)
        prefix = "" if player == "model" else f"{player}/"
        found |= {prefix + term: mean for term, mean in {"loss": loss, **means}.items()}
    return found


def equal_parts(indices: np.ndarray, size: int, smallest: int, seed: int) -> list[np.ndarray]:
    """The indices in a random order, cut into parts whose sizes differ by one at most.

    They are as near to `size` as that allows, and not below `smallest`, where there are so many indices.
    """
    order = torch.randperm(len(indices), generator=make_generator(seed, "order of losses"))
    most = max(len(indices) // max(smallest, 1), 1)
    count = min(max(round(len(indices) / size), 1), most)
    return np.array_split(indices[order.numpy()], count)


def prepare_sampler(model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int) -> None:
    """Give a sampler that needs them the codes of at most 1,024 training images, always the same."""
    if not isinstance(model, Autoencoder) or model.sampler is None or not model.sampler.needs_codes:
        return
    with eval_mode(model):
        parts = batches(dataset.images, subsample_evenly(indices, STORED_CODES), batch_size)
        model.sampler.prepare(torch.cat([model.encode(part) for part in parts]))


def batches(dataset: Dataset, indices: np.ndarray, batch_size: int) -> Iterator[Tensor]:
    """The images of these indices in order; the last batch may be smaller."""
    on_device = torch.as_tensor(indices, dtype=torch.int64).to(dataset.index_device)
    for part in on_device.split(batch_size):
        yield dataset.batch(part)
