"""Ground-truth decoders: images from their true factors."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, NoReturn

import torch
from torch import Tensor

from ..config.coercion import NonNegativeFloat
from ..data.labelled_items import LabelledItems, example_items
from ..errors import CallError, Unsupported
from ..latents.factor_latents import TrueFactors
from ..latents.latent import Latent, standard_normal
from ..nets.encoder_decoder import Decoder
from ..registry import method
from .decoding_method import DecodingMethod
from .method import Noise


@method("decoder")
class FactorDecoder(DecodingMethod):
    """A decoder of true factors y: min −E log p(x | y + s·ε) with ε ~ N(0, 1) in training, s = input_noise.

    Its codes are the true factors of images; the latent `true-factors` says what the decoder reads of them,
    and s is in units of that. Evaluation is without ε.
    Source: Montero et al., "The Role of Disentanglement in Generalisation" (ICLR 2021) and "Lost in Latent
    Space" (NeurIPS 2022), code: 5,000 steps in batches of 64 at a rate of 1e-3.
    """

    short_name = "decoder"
    reads_labels = True
    representation_names = MappingProxyType({"codes": 0})
    latent: TrueFactors

    def __init__(self, latent: Latent, decoder: Decoder, *, input_noise: NonNegativeFloat = 0.0) -> None:
        super().__init__(reg_wt=0.0)
        if not isinstance(latent, TrueFactors):
            raise CallError(
                f"{self.short_name} reads true factors, not those of {type(latent).__name__}: leave the "
                "latent to m/decoder, or name it `true-factors`"
            )
        if decoder.latent_dim != latent.decoder_dim:
            raise CallError(
                f"the factors are {latent.decoder_dim} numbers, the decoder was built for "
                f"{decoder.latent_dim}; leave its latent-dim out and it is inferred"
            )
        self.latent = latent
        self.decoder = decoder
        self.sampler = None
        self.input_noise = input_noise

    def init_from_factors(self, values: Sequence[Sequence[float | str]], factors: Tensor) -> None:
        self.latent.init_from_factors(values, factors)

    def losses(self, batch: LabelledItems, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        inputs = self.latent.to_decoder(batch.factors[:, 0])
        if noise is not None:
            inputs = torch.add(inputs, noise, alpha=self.input_noise)
        return {"reconstruction": self.decoder.loss(self.decoder(inputs), batch.observations)}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0}

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """(B, decoder_dim) standard normal numbers, or None where no noise is asked for."""
        if not self.input_noise:
            return None
        return standard_normal(batch_size, self.latent.decoder_dim, generator, device)

    def evaluation_noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        return None

    def encode_items(self, items: LabelledItems, name: str) -> Tensor:
        """The true factors (B, F) of single images."""
        return items.factors[:, 0].to(self.latent.mean.dtype)

    def encode_all(self, batch: Tensor) -> NoReturn:
        raise Unsupported(f"{self.short_name} has no encoder: its codes are the true factors of images")

    def example_batch(self, input_shape: tuple[int, ...], device: torch.device | str) -> LabelledItems:
        return example_items(input_shape, len(self.latent.factor_sizes), device)
