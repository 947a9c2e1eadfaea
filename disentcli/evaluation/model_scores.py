"""Scores of a model over the images of a split: reconstruction errors, use of codebooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.views.view import ViewIndices
from ..latents.discrete import DiscreteLatent, perplexity
from ..methods.inference import Inference
from ..metrics.symbol_accuracy import SymbolCounts, track_names
from ..nets.shapes import kind_of

LEAST_MSE = 1e-10  # a perfect reconstruction has a psnr of 100 dB, not infinity


@torch.no_grad()
def reconstruction_errors(inference: Inference, indices: np.ndarray) -> dict[str, float]:
    """Errors of what is decoded from mean codes, averaged over images.

    mse_per_pixel: squared error per pixel and channel; mse_per_image and bce_per_image: summed over them
    (nats for the cross-entropy, its logarithms cut at −100). psnr: −10 log10 of an image's mse_per_pixel,
    averaged in dB as in Hsu et al. (NeurIPS 2023, code). Vectors have neither cross-entropy nor psnr.
    Pianorolls have `accuracy`, of all symbols, and `notes`, where a note begins, instead; also by track.
    """

    def pairs() -> Iterator[tuple[Tensor, Tensor]]:
        for part in _batches(inference, indices):
            yield inference.reconstructed(part), inference.images(part)

    if kind_of(inference.dataset.shape) == "pianoroll":
        return _symbol_scores(pairs(), track_names(inference.dataset))
    return _mean_errors(pairs())


def _symbol_scores(pairs: Iterable[tuple[Tensor, Tensor]], names: Sequence[str]) -> dict[str, float]:
    """The accuracies of batches of (outputs, pianorolls)."""
    counts = SymbolCounts(len(names))
    for outputs, songs in pairs:
        counts.add(songs.cpu().numpy(), outputs.cpu().numpy())
    return counts.scores(names)


@torch.no_grad()
def composition_errors(inference: Inference, triplets: ViewIndices) -> dict[str, float]:
    """Errors of composed images against the targets of triplets (N, 3), as of reconstructions.

    Raises:
        Unsupported: the method was not trained to compose images.
    """
    model = inference.autoencoder

    def pairs() -> Iterator[tuple[Tensor, Tensor]]:
        for part in _batches(inference, np.arange(len(triplets.indices))):
            reference, command, target = (inference.images(one) for one in triplets.indices.numpy()[part].T)
            yield model.compose(reference, command, triplets.changed[part].to(inference.device)), target

    return _mean_errors(pairs())


def _mean_errors(pairs: Iterable[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """The errors of batches of (outputs, images), averaged over all images."""
    sums: dict[str, float] = defaultdict(float)
    count = pixels = 0
    for outputs, images in pairs:
        count, pixels = count + len(images), images[0].numel()
        for name, value in _errors(outputs, images).items():
            sums[name] += value
    means = {name: total / count for name, total in sums.items()}
    return {"mse_per_pixel": means["mse_per_image"] / pixels, **means}


def codebook_use(inference: Inference, indices: np.ndarray) -> dict[str, float]:
    """How many values of its codebooks a discrete latent uses; empty for a continuous one.

    perplexity, least_perplexity: exp of the entropy of a dimension's values, its mean and its minimum.
    unused: the share of all values, dimension by dimension, that no image has.
    """
    latent = getattr(inference.model, "latent", None)
    if not isinstance(latent, DiscreteLatent):
        return {}
    usage = latent.usage(torch.from_numpy(inference.encode(indices)).to(inference.device)).cpu()
    per_dimension = perplexity(usage)
    return {
        "perplexity": float(per_dimension.mean()),
        "least_perplexity": float(per_dimension.min()),
        "unused": 1 - int((usage > 0).sum()) / sum(latent.sizes),
    }


def _batches(inference: Inference, indices: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(indices), inference.batch_size):
        yield indices[start : start + inference.batch_size]


def _errors(outputs: Tensor, images: Tensor) -> dict[str, float]:
    """Sums over a batch."""
    errors = {"mse_per_image": float(F.mse_loss(outputs, images, reduction="sum"))}
    if images.ndim == 4:
        errors["bce_per_image"] = float(F.binary_cross_entropy(outputs, images, reduction="sum"))
        per_image = F.mse_loss(outputs, images, reduction="none").mean((1, 2, 3))
        errors["psnr"] = float(-10 * per_image.clamp_min(LEAST_MSE).log10().sum())
    return errors
