"""DIP-VAE I and II: VAEs with a penalty on the distance of the codes' covariance from the identity."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..data.labelled_items import Batch
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .composition import CompositionOperator
from .loss_schedules import WeightSchedule
from .samplers import Sampler
from .supervision import Supervision
from .vae import VAE, require_gaussian


def covariance(codes: Tensor) -> Tensor:
    """(D, D): E z zᵀ − E z E zᵀ over a batch (B, D), divided by B."""
    centred = codes - codes.mean(0)
    return centred.T @ centred / len(codes)


def distance_to_identity(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Σ_{i≠j} C_ij² and Σ_i (C_ii − 1)² of a covariance (D, D)."""
    diagonal = matrix.diagonal()
    off_diagonal = matrix - diagonal.diag_embed()
    return off_diagonal.square().sum(), (diagonal - 1).square().sum()


@method("dipvae1")
class DIPVAE1(VAE):
    """DIP-VAE-I: min −E log p(x | z) + KL + λ_od Σ_{i≠j} C_ij² + λ_d Σ_i (C_ii − 1)², with λ_od = reg_wt.

    C = Cov_x[μ(x)], the covariance of the means in the batch: Kumar et al., ICLR 2018, eq. 6.

    diagonal: λ_d / λ_od, 10 in Locatello et al., ICML 2019.
    """

    short_name = "dipvae1"
    min_batch_size = 2

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 5.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        operator: CompositionOperator | None = None,
        diagonal: float = 10.0,
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
        self.diagonal = diagonal

    def covariance(self, mean: Tensor, logvar: Tensor) -> Tensor:
        """C (D, D) of a batch of posteriors (B, D)."""
        return covariance(mean)

    def losses(self, batch: Batch, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, noise)
        off_diagonal, diagonal = distance_to_identity(self.covariance(*params))
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(params, codes),
            "off_diagonal": off_diagonal,
            "diagonal": diagonal,
        }

    def weights(self, step: int) -> dict[str, float]:
        weight = self.weighting(self.reg_wt, step)
        return {
            "reconstruction": 1.0,
            "kl": 1.0,
            "off_diagonal": weight,
            "diagonal": self.diagonal * weight,
        }


@method("dipvae2")
class DIPVAE2(DIPVAE1):
    """DIP-VAE-II: DIP-VAE-I with the covariance of sampled codes, C = Cov_x[μ(x)] + E_x[diag σ²(x)].

    Kumar et al., ICLR 2018, eq. 7.

    diagonal: λ_d / λ_od, 1 in Locatello et al., ICML 2019.
    """

    short_name = "dipvae2"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 5.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        operator: CompositionOperator | None = None,
        diagonal: float = 1.0,
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
            diagonal=diagonal,
        )

    def covariance(self, mean: Tensor, logvar: Tensor) -> Tensor:
        return covariance(mean) + logvar.exp().mean(0).diag_embed()
