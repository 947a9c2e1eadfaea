"""Total correlation from a batch, against the closed form of Gaussians and the identities of its parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import logsumexp

from disentcli.methods.tcvae import log_densities, stratified_weights

ESTIMATORS = ["batch", "mws", "mss"]


def gaussian_codes(n: int, covariance: np.ndarray, variance: float) -> tuple[torch.Tensor, ...]:
    """Codes, means, log-variances (n, D) of posteriors of this variance; codes are N(0, covariance)."""
    rng = np.random.default_rng(0)
    spread = covariance - variance * np.eye(len(covariance))
    mean = rng.multivariate_normal(np.zeros(len(covariance)), spread, n)
    codes = mean + variance**0.5 * rng.standard_normal(mean.shape)
    logvar = np.full_like(mean, np.log(variance))
    return tuple(torch.from_numpy(one) for one in (codes, mean, logvar))


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.8])
def test_a_large_batch_of_gaussians_has_the_total_correlation_of_the_closed_form(correlation: float):
    covariance = np.array([[1.0, correlation * 1.2, 0.0], [correlation * 1.2, 1.44, 0.0], [0, 0, 0.8]])
    closed = 0.5 * (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1])
    log_q = log_densities(*gaussian_codes(1500, covariance, 0.1))
    assert (log_q.aggregate - log_q.product).mean().item() == pytest.approx(closed, abs=0.05)
    density = stats.multivariate_normal(np.zeros(3), covariance)
    exact = density.logpdf(gaussian_codes(1500, covariance, 0.1)[0].numpy())
    assert np.abs(log_q.aggregate.numpy() - exact).mean() < 0.2


@pytest.mark.parametrize("size", [6, 50])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_three_parts_add_up_to_the_sampled_kl_divergence(estimator: str, size: int):
    codes, mean, logvar = gaussian_codes(6, np.eye(3), 0.3)
    log_q = log_densities(codes, mean, logvar, estimator, size)
    mutual_information = log_q.posterior - log_q.aggregate
    total_correlation = log_q.aggregate - log_q.product
    dimension_wise_kl = log_q.product - log_q.prior
    posterior = torch.distributions.Normal(mean, (logvar / 2).exp()).log_prob(codes).sum(1)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(codes).sum(1)
    torch.testing.assert_close(mutual_information + total_correlation + dimension_wise_kl, posterior - prior)


def test_weighted_sampling_differs_from_the_batch_by_a_constant():
    batch, weighted = (
        log_densities(*gaussian_codes(6, np.eye(3), 0.3), estimator, 50) for estimator in ("batch", "mws")
    )
    torch.testing.assert_close(
        (weighted.aggregate - weighted.product) - (batch.aggregate - batch.product),
        torch.full((6,), 2 * np.log(50), dtype=torch.float64),  # (D − 1) log N
    )


@pytest.mark.parametrize(("batch", "size"), [(2, 2), (2, 9), (5, 5), (5, 1000)])
def test_stratified_weights_are_a_distribution_over_the_batch(batch: int, size: int):
    weights = stratified_weights(batch, size, torch.zeros(1, dtype=torch.float64))
    torch.testing.assert_close(weights.sum(1), torch.ones(batch, dtype=torch.float64))
    assert torch.equal(weights.diagonal(), torch.full((batch,), 1 / size, dtype=torch.float64))
    assert (weights >= 0).all()


@pytest.mark.parametrize("estimator", ["mws", "mss"])
@pytest.mark.parametrize("size", [1, 3, 5, 6])
def test_a_batch_larger_than_the_dataset_counts_as_the_dataset(estimator: str, size: int):
    """An evaluation of many images of a model trained on few; the densities are summed here by scipy."""
    codes, mean, logvar = gaussian_codes(6, np.eye(3), 0.3)
    found = log_densities(codes, mean, logvar, estimator, size)
    each = stats.norm.logpdf(codes[:, None], mean[None], (logvar / 2).exp()[None])  # (6, 6, 3)
    weights = np.full((6, 6), 1 / 5)
    weights[np.arange(6), (np.arange(6) + 1) % 6] = 1 / (6 * 5)
    np.fill_diagonal(weights, 1 / 6)
    log_w = np.log(weights if estimator == "mss" else np.full((6, 6), 1 / 36))
    np.testing.assert_allclose(found.aggregate, logsumexp(each.sum(2) + log_w, axis=1), rtol=1e-9)
    product = logsumexp(each + log_w[:, :, None], axis=1).sum(axis=1)
    np.testing.assert_allclose(found.product, product, rtol=1e-9)


def test_stratified_sampling_is_unbiased_over_the_batches_that_hold_the_code():
    """N q(z_0) of a dataset of 5 is the mean over all batches of 3, in every order, that hold x_0 first."""
    density = torch.rand(5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    row = stratified_weights(3, 5, density)[0]
    batches = [[0, i, j] for i in range(1, 5) for j in range(1, 5) if i != j]
    estimates = torch.stack([row @ density[batch] for batch in batches])
    torch.testing.assert_close(estimates.mean(), density.mean())


def test_far_codes_have_finite_densities_and_gradients():
    codes = torch.tensor([[1e3, -1e3], [0.0, 0.0]], requires_grad=True)
    log_q = log_densities(codes, torch.zeros(2, 2), torch.full((2, 2), -10.0))
    (log_q.aggregate - log_q.product).mean().backward()
    assert codes.grad.isfinite().all()
