"""Errors of images decoded from given codes, batch by batch: their likelihood and their squared error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..device import to_widest_float
from .inference import Inference
from .input_arrays import as_codes


class DecodingError(NamedTuple):
    """nll_per_image: −log p(x | z) in nats, summed over pixels, averaged over images, as the decoder models
    it. mse_per_pixel: the squared error of the expected image, averaged over pixels, channels and images."""

    nll_per_image: float
    mse_per_pixel: float


class DecodingErrors:
    """How far images are from what a model decodes from codes, and from a mean image."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    @torch.no_grad()
    def of_codes(self, indices: np.ndarray, codes: np.ndarray) -> DecodingError:
        """Errors of the images at `indices` (N,) decoded from `codes` (N, D).

        Codes that no image can have, between the values of a codebook, become the nearest that one can.

        Raises:
            Unsupported: the model has no decoder.
        """
        model = self.inference.decoding_model
        nll, squares = 0.0, 0.0
        for rows in self._batches(len(indices)):
            images = self.inference.images(indices[rows])
            given = model.latent.project(as_codes(codes[rows], model.latent).to(self.inference.device))
            outputs = model.decoder(model.latent.to_decoder(given))
            nll += float(model.reconstruction(outputs, images)) * len(images)
            squares += float(F.mse_loss(model.decoder.mean(outputs), images, reduction="sum"))
        return DecodingError(nll / len(indices), squares / (len(indices) * self._pixels))

    @torch.no_grad()
    def least_nll(self, indices: np.ndarray) -> float:
        """The least −log p(x | z) per image that any decoder of this distribution has of these images.

        Raises:
            Unsupported: the model has no decoder, or this is not known.
        """
        decoder = self.inference.decoding_model.decoder
        total = 0.0
        for rows in self._batches(len(indices)):
            images = self.inference.images(indices[rows])
            total += float(decoder.least_loss(images)) * len(images)
        return total / len(indices)

    @torch.no_grad()
    def mean_image(self, indices: np.ndarray) -> Tensor:
        """The mean (*shape) of the images at these indices, in the widest float."""
        parts = (self.inference.images(indices[rows]) for rows in self._batches(len(indices)))
        total = sum(to_widest_float(images).sum(0) for images in parts)
        return torch.as_tensor(total) / len(indices)

    @torch.no_grad()
    def of_image(self, indices: np.ndarray, image: Tensor) -> float:
        """The mean squared difference per pixel of the images at these indices to one image (*shape)."""
        squares = 0.0
        for rows in self._batches(len(indices)):
            squares += float((to_widest_float(self.inference.images(indices[rows])) - image).square().sum())
        return squares / (len(indices) * self._pixels)

    @property
    def _pixels(self) -> int:
        return int(np.prod(self.inference.dataset.shape))

    def _batches(self, count: int) -> Iterator[slice]:
        size = self.inference.batch_size
        yield from (slice(start, start + size) for start in range(0, count, size))
