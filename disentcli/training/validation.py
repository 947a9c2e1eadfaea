"""A model outside of its steps: losses on validation images, and what it has to know of training images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..data.labelled_items import item_reader
from ..data.splits.splits import subsample_evenly
from ..device import to_widest_float
from ..errors import Unsupported
from ..methods.autoencoder import Autoencoder
from ..methods.method import Method
from ..nets.precision import in_float32
from .precision import networks
from .rng import make_generator

MAX_IMAGES = 10_000  # of a validation
STORED_CODES = 1_024  # of training images, for samplers that mix them


@contextmanager
def eval_mode(model: Method) -> Iterator[None]:
    """Put the model into evaluation mode, in float32 and without gradients; afterwards it is as it was."""
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
    """The `mean_losses` over at most 10,000 of these images; empty where they are too few for the method."""
    chosen = subsample_evenly(indices, MAX_IMAGES)
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
    """The mean of every loss term over these images, unweighted, and their weighted sum `loss`.

    They are estimated as in training, where a term may depend on codes being drawn, and on a batch being a
    random one of some size: the images are put in a random order and cut into batches of nearly equal size,
    and for each batch codes and samples of the prior are drawn anew.

    Args:
        batch_size: that of training, to which the batches come near.
        step: the step whose loss weights are taken.
        seed: what order and draws follow from.

    Returns:
        The means by term; those of further players as "<player>/<term>".

    Raises:
        Unsupported: there are fewer images than the method compares with each other.
    """
    if len(indices) < max(model.min_batch_size, 1):
        raise Unsupported(
            f"{model.short_name} compares {model.min_batch_size} or more images with each other, "
            f"got {len(indices)}"
        )
    read_items = item_reader(dataset, with_factors=model.reads_labels)
    last = max(step - 1, 0)
    sums: dict[str, dict[str, Tensor]] = {player: {} for player in model.active_players(last)}
    for number, part in enumerate(equal_parts(indices, batch_size, model.min_batch_size, seed)):
        items = read_items(torch.as_tensor(part, dtype=torch.int64).to(dataset.index_device), 0)
        generator = make_generator(seed, "losses", number)
        noise = model.evaluation_noise(model.codes_per_item * len(part), generator, items.device)
        for player, terms in sums.items():
            for term, value in model.losses(items, noise, player).items():
                terms[term] = terms.get(term, 0) + to_widest_float(value) * len(part)
    found: dict[str, float] = {}
    for player, terms in sums.items():
        means = {term: float(total) / len(indices) for term, total in terms.items()}
        found |= _with_loss(player, means, model.weights(last))
    return found


def _with_loss(player: str, means: dict[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """The means of a player's terms behind their weighted sum, by the names under which they are recorded."""
    loss = sum((weights.get(term, 0.0) * mean for term, mean in means.items()), start=0.0)
    prefix = "" if player == "model" else f"{player}/"
    return {prefix + term: mean for term, mean in {"loss": loss, **means}.items()}


def equal_parts(indices: np.ndarray, size: int, smallest: int, seed: int) -> list[np.ndarray]:
    """The indices in a random order, cut into parts whose sizes differ by at most one.

    The sizes are as near to `size` as that allows, and not below `smallest` unless there are fewer indices.
    """
    order = torch.randperm(len(indices), generator=make_generator(seed, "order of losses"))
    most = max(len(indices) // max(smallest, 1), 1)
    count = min(max(round(len(indices) / size), 1), most)
    return np.array_split(indices[order.numpy()], count)


def init_from_images(model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int) -> None:
    """Before the first step, show a model that asks for them `init_images` of these, always the same."""
    if model.init_images:
        parts = batches(dataset.images, subsample_evenly(indices, model.init_images), batch_size)
        model.init_from_data(torch.cat(list(parts)))


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
