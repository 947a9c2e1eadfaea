"""Errors of composed images: of pixels, and of the factors that they show, against the true targets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Unsupported
from .inference import Inference


class CompositionError(NamedTuple):
    """Errors of N composed images.

    nll_per_image, mse_per_pixel: as in `DecodingError`, against the targets.
    right: (N, F) bool, whether each factor is that of the target, as `CompositionErrors` reads it.
    """

    nll_per_image: float
    mse_per_pixel: float
    right: np.ndarray


class CompositionErrors:
    """How far images that a model composes are from their targets, on a full grid of factors.

    The asked factor of a composed image is read off as its class in the nearest (squared error) of the real
    images that differ from the target in this factor alone; the others likewise, among those that have the
    asked factor as it was read. That needs no training, and no network of the model.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def check(self) -> None:
        """Raise Unsupported where the model composes no images, or the data are no full grid."""
        model = self.inference.model
        if getattr(model, "operator", None) is None:
            raise Unsupported(f"{model.short_name} composes no images: it was trained without an operator")
        if self.inference.dataset.grid is None:
            raise Unsupported("the data are not a full grid of factors, so the true targets are not known")

    @torch.no_grad()
    def of_triplets(self, triplets: np.ndarray, action: np.ndarray) -> CompositionError:
        """Errors for indices (N, 3) of references, commands and targets, and actions (N, F) bool."""
        self.check()
        model, nll, squares, right = self.inference.model, 0.0, 0.0, []
        for start in range(0, len(triplets), self.inference.batch_size):
            rows = slice(start, start + self.inference.batch_size)
            asked = torch.from_numpy(action[rows]).to(self.inference.device)
            reference, command, target = (self.inference.images(column) for column in triplets[rows].T)
            codes = [model.latent.to_decoder(model.encode(images)) for images in (reference, command)]
            outputs = model.decoder(model.operator(*codes, asked))
            composed = model.decoder.mean(outputs)
            nll += float(model.decoder.loss(outputs, target)) * len(target)
            squares += float(F.mse_loss(composed, target)) * len(target)
            right.append(self._read(composed, triplets[rows, 2], action[rows]))
        count = len(triplets)
        return CompositionError(nll / count, squares / count, np.concatenate(right))

    def _read(self, composed: Tensor, targets: np.ndarray, action: np.ndarray) -> np.ndarray:
        """(B, F): whether each factor of composed images (B, *shape) is that of the targets (B,)."""
        dataset = self.inference.dataset
        positions = [dataset.grid.position(name) for name in dataset.factor_names]
        classes = dataset.grid.factors(targets)
        base, right = classes.copy(), np.empty(action.shape, dtype=bool)
        for asked in (True, False):
            for column, factor in enumerate(positions):
                rows = np.flatnonzero(action[:, column] == asked)
                found = self._nearest(
                    composed[torch.from_numpy(rows).to(composed.device)], base[rows], factor
                )
                right[rows, column] = found == classes[rows, factor]
                if asked:
                    base[rows, factor] = found
        return right

    def _nearest(self, composed: Tensor, classes: np.ndarray, factor: int) -> np.ndarray:
        """The class (B,) of a factor that brings images of `classes` (B, G) nearest; its own among equals."""
        grid, distances = self.inference.dataset.grid, []
        for value in range(grid.sizes[factor]):
            images = self.inference.images(grid.index(grid.intervene(classes, factor, value)))
            distances.append(np.asarray((composed - images).square().flatten(1).sum(1).cpu()))
        own = np.take_along_axis(np.stack(distances, axis=1), classes[:, [factor]], axis=1)[:, 0]
        return np.where(own <= np.min(distances, axis=0), classes[:, factor], np.argmin(distances, axis=0))
