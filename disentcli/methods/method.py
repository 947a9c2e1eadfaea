"""What every method has: encoder, latent and decoder, its losses, what can be asked of a trained model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import CallError
from ..latents.latent import Latent
from ..latents.standard_normal import standard_normal
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from .samplers.sampler import Sampler
from .supervision import Labelled, Supervision

Noise = Tensor | dict[str, Tensor] | None


class Method(nn.Module, ABC):
    """Encoder × latent × decoder and an objective.

    `losses` is a pure function of parameters, buffers, batch and noise, so a step compiles, and models of one
    shape can be stacked and trained as one (`torch.func.functional_call`, `torch.vmap`).
    """

    code = "method"  # stands for the method in the names of runs
    views = 1  # images in an item of a batch: 2 for a method that learns from pairs
    extra_features = 0  # that the encoder gives behind those of the latent, such as a critic's value
    fit_images = 0  # how many training images `fit` is to be shown before the first step

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None,
        *,
        reg_wt: float,
        supervision: Supervision | None = None,
    ) -> None:
        super().__init__()
        _check_dimensions(latent, encoder, decoder, self.extra_features)
        decoder.meet(encoder)
        if sampler is not None:
            sampler.meet(latent)
        self.latent = latent
        self.encoder = encoder
        self.decoder = decoder
        self.sampler = sampler
        self.reg_wt = reg_wt
        self.supervision = supervision

    @property
    def latent_dim(self) -> int:
        return self.latent.latent_dim

    @abstractmethod
    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        """Every term of this player's objective by name, unweighted, each a scalar.

        The batch is (B, C, H, W), or (B, views, C, H, W) for a method of several views.

        Without noise, codes are the means: that is how a model is evaluated.
        """

    def forward(
        self, batch: Tensor, noise: Any = None, player: str = "model", labelled: Labelled | None = None
    ) -> dict[str, Tensor]:
        """The losses, and `supervised` with images whose factors are told: what a step computes.

        A module's forward is what `functional_call` and `torch.compile` take.
        """
        losses = self.losses(batch, noise, player)
        if labelled is None or self.supervision is None or player != "model":
            return losses
        codes = self.encode(labelled.observations)
        return {**losses, "supervised": self.supervision.loss(codes, labelled.factors)}

    @abstractmethod
    def weights(self, step: int) -> dict[str, float]:
        """The weight of each term of `losses` at this step."""

    def all_weights(self, step: int) -> dict[str, float]:
        """The weight of each term of `forward` at this step."""
        weights = self.weights(step)
        return (
            weights
            if self.supervision is None
            else {**weights, "supervised": self.supervision.weight_at(step)}
        )

    def players(self) -> dict[str, list[nn.Parameter]]:
        """Who takes turns in a step, and the parameters that each of them moves."""
        return {"model": list(self.parameters())}

    def groups(self, player: str) -> list[dict[str, Any]]:
        """A player's parameters in groups with settings of their own, as torch.optim takes them.

        `clip: False` spares a group from the clipping of gradients.
        """
        return [{"params": self.players()[player]}]

    def turns(self, step: int) -> Sequence[str] | None:
        """Who moves at this step, in order; None: everyone, as always at step 0."""
        return None

    def fit(self, images: Tensor) -> None:
        """Set parameters from training images (N, *input_shape), before the first step."""

    def settle(self, step: int) -> None:
        """What is done to the parameters once all have moved, such as bringing values back into range."""

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """The chance in one step, drawn before it: (B, noise_dim), or None for a deterministic latent.

        A method with more than one kind of it gives a dictionary of tensors.
        """
        if not self.latent.noise_dim:
            return None
        return standard_normal(batch_size, self.latent.noise_dim, generator, device)

    def reconstruction(self, logits: Tensor, batch: Tensor) -> Tensor:
        """−log p(x | z) as the decoder models it, a scalar: summed over pixels, averaged over the batch."""
        return self.decoder.loss(logits, batch)

    def encode(self, batch: Tensor) -> Tensor:
        """Mean codes (B, latent_dim) of observations."""
        return self.latent.codes(self.encoder(batch))

    def decode(self, codes: Tensor) -> Tensor:
        """Expected observations of codes (B, latent_dim): images in [0, 1]."""
        return self.decoder.mean(self.decoder(self.latent.embed(codes)))

    def code_indices(self, batch: Tensor) -> Tensor:
        """Which values of their codebooks the codes are, (B, latent_dim) int64.

        Raises:
            Unsupported: the latent is continuous.
        """
        return self.latent.indices(self.encode(batch))

    def reconstruct(self, batch: Tensor) -> Tensor:
        """decode(encode(x))."""
        return self.decode(self.encode(batch))

    def respond(self, codes: Tensor) -> Tensor:
        """The latent response encode(decode(z)) (Leeb et al., "Interventional Assays", 2021)."""
        return self.encode(self.decode(codes))

    def sample_codes(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, latent_dim) from the sampler or else the latent's prior; Unsupported without either."""
        device = next(self.parameters()).device
        if self.sampler is None:
            return self.latent.prior(n, generator, device)
        return self.sampler.sample(n, generator).to(device)

    def generate(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """New observations (n, *output_shape)."""
        return self.decode(self.sample_codes(n, generator))


def _check_dimensions(latent: Latent, encoder: Encoder, decoder: Decoder, extra_features: int) -> None:
    if encoder.feature_dim != latent.feature_dim + extra_features:
        beside = f" and the method {extra_features} more" if extra_features else ""
        raise CallError(
            f"{type(latent).__name__} of {latent.latent_dim} dimensions reads {latent.feature_dim} features"
            f"{beside}, the encoder gives {encoder.feature_dim}; leave feature-dim out and it is inferred"
        )
    if decoder.latent_dim != latent.decoder_dim:
        gives = "has" if latent.decoder_dim == latent.latent_dim else f"of {latent.latent_dim} tokens gives"
        raise CallError(
            f"the latent {gives} {latent.decoder_dim} dimensions, the decoder was built for "
            f"{decoder.latent_dim}; set latent-dim once, at the root"
        )
