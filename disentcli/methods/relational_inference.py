"""A model's regions and relations applied to many codes: batched, without gradients, in numpy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.entities import Entities
from ..data.relations import Relations
from ..device import to_widest_float
from ..errors import Unsupported
from ..latents.region_priors import GaussianRegions
from .factor_classifier import FactorClassifier, train_factor_classifier
from .inference import Inference


class DecodedErrors(NamedTuple):
    """What N decoded images show, and how far they are from others.

    read: (N, H), the labels that a classifier of real images reads off them.
    regions: (N,), the region of their codes, once they are encoded again.
    mse, bce: (N,), the squared error and −x·log x̂ − (1 − x)·log(1 − x̂), in nats, averaged over pixels and
      channels, against images; NaN where there is none.
    """

    read: np.ndarray
    regions: np.ndarray
    mse: np.ndarray
    bce: np.ndarray


class RelationalInference:
    """What measures and figures need of a model with a region of each entity, and with relations."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def check(self, *, relations: bool = False) -> None:
        """Raise Unsupported where the model has no fitted regions, or, if asked, no relations."""
        model = self.inference.autoencoder
        fitted = isinstance(getattr(model, "prior", None), GaussianRegions)
        if getattr(model, "entities", None) is None:
            raise Unsupported(f"{model.short_name} has no entities that own regions of its codes")
        if not fitted or not bool(getattr(model, "is_fitted", True)):
            raise Unsupported("the regions are not fitted yet: the run is still in its warm-up")
        if relations and not len(getattr(model, "relations", ())):
            raise Unsupported(f"{model.short_name} has learned no relations")

    @property
    def entities(self) -> Entities:
        """Which entity an image shows."""
        found: Entities = self.inference.model.entities
        return found

    @property
    def relations(self) -> Relations:
        """The relations that the model has learned."""
        found: Relations = self.inference.model.relations
        return found

    @property
    def prior(self) -> GaussianRegions:
        """The region of each entity."""
        found: GaussianRegions = self.inference.model.prior
        return found

    def entities_of(self, factors: np.ndarray) -> np.ndarray:
        """The entities (N,) of factors (N, F); −1 where an image shows none."""
        whole = torch.from_numpy(np.asarray(factors, dtype=np.int64))
        return self.entities.of_factors(whole).numpy()

    def classify(self, codes: np.ndarray, among: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The region (N,) in which codes (N, D) are most likely, and their log-density in it (N,).

        among: the regions that are considered, ascending; None for all.
        """
        regions = np.arange(self.prior.regions) if among is None else among
        kept = torch.from_numpy(regions).to(self.inference.device)
        found = self._batched(lambda part: torch.stack(self._most_likely(part, kept), dim=1), codes)
        return regions[found[:, 0].astype(np.int64)], found[:, 1]

    def _most_likely(self, codes: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        most, place = self.prior.region_log_prob(codes)[:, kept].max(1)
        return place.to(most.dtype), most

    def quantiles(self, share: float) -> np.ndarray:
        """The log-density (K,) in its own region that `share` of a region's samples fall below."""
        return self.prior.quantiles(share).cpu().double().numpy()

    def mean_variance(self) -> np.ndarray:
        """tr(Σ_k) / D of each region (K,): the mean squared distance of its samples from its centroid."""
        squares = self.prior.cholesky.cpu().double().square().sum((1, 2))
        return np.asarray(squares / self.prior.latent_dim)

    @torch.no_grad()
    def sample(self, labels: np.ndarray, seed: int) -> np.ndarray:
        """A sample (N, D) of the region of each label (N,)."""
        generator = torch.Generator().manual_seed(seed)
        regions = torch.from_numpy(labels).to(self.inference.device)
        return self.prior.sample(len(labels), generator, regions).cpu().double().numpy()

    def apply(self, codes: np.ndarray, relation: int) -> np.ndarray:
        """Codes (N, D) of a relation's results, of codes (N, D) or (N, 3, D): operands and operator."""
        return self._batched(lambda part: self.inference.model.apply_relation(part, relation), codes)

    def train_classifier(
        self,
        indices: np.ndarray,
        labels: np.ndarray,
        sizes: Sequence[int],
        groups: np.ndarray,
        *,
        steps: int,
        seed: int,
    ) -> FactorClassifier:
        """A classifier of the images at these indices (N,): see `train_factor_classifier`."""

        def images_of(rows: np.ndarray) -> Tensor:
            return self.inference.images(indices[rows])

        return train_factor_classifier(images_of, labels, sizes, groups=groups, steps=steps, seed=seed)

    @torch.no_grad()
    def read_images(self, classifier: FactorClassifier, indices: np.ndarray) -> np.ndarray:
        """The labels (N, H) that a classifier reads off the images at these indices (N,)."""
        size = self.inference.batch_size
        parts = [
            classifier.read(self.inference.images(indices[start : start + size])).cpu().numpy()
            for start in range(0, len(indices), size)
        ]
        return np.concatenate(parts)

    @torch.no_grad()
    def of_codes(
        self, codes: np.ndarray, truth: np.ndarray, classifier: FactorClassifier, among: np.ndarray
    ) -> DecodedErrors:
        """What images decoded from codes (N, D) show, and their errors.

        truth: indices (N,) of the images that they are compared with; −1 for none.
        among: the regions that their codes may be in.
        """
        size, parts = self.inference.batch_size, []
        kept = torch.from_numpy(among).to(self.inference.device)
        for start in range(0, len(codes), size):
            rows = slice(start, start + size)
            images = self.inference.model.decode(self._codes(codes[rows]))
            place, _ = self._most_likely(self.inference.model.encode(images), kept)
            errors = _pixel_errors(images, self.inference.images(truth[rows].clip(0)))
            read = classifier.read(images)
            parts.append([np.asarray(one.cpu()) for one in (read, place.long(), *errors)])
        labels, found, mse, bce = (np.concatenate(one) for one in zip(*parts, strict=True))
        mse[truth < 0], bce[truth < 0] = np.nan, np.nan
        return DecodedErrors(labels, among[found], mse, bce)

    @torch.no_grad()
    def nearest(self, codes: np.ndarray, pool: np.ndarray) -> np.ndarray:
        """Of the images at these indices (M,), the one (N,) nearest to what each code (N, D) decodes to."""
        images = self.inference.images(pool).flatten(1)
        decoded = self._batched(lambda part: self._nearest(part, images), codes)
        return np.asarray(pool[decoded.astype(np.int64)])

    def _nearest(self, codes: Tensor, images: Tensor) -> Tensor:
        return torch.cdist(self.inference.model.decode(codes).flatten(1), images).argmin(1)

    def _codes(self, codes: np.ndarray) -> Tensor:
        return torch.from_numpy(codes).float().to(self.inference.device)

    @torch.no_grad()
    def _batched(self, function: Callable[[Tensor], Tensor], codes: np.ndarray) -> np.ndarray:
        size = self.inference.batch_size
        parts = [function(self._codes(codes[start : start + size])) for start in range(0, len(codes), size)]
        return np.concatenate([part.cpu().double().numpy() for part in parts])


def _pixel_errors(images: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Squared error and cross-entropy (B,) of images (B, *shape) in [0, 1], averaged over pixels."""
    squares = F.mse_loss(images, truth, reduction="none").flatten(1).mean(1)
    entropies = F.binary_cross_entropy(images.clamp(0, 1), truth, reduction="none").flatten(1).mean(1)
    return to_widest_float(squares), to_widest_float(entropies)
