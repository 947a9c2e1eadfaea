"""β-TCVAE: the KL term is taken apart, and its total correlation has a weight of its own."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import CallError
from ..latents.latent import Latent
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..registry import method
from .autoencoding import forward_pass
from .loss_schedules import WeightSchedule
from .samplers import Sampler
from .supervision import Supervision
from .total_correlation import Estimator, log_densities
from .vae import VAE, require_gaussian


@method("tcvae")
class BetaTCVAE(VAE):
    """β-TCVAE: min −E log p(x | z) + KL + (β − 1)·TC, with β = reg_wt and KL in closed form.

    TC = E log q(z) − log Π_d q(z_d), estimated with the batch alone: the form of disentanglement_lib
    (Locatello et al., ICML 2019), which leaves out the constant (D − 1) log B that stands here.

    weighting: how β − 1 comes to its full weight.
    estimator: `batch`, `mws` or `mss` (`log_densities`). dataset_size: training images; a run fills it in.
    """

    short_name = "tcvae"
    min_batch_size = 2

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 6.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        estimator: Estimator = "batch",
        dataset_size: int | None = None,
    ) -> None:
        super().__init__(
            latent, encoder, decoder, sampler, reg_wt=reg_wt, weighting=weighting, supervision=supervision
        )
        require_gaussian(self.short_name, latent)
        if reg_wt < 1:
            raise CallError(f"β = {reg_wt} would reward total correlation, by β − 1; set reg-wt to 1 or more")
        self.estimator: Estimator = estimator
        self.dataset_size = dataset_size

    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        features, codes, reconstruction = forward_pass(self, batch, noise)
        mean, logvar = self.latent.distribution_params(features)
        log_q = log_densities(codes, mean, logvar, self.estimator, self.dataset_size)
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(features, codes),
            "total_correlation": (log_q.aggregate - log_q.product).mean(),
        }

    def weights(self, step: int) -> dict[str, float]:
        beta = self.weighting(self.reg_wt - 1, step)
        return {"reconstruction": 1.0, "kl": 1.0, "total_correlation": beta}


@method("tcvae-parts")
class DecomposedTCVAE(VAE):
    """β-TCVAE: min −E log p(x | z) + α·MI + β·TC + γ·DWKL, with β = reg_wt, every term estimated.

    MI = E log q(z | x) − log q(z), TC = E log q(z) − log Π_d q(z_d), DWKL = E log Π_d q(z_d) − log p(z): Chen
    et al., NeurIPS 2018, eq. 4. With `mws` the values carry constants of log(N B), as published.

    mutual_information: α. dimension_wise_kl: γ. weighting: how β comes to its full weight.
    """

    short_name = "tcvae"
    min_batch_size = 2

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 6.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        estimator: Estimator = "mss",
        dataset_size: int | None = None,
        mutual_information: float = 1.0,
        dimension_wise_kl: float = 1.0,
    ) -> None:
        super().__init__(
            latent, encoder, decoder, sampler, reg_wt=reg_wt, weighting=weighting, supervision=supervision
        )
        require_gaussian(self.short_name, latent)
        self.estimator: Estimator = estimator
        self.dataset_size = dataset_size
        self.mutual_information = mutual_information
        self.dimension_wise_kl = dimension_wise_kl

    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        features, codes, reconstruction = forward_pass(self, batch, noise)
        mean, logvar = self.latent.distribution_params(features)
        log_q = log_densities(codes, mean, logvar, self.estimator, self.dataset_size)
        return {
            "reconstruction": reconstruction,
            "mutual_information": (log_q.posterior - log_q.aggregate).mean(),
            "total_correlation": (log_q.aggregate - log_q.product).mean(),
            "dimension_wise_kl": (log_q.product - log_q.prior).mean(),
        }

    def weights(self, step: int) -> dict[str, float]:
        return {
            "reconstruction": 1.0,
            "mutual_information": self.mutual_information,
            "total_correlation": self.weighting(self.reg_wt, step),
            "dimension_wise_kl": self.dimension_wise_kl,
        }
