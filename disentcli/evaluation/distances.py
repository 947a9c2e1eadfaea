"""Fréchet inception distances of a model's reconstructions and samples to the images of a split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..errors import Unsupported
from ..methods.inference import Inference
from ..metrics.fid import Moments, frechet_distance, moments_of
from ..metrics.inception import Inception

Distances = dict[str, float | None]


def inception_distances(
    inference: Inference, network: Inception, indices: np.ndarray, samples: int, seed: int
) -> tuple[Distances, dict[str, str]]:
    """FID of the reconstructions of these images, and of `samples` new ones, to these images.

    Null, with the reason beside it, where the data are no images or the model cannot make new ones.
    """
    network = network.to(inference.device)

    def measured(batches: Iterator[Tensor]) -> Moments:
        return moments_of(batches, network, network.dimension)

    try:
        made = measured(_reconstructed(inference, indices))
        real = measured(map(inference.images, _parts(inference, indices)))
        distances: Distances = {"reconstruction": frechet_distance(real, made), "sample": None}
    except Unsupported as reason:
        return {"reconstruction": None, "sample": None}, {"fid": str(reason)}
    try:
        distances["sample"] = frechet_distance(real, measured(_generated(inference, samples, seed)))
    except Unsupported as reason:
        return distances, {"fid": str(reason)}
    return distances, {}


def _parts(inference: Inference, indices: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(indices), inference.batch_size):
        yield indices[start : start + inference.batch_size]


@torch.no_grad()
def _reconstructed(inference: Inference, indices: np.ndarray) -> Iterator[Tensor]:
    for part in _parts(inference, indices):
        yield inference.autoencoder.reconstruct(inference.images(part))


@torch.no_grad()
def _generated(inference: Inference, count: int, seed: int) -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, count, inference.batch_size):
        yield inference.autoencoder.generate(min(inference.batch_size, count - start), generator)
