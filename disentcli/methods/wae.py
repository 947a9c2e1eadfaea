"""Wasserstein autoencoders: a distance of a batch's codes, as a sample, from the prior is minimised."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

import torch
from torch import Tensor

from ..config.coercion import PositiveFloat, Width
from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.continuous import GaussianLatent
from ..latents.latent import Latent, standard_normal
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .autoencoder import Autoencoder, require_codes_for_decoder
from .composition import CompositionOperator
from .loss_schedules import ConstantSchedule, WeightSchedule
from .method import NoiseDict, get_noise, normal_noise
from .mmd import SCALES, published_mmd, sliced_distance, unbiased_mmd
from .samplers import Sampler


class PriorMatching(Autoencoder):
    """min ℓ(x̂, x) + λ·distance(q(z), N(0, s²)) + λ_σ·Σ|log σ²|, with λ = reg_wt, s = prior_std.

    The last term, for a Gaussian latent only, keeps posteriors from becoming points.
    """

    min_batch_size = 2
    term = "distance"  # the name of the distance among the losses

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None,
        *,
        reg_wt: float,
        weighting: WeightSchedule | None,
        operator: CompositionOperator | None,
        prior_std: float,
        logvar_wt: float,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt, operator=operator)
        if latent.discrete:
            raise CallError(
                f"{self.short_name} moves codes towards a Gaussian, those of {type(latent).__name__} "
                "are discrete; use `plain` or `gaussian`"
            )
        if logvar_wt and not isinstance(latent, GaussianLatent):
            raise CallError(
                f"logvar-wt weighs log-variances, {type(latent).__name__} has none; "
                "set it to 0 or use `gaussian`"
            )
        require_codes_for_decoder(self.short_name, latent)
        self.weighting = weighting or ConstantSchedule()
        self.prior_std = prior_std
        self.logvar_wt = logvar_wt

    @abstractmethod
    def distance(self, codes: Tensor, prior: Tensor, noise: NoiseDict | None) -> Tensor:
        """How far codes (B, D) are from draws of the prior (B, D)."""

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, get_noise(noise, "codes"))
        prior = self.prior_std * normal_noise(noise, "prior", len(codes), like=codes)
        terms = {"reconstruction": reconstruction, self.term: self.distance(codes, prior, noise)}
        if self.logvar_wt:
            terms["logvar"] = params[1].abs().sum(1).mean()
        return terms

    def weights(self, step: int) -> dict[str, float]:
        weights = {"reconstruction": 1.0, self.term: self.weighting(self.reg_wt, step)}
        return {**weights, "logvar": self.logvar_wt} if self.logvar_wt else weights

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`prior` (B, D), and `codes` (B, D) where the latent samples."""
        codes = super().noise(batch_size, generator, device)
        prior = standard_normal(batch_size, self.latent_dim, generator, device)
        return {"prior": prior, "codes": codes} if isinstance(codes, Tensor) else {"prior": prior}

    def sample_prior(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, D) of N(0, s²)."""
        device = next(self.parameters()).device
        return self.prior_std * standard_normal(n, self.latent_dim, generator, device)


@method("wae")
class WAE(PriorMatching):
    """WAE-MMD: min ℓ(x̂, x) + λ·MMD(q(z), N(0, s²)), with λ = reg_wt: Tolstikhin et al., ICLR 2018.

    Kernel Σ_s s C / (s C + ‖a − b‖²), with C = base (None for the number of latent dimensions).

    estimator: `unbiased`; `divided` by the batch size, as in the structural autoencoders' code (Leeb et al.,
      ICLR 2023); `legacy` as in Montero et al., NeurIPS 2022 (`published_mmd`).
    logvar_wt: λ_σ of the penalty Σ|log σ²| on a Gaussian latent.
    """

    short_name = "wae"
    term = "mmd"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 10.0,
        weighting: WeightSchedule | None = None,
        operator: CompositionOperator | None = None,
        estimator: Literal["unbiased", "divided", "legacy"] = "unbiased",
        base: PositiveFloat | None = None,
        scales: tuple[PositiveFloat, ...] = SCALES,
        prior_std: PositiveFloat = 1.0,
        logvar_wt: float = 0.0,
    ) -> None:
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            weighting=weighting,
            operator=operator,
            prior_std=prior_std,
            logvar_wt=logvar_wt,
        )
        self.estimator = estimator
        self.base = float(latent.latent_dim) if base is None else base
        self.scales = scales

    def distance(self, codes: Tensor, prior: Tensor, noise: NoiseDict | None) -> Tensor:
        if self.estimator == "legacy":
            return published_mmd(codes, prior, self.base, self.scales)
        mmd = unbiased_mmd(codes, prior, self.base, self.scales)
        return mmd / len(codes) if self.estimator == "divided" else mmd


@method("swae")
class SlicedWAE(PriorMatching):
    """Sliced WAE: min ℓ(x̂, x) + λ·E_θ |sort(z θ) − sort(p θ)|^power, with λ = reg_wt, p from N(0, s²).

    `slices` random directions θ a step; the power is 1 as in Leeb et al., ICLR 2023, or 2 as in Kolouri et
    al., ICLR 2019.
    """

    short_name = "swae"
    term = "sliced_distance"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 10.0,
        weighting: WeightSchedule | None = None,
        operator: CompositionOperator | None = None,
        slices: Width = 32,
        power: Width = 1,
        prior_std: PositiveFloat = 1.0,
        logvar_wt: float = 0.0,
    ) -> None:
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            weighting=weighting,
            operator=operator,
            prior_std=prior_std,
            logvar_wt=logvar_wt,
        )
        self.slices = slices
        self.power = power

    def distance(self, codes: Tensor, prior: Tensor, noise: NoiseDict | None) -> Tensor:
        directions = normal_noise(noise, "directions", self.slices, like=codes)
        return sliced_distance(codes, prior, directions, self.power)

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """That of `PriorMatching`, and `directions` (slices, D)."""
        noise = super().noise(batch_size, generator, device)
        return {**noise, "directions": standard_normal(self.slices, self.latent_dim, generator, device)}
