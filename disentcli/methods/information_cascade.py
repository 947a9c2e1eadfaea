"""The information cascade: one latent dimension after another is given a lower weight of its KL term."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..config.coercion import NonNegativeFloat, PositiveInt
from ..errors import CallError
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .loss_schedules import WeightSchedule
from .samplers import Sampler
from .supervision import Supervision
from .vae import VAE


@method("infocasc")
class InformationCascadeVAE(VAE):
    """min −E log p(x | z) + Σ_j β_j(t)·KL_j, with β_j = β_h up to the step (j + 1)·T, then β_l; j = 0, 1, …

    The objective is computed as β_l·KL + (β_h − β_l)·Σ_{j restricted} KL_j, so that both terms are recorded
    without weights: `kl`, and `restricted_kl` of the dimensions that have the weight β_h still.

    reg_wt: β_l. high_beta: β_h. warmup: T, the steps between one dimension and the next.
    Source: Jeong & Song, ICML 2019; `infocasc` of Montero et al., NeurIPS 2022, code.
    """

    short_name = "infocasc"
    restricted: Tensor  # (L,), 1 where the weight is β_h: a buffer, as losses know no step

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 2.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        high_beta: NonNegativeFloat = 10.0,
        warmup: PositiveInt = 20_000,
    ) -> None:
        super().__init__(
            latent, encoder, decoder, sampler, reg_wt=reg_wt, weighting=weighting, supervision=supervision
        )
        if type(latent).divergences is Latent.divergences:
            raise CallError(
                f"{self.short_name} weighs the KL divergence of each dimension, of which "
                f"{type(latent).__name__} gives the sum alone; use `gaussian`"
            )
        if high_beta < 0 or warmup < 1:
            raise CallError(
                f"high-beta is a weight of 0 or more, warmup 1 step or more; got {high_beta} and {warmup}"
            )
        self.high_beta = high_beta
        self.warmup = warmup
        self.register_buffer("restricted", torch.ones(latent.noise_dim))

    def losses(self, batch: Any, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        params, _, reconstruction = self.forward_pass(batch, noise)
        return {"reconstruction": reconstruction, **self.divergence_losses(params)}

    def divergence_losses(self, params: Any) -> dict[str, Tensor]:
        """`kl` and `restricted_kl` of the Gaussian codes with these parameters."""
        divergences = self.latent.divergences(params)
        assert divergences is not None  # a latent with a KL term has them
        each = divergences[:, : len(self.restricted)].sum(0) / len(divergences)
        return {"kl": each.sum(), "restricted_kl": (self.restricted * each).sum()}

    def weights(self, step: int) -> dict[str, float]:
        return {
            "reconstruction": 1.0,
            "kl": self.weighting(self.reg_wt, step),
            "restricted_kl": self.weighting(self.high_beta - self.reg_wt, step),
        }

    def after_step(self, step: int) -> None:
        self.restricted.fill_(1.0)
        self.restricted[: (step + 1) // self.warmup] = 0.0
