"""The total correlation of codes estimated from one batch: KL(q(z) ‖ Π_d q(z_d))."""

from __future__ import annotations

from math import log, pi
from typing import Literal, NamedTuple

import torch
from torch import Tensor

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
