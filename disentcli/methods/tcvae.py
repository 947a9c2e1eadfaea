"""β-TCVAE: the KL term in three parts, by estimates of the densities of codes."""

from __future__ import annotations

from math import log, pi
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .composition import CompositionOperator
from .loss_schedules import WeightSchedule
from .samplers import Sampler
from .supervision import Supervision
from .vae import VAE, require_gaussian

Estimator = Literal["batch", "mws", "mss"]


class LogDensities(NamedTuple):
    """Logarithms (B,) at each code of q(z | x), of the aggregate q(z), of Π_d q(z_d) and of N(z; 0, 1)."""

    posterior: Tensor
    aggregate: Tensor
    product: Tensor
    prior: Tensor


def gaussian_log_density(codes: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; μ, σ²), elementwise."""
    return -0.5 * ((codes - mean).square() * (-logvar).exp() + logvar + log(2 * pi))


def log_densities(
    codes: Tensor,
    mean: Tensor,
    logvar: Tensor,
    estimator: Estimator = "batch",
    dataset_size: int | None = None,
) -> LogDensities:
    """All that the terms of a β-TCVAE consist of, from codes, means and log-variances (B, D).

    q(z) ≈ Σ_j w_ij q(z | x_j) with the weights of `estimator`, and so for each dimension:
    `batch` w = 1 / B; `mws` w = 1 / (N B), minibatch-weighted sampling; `mss`, minibatch-stratified sampling
    (`stratified_weights`). N = dataset_size; without it, or where the batch is larger, the batch counts as
    the dataset. Chen et al., NeurIPS 2018.
    """
    log_q = gaussian_log_density(codes[:, None], mean, logvar)  # (B of codes, B of posteriors, D)
    log_w = log_weights(len(codes), estimator, dataset_size, like=codes)
    return LogDensities(
        posterior=gaussian_log_density(codes, mean, logvar).sum(1),
        aggregate=(log_q.sum(2) + log_w).logsumexp(1),
        product=(log_q + log_w[:, :, None]).logsumexp(1).sum(1),
        prior=gaussian_log_density(codes, torch.zeros_like(codes), torch.zeros_like(codes)).sum(1),
    )


def log_weights(batch_size: int, estimator: Estimator, dataset_size: int | None, like: Tensor) -> Tensor:
    """log w (B, B): the weight of each posterior (column) in the density at each code (row)."""
    if estimator == "batch":
        return like.new_full((batch_size, batch_size), -log(batch_size))
    size = max(dataset_size or 0, batch_size)  # the weights are of a batch of the dataset: N − M ≥ 1
    if estimator == "mws":
        return like.new_full((batch_size, batch_size), -log(batch_size * size))
    return stratified_weights(batch_size, size, like).log()


def stratified_weights(batch_size: int, dataset_size: int, like: Tensor) -> Tensor:
    """Rows that sum to 1: 1/N for the code's own posterior, (N − M)/(N M) for one other, 1/M for the rest.

    M = B − 1; N is the dataset's size. Chen et al. (2018), appendix. Their code writes the first two into
    fixed columns, whichever code it is; here they are on the diagonal and beside it.
    """
    others = max(batch_size - 1, 1)
    own = torch.eye(batch_size, dtype=torch.bool, device=like.device)
    weights = like.new_full((batch_size, batch_size), 1 / others)
    weights = weights.masked_fill(own.roll(1, 1), (dataset_size - others) / (dataset_size * others))
    return weights.masked_fill(own, 1 / dataset_size)


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
        operator: CompositionOperator | None = None,
        estimator: Estimator = "batch",
        dataset_size: int | None = None,
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
        if reg_wt < 1:
            raise CallError(f"β = {reg_wt} would reward total correlation, by β − 1; set reg-wt to 1 or more")
        self.estimator: Estimator = estimator
        self.dataset_size = dataset_size

    def losses(self, batch: Batch, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, noise)
        mean, logvar = params
        log_q = log_densities(codes, mean, logvar, self.estimator, self.dataset_size)
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(params, codes),
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
        operator: CompositionOperator | None = None,
        estimator: Estimator = "mss",
        dataset_size: int | None = None,
        mutual_information: float = 1.0,
        dimension_wise_kl: float = 1.0,
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
        self.estimator: Estimator = estimator
        self.dataset_size = dataset_size
        self.mutual_information = mutual_information
        self.dimension_wise_kl = dimension_wise_kl

    def losses(self, batch: Batch, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, noise)
        mean, logvar = params
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
