"""Supervised encoders: the factors of an image predicted by regression, or as classes."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from ..data.labelled_items import LabelledItems, example_items
from ..errors import CallError
from ..latents.factor_latents import PredictedFactors
from ..latents.latent import Latent
from ..nets.encoder_decoder import Encoder
from ..registry import method
from .method import Method


@method("supervised")
class Supervised(Method):
    """An encoder that predicts the factors of images, with the loss of the latent `predicted-factors`.

    Its codes are the encoder's outputs, those of a last linear layer.
    Source: Montero et al., "Lost in Latent Space" (NeurIPS 2022), code: networks `kim`, `abdi-supervised` and
    `montero`, 100 epochs in batches of 64 at a rate of 1e-3.
    """

    short_name = "supervised"
    reads_labels = True
    representation_names = MappingProxyType({"codes": 0})
    latent: PredictedFactors

    def __init__(self, latent: Latent, encoder: Encoder) -> None:
        super().__init__(reg_wt=0.0)
        if not isinstance(latent, PredictedFactors):
            raise CallError(
                f"{self.short_name} predicts factors, which {type(latent).__name__} does not: leave the "
                "latent to m/supervised, or name it `predicted-factors`"
            )
        if encoder.feature_dim != latent.feature_dim:
            raise CallError(
                f"the factors are predicted by {latent.feature_dim} outputs, the encoder gives "
                f"{encoder.feature_dim}; leave feature-dim out and it is inferred"
            )
        self.latent = latent
        self.encoder = encoder

    def init_from_factors(self, values: Sequence[Sequence[float | str]], factors: Tensor) -> None:
        self.latent.init_from_factors(values, factors)

    def losses(self, batch: LabelledItems, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        return {"prediction": self.latent.loss(self.encoder(batch.observations), batch.factors[:, 0])}

    def weights(self, step: int) -> dict[str, float]:
        return {"prediction": 1.0}

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        """The outputs (B, latent_dim) for images (B, *input_shape)."""
        return {"codes": self.encoder(batch)}

    def example_batch(self, input_shape: tuple[int, ...], device: torch.device | str) -> LabelledItems:
        return example_items(input_shape, len(self.latent.factor_sizes), device)
