"""InfoVAE: a VAE with an MMD of the aggregate posterior to the prior in place of part of its KL term."""

from __future__ import annotations

import torch
from torch import Tensor

from ..config.coercion import PositiveFloat
from ..data.labelled_items import Batch
from ..latents.latent import Latent, standard_normal
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .composition import CompositionOperator
from .loss_schedules import WeightSchedule
from .method import NoiseDict, get_noise, normal_noise
from .mmd import SCALES, unbiased_mmd
from .samplers import Sampler
from .supervision import Supervision
from .vae import VAE, require_gaussian


@method("infovae")
class InfoVAE(VAE):
    """InfoVAE: min −E log p(x | z) + (1 − α)·KL + (α + λ − 1)·MMD(q(z), N(0, 1)), with λ = reg_wt.

    Zhao et al., AAAI 2019. α = 0, λ = 1 is the VAE; α = 1 drops the KL term (their MMD-VAE). The MMD is the
    WAE's: unbiased, kernel Σ_s s C / (s C + ‖a − b‖²), with C = base (None for the latent dimensions).
    """

    short_name = "infovae"
    min_batch_size = 2

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1000.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        operator: CompositionOperator | None = None,
        alpha: float = 0.0,
        base: PositiveFloat | None = None,
        scales: tuple[PositiveFloat, ...] = SCALES,
    ) -> None:
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            weighting=weighting,
            supervision=supervision,
            operator=operator,
        )
        require_gaussian(self.short_name, latent)
        self.alpha = alpha
        self.base = float(latent.latent_dim) if base is None else base
        self.scales = scales

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, get_noise(noise, "codes"))
        prior = normal_noise(noise, "prior", len(codes), like=codes)
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(params, codes),
            "mmd": unbiased_mmd(codes, prior, self.base, self.scales),
        }

    def weights(self, step: int) -> dict[str, float]:
        mmd = self.weighting(self.alpha + self.reg_wt - 1, step)
        return {"reconstruction": 1.0, "kl": 1 - self.alpha, "mmd": mmd}

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` (B, D) and `prior` (B, D)."""
        codes, prior = (
            standard_normal(batch_size, dim, generator, device)
            for dim in (self.latent.noise_dim, self.latent_dim)
        )
        return {"codes": codes, "prior": prior}
