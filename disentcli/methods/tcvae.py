"""β-TCVAE: the KL term is taken apart, and its total correlation has a weight of its own."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import CallError
from ..latents.gaussian import GaussianLatent
from ..latents.latent import Latent
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..registry import method
from .autoencoding import autoencode
from .samplers.sampler import Sampler
from .total_correlation import Estimator, LogDensities, log_densities
from .vae import VAE
from .weightings import Weighting


@method("tcvae")
class BetaTCVAE(VAE):
    """β-TCVAE: min −E log p(x | z) + KL + (β − 1)·TC, with β = reg_wt and KL in closed form.

    TC = E log q(z) − log Π_d q(z_d), estimated with the batch alone: the form of disentanglement_lib
    (Locatello et al., ICML 2019), which leaves out the constant (D − 1) log B that stands here.

    weighting: how β − 1 comes to its full weight.
    estimator, dataset_size: those of Chen et al., NeurIPS 2018 (`log_densities`).
    """

    code = "tcvae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 6.0,
        weighting: Weighting | None = None,
        estimator: Estimator = "batch",
        dataset_size: int | None = None,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt, weighting=weighting)
        if not isinstance(latent, GaussianLatent):
            raise CallError(f"{self.code} needs the Gaussian latent, not {type(latent).__name__}")
        if reg_wt < 1 and type(self) is BetaTCVAE:
            raise CallError(f"β = {reg_wt} would reward total correlation, by β − 1; set reg-wt to 1 or more")
        self.estimator: Estimator = estimator
        self.dataset_size = dataset_size

    def log_densities(self, features: Tensor, codes: Tensor) -> LogDensities:
        """The densities at the codes of a batch."""
        return log_densities(codes, *self.latent.split(features), self.estimator, self.dataset_size)

    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        features, codes, reconstruction = autoencode(self, batch, noise)
        log_q = self.log_densities(features, codes)
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(features, codes),
            "total_correlation": (log_q.aggregate - log_q.product).mean(),
        }

    def weights(self, step: int) -> dict[str, float]:
        beta = self.weighting(self.reg_wt - 1, step)
        return {"reconstruction": 1.0, "kl": 1.0, "total_correlation": beta}
