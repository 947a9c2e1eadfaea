"""A trained model applied to many images or codes: batched, without gradients, in numpy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from ..data.labelled_items import LabelledItemReader
from ..errors import Unsupported
from ..latents.latent import standard_normal
from .autoencoder import Autoencoder
from .decoding_method import DecodingMethod
from .input_arrays import as_codes, as_indices, as_observations
from .latent_samples import LatentSamples


class Inference:
    """Batched encode, decode and respond of one model on one dataset; codes are float64 arrays (N, D).

    `items` is what the model was trained on, `dataset` its single images: the same, unless it was pairs.
    `representation` says which codes of a model that gives several, and so of which images of an item.
    """

    def __init__(
        self, model: Any, items: Any, batch_size: int = 256, *, representation: str | None = None
    ) -> None:
        self.model = model.eval()
        self.items = items
        self.representation = model.resolve_representation(representation)
        decodes = isinstance(model, DecodingMethod) or self.representation is None
        self.dataset = (
            items.images if decodes else items.view_dataset(model.representation_names[self.representation])
        )
        self.batch_size = batch_size
        self._labelled = LabelledItemReader(self.dataset) if model.reads_labels else None
        self.device = next(model.parameters()).device

    @property
    def decoding_model(self) -> Any:
        """The model, for what needs its decoder; Unsupported where it has none."""
        if not isinstance(self.model, DecodingMethod):
            raise Unsupported(f"{self.model.short_name} has no decoder")
        return self.model

    @property
    def autoencoder(self) -> Any:
        """The model, for what needs its encoder and its decoder; Unsupported where one of them is missing."""
        if not isinstance(self.decoding_model, Autoencoder):
            raise Unsupported(f"{self.model.short_name} has no encoder: its codes are given")
        return self.model

    def images(self, indices: np.ndarray) -> Tensor:
        """Images (N, *shape) at these indices, on the model's device."""
        return self._gathered(self.dataset, indices)

    def single_items(self, indices: np.ndarray) -> Any:
        """The images at these indices as the model encodes them: with their factors where it reads these."""
        if self._labelled is None:
            return self.images(indices)
        found = self._labelled.batch(self._places(indices, self.dataset))
        return pytree.tree_map(lambda one: one.to(self.device), found)

    def training_items(self, indices: np.ndarray) -> Tensor:
        """What the losses are computed on: images (N, *shape), or (N, V, *shape) of V views."""
        return self._gathered(self.items, indices)

    def _gathered(self, source: Any, indices: np.ndarray) -> Tensor:
        return source.batch(self._places(indices, source)).to(self.device)

    def _places(self, indices: np.ndarray, source: Any) -> Tensor:
        return as_indices(np.asarray(indices), len(source)).to(source.index_device)

    def encode(self, indices: np.ndarray) -> np.ndarray:
        """Mean codes (N, D) of the images at these indices."""
        name = self._one_representation()
        return self._batched(lambda part: self.model.encode_items(self.single_items(part), name), indices)

    def _one_representation(self) -> str:
        if self.representation is None:
            several = ", ".join(self.model.representation_names)
            raise Unsupported(f"{self.model.short_name} gives {several}; choose one with --representation")
        return str(self.representation)

    def encode_images(self, images: np.ndarray) -> np.ndarray:
        """Mean codes (N, D) of images (N, *shape) of one's own.

        Raises:
            CallError: images have another shape or range, or are not finite.
        """
        name = self._one_representation()
        found = as_observations(images, self.dataset.shape)
        return self._batched(
            lambda rows: self.model.encode_as(found[rows].to(self.device), name), np.arange(len(found))
        )

    def encode_with_divergence(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Mean codes (N, D) and the mean KL divergence of each from the prior (D,), None without a prior."""
        latent = self.autoencoder.latent
        parts: list[Tensor] = []

        def encode(part: np.ndarray) -> Tensor:
            images = self.images(part)
            divergences = latent.divergences(self.autoencoder.encoder(images))
            if divergences is not None:
                parts.append(divergences.cpu().double())
            return self.autoencoder.encode(images)  # type: ignore[no-any-return]

        codes = self._batched(encode, indices)
        return codes, torch.cat(parts).mean(dim=0).numpy() if parts else None

    def draw_codes(self, indices: np.ndarray, seed: int) -> np.ndarray:
        """A code (N, D) of the aggregate posterior for each image; the mean code where none is drawn."""
        if not self.decoding_model.latent.noise_dim:
            return self.encode(indices)
        return self._drawn(self.images, indices, torch.Generator().manual_seed(seed))

    def sample_latents(self, indices: np.ndarray, count: int, seed: int) -> LatentSamples:
        """`count` codes of the prior, one of the posterior of each image, and responses to the former.

        Raises:
            Unsupported: the model's codes are trained towards no prior, or are names without distances.
        """
        model, generator = self.autoencoder, torch.Generator().manual_seed(seed)
        if not model.latent.ordered:
            raise Unsupported(f"codes of {type(model.latent).__name__} are tokens, without distances")
        try:
            with torch.no_grad():
                prior = model.sample_prior(count, generator).cpu().double().numpy()
        except Unsupported:
            raise Unsupported(f"the codes of {model.short_name} are trained towards no prior") from None
        posterior = self._drawn(self.images, indices, generator)
        return LatentSamples(prior, posterior, self._drawn(self._decoded, prior, generator))

    def _drawn(
        self, images_of: Callable[[np.ndarray], Tensor], inputs: np.ndarray, generator: torch.Generator
    ) -> np.ndarray:
        """A code (N, D) drawn for the image of each input; the mean code where none is drawn."""
        model = self.autoencoder
        noise = standard_normal(len(inputs), model.latent.noise_dim, generator)

        def draw(part: np.ndarray) -> Tensor:
            images = images_of(inputs[part])
            return model.draw_codes(images, noise[part].to(self.device))  # type: ignore[no-any-return]

        return self._batched(draw, np.arange(len(inputs)))

    def project(self, codes: np.ndarray) -> np.ndarray:
        """The codes (N, D) nearest to these that an image can have."""
        return self._batched(lambda part: self.decoding_model.latent.project(self._codes(part)), codes)

    def respond(self, codes: np.ndarray) -> np.ndarray:
        """encode(decode(codes)), (N, D) → (N, D)."""
        return self._batched(lambda part: self.autoencoder.respond(self._codes(part)), codes)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Images (N, *shape) of codes (N, D)."""
        return self._batched(self._decoded, codes)

    def reconstruct(self, indices: np.ndarray) -> np.ndarray:
        """What is decoded from the mean codes of the images at these indices (N, *shape)."""
        return self._batched(self.reconstructed, indices)

    @torch.no_grad()
    def reconstructed(self, indices: np.ndarray) -> Tensor:
        """The same of one batch, on the model's device."""
        return self.decoding_model.reconstruct_items(self.single_items(indices))  # type: ignore[no-any-return]

    def compose(self, references: np.ndarray, commands: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """Images (N, *shape) composed of those at these indices (N,); actions (N, F) say in which factors."""

        def compose(rows: np.ndarray) -> Tensor:
            images = [self.images(part[rows]) for part in (references, commands)]
            action = torch.from_numpy(actions[rows]).to(self.device)
            return self.autoencoder.compose(*images, action)  # type: ignore[no-any-return]

        return self._batched(compose, np.arange(len(actions)))

    def _decoded(self, codes: np.ndarray) -> Tensor:
        return self.decoding_model.decode(self._codes(codes))  # type: ignore[no-any-return]

    def _codes(self, codes: np.ndarray) -> Tensor:
        return as_codes(codes, self.decoding_model.latent).to(self.device)

    @torch.no_grad()
    def _batched(self, function: Callable[[np.ndarray], Tensor], inputs: np.ndarray) -> np.ndarray:
        starts = range(0, len(inputs), self.batch_size)
        parts = [function(inputs[start : start + self.batch_size]).cpu().numpy() for start in starts]
        return np.concatenate(parts).astype(np.float64)
