"""Continuous latents: the plain one, the Gaussian, the uniform, the noisy and clamped one."""

from __future__ import annotations

import pytest
import torch
from scipy import stats
from torch.distributions import Normal, kl_divergence

from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import (
    GaussianLatent,
    NoisyClampedLatent,
    PlainLatent,
    UniformLatent,
    gaussian_kl,
    log_softplus,
)
from disentcli.latents.latent import standard_normal


def test_codes_are_the_features_and_nothing_is_added_to_the_loss():
    latent, features = PlainLatent(4), torch.randn(3, 4)
    assert latent.codes(features) is features
    assert latent.sample_for_decoder(features, None) is features
    assert latent.losses(features, features) == {}
    assert (latent.latent_dim, latent.feature_dim, latent.noise_dim) == (4, 4, 0)


def test_a_latent_has_dimensions():
    with pytest.raises(CallError, match="at least 1, got 0"):
        PlainLatent(0)


def test_without_a_prior_it_says_how_to_generate():
    with pytest.raises(Unsupported, match="stack `hybrid`"):
        PlainLatent(4).prior(2)


def features(n: int = 5, latent_dim: int = 3) -> torch.Tensor:
    return torch.randn(n, 2 * latent_dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_kl_is_that_of_torch_distributions():
    mean, logvar = features().chunk(2, dim=1)
    expected = kl_divergence(Normal(mean, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    torch.testing.assert_close(gaussian_kl(mean, logvar), expected)
    terms = GaussianLatent(3).losses(features(), mean)
    torch.testing.assert_close(terms, {"kl": expected})


def test_kl_is_zero_at_the_prior_and_positive_elsewhere():
    zero = torch.zeros(4, 3)
    assert gaussian_kl(zero, zero).item() == 0
    assert gaussian_kl(zero, zero - 1e-2).item() > 0
    assert gaussian_kl(zero + 1e-2, zero).item() > 0


def test_the_gradient_of_the_kl_is_mean_and_half_of_variance_minus_1():
    mean, logvar = (part.clone().requires_grad_() for part in features().chunk(2, dim=1))
    gaussian_kl(mean, logvar).backward()
    torch.testing.assert_close(mean.grad, mean.detach() / 5)
    torch.testing.assert_close(logvar.grad, (logvar.detach().exp() - 1) / 2 / 5)


def test_features_are_all_means_then_all_log_variances():
    latent = GaussianLatent(3)
    mean, logvar = latent.distribution_params(features())
    assert torch.equal(torch.cat([mean, logvar], dim=1), features())
    assert torch.equal(latent.codes(features()), mean)
    assert (latent.feature_dim, latent.noise_dim, latent.discrete) == (6, 3, False)


def test_a_sample_is_mean_plus_deviation_times_noise():
    latent, noise = GaussianLatent(3), features()[:, :3]
    mean, logvar = latent.distribution_params(features())
    torch.testing.assert_close(
        latent.sample_for_decoder(features(), noise), mean + logvar.exp().sqrt() * noise
    )
    assert torch.equal(latent.sample_for_decoder(features()), mean)


def test_the_second_half_may_be_the_logarithm_of_the_deviation():
    latent, noise = GaussianLatent(3, scale="log-deviation"), features()[:, :3]
    mean, s = features().chunk(2, dim=1)
    torch.testing.assert_close(latent.sample_for_decoder(features(), noise), mean + s.exp() * noise)
    expected = kl_divergence(Normal(mean, s.exp()), Normal(0.0, 1.0)).sum(1).mean()
    torch.testing.assert_close(latent.losses(features(), mean), {"kl": expected})


def test_deviations_may_come_by_softplus():
    latent, noise = GaussianLatent(3, scale="softplus"), features()[:, :3]
    mean, s = features().chunk(2, dim=1)
    deviation = (1 + s.exp()).log()
    torch.testing.assert_close(latent.sample_for_decoder(features(), noise), mean + deviation * noise)
    expected = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).sum(1).mean()
    torch.testing.assert_close(latent.losses(features(), mean), {"kl": expected})


def test_the_logarithm_of_a_softplus_is_exact_far_below_0_and_has_a_gradient_there():
    x = torch.tensor([-500.0, -40.0, -16.1, -15.9, -1.0, 0.0, 50.0], requires_grad=True)
    y = log_softplus(x)
    torch.testing.assert_close(
        y.detach(), x.detach().double().logaddexp(torch.zeros(7).double()).log().where(x > -300, x).float()
    )
    y.sum().backward()
    torch.testing.assert_close(x.grad[:3], torch.ones(3))
    assert x.grad.isfinite().all()


def test_samples_have_the_mean_and_deviation_of_the_posterior():
    generator = torch.Generator().manual_seed(0)
    row = torch.tensor([[1.0, -2.0, 0.0, -4.0]]).expand(20_000, 4)
    samples = GaussianLatent(2).sample_for_decoder(row, standard_normal(20_000, 2, generator))
    torch.testing.assert_close(samples.mean(0), torch.tensor([1.0, -2.0]), rtol=0, atol=0.03)
    torch.testing.assert_close(samples.std(0), torch.tensor([1.0, 0.1353]), rtol=0.03, atol=0)


def test_the_prior_is_standard_normal_and_belongs_to_its_generator():
    latent = GaussianLatent(2)
    codes = latent.prior(20_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(codes.mean(0), torch.zeros(2), rtol=0, atol=0.03)
    torch.testing.assert_close(codes.std(0), torch.ones(2), rtol=0.03, atol=0)
    assert torch.equal(codes, latent.prior(20_000, torch.Generator().manual_seed(0)))


def test_codes_are_the_features():
    latent, features = UniformLatent(3), torch.randn(5, 3)
    assert latent.codes(features) is features
    assert latent.sample_for_decoder(features) is features
    assert (latent.feature_dim, latent.noise_dim, latent.discrete, latent.loss_names) == (3, 0, False, ())


def test_the_prior_is_uniform_and_belongs_to_its_generator():
    codes = UniformLatent(2).prior(5_000, torch.Generator().manual_seed(0))
    assert codes.shape == (5_000, 2)
    for column in codes.T:
        assert stats.kstest(column.numpy(), "uniform").pvalue > 1e-3
    assert torch.equal(codes, UniformLatent(2).prior(5_000, torch.Generator().manual_seed(0)))


def test_codes_are_clamped_and_samples_are_noisy_beyond():
    latent = NoisyClampedLatent(2, limit=0.5, deviation=0.1)
    features, noise = torch.tensor([[0.25, 3.0], [-9.0, 0.5]]), torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    codes = torch.tensor([[0.25, 0.5], [-0.5, 0.5]])
    assert torch.equal(latent.codes(features), codes)
    assert torch.equal(latent.sample_for_decoder(features), codes)
    torch.testing.assert_close(latent.sample_for_decoder(features, noise), codes + 0.1 * noise)
    assert (latent.feature_dim, latent.noise_dim, latent.discrete, latent.loss_names) == (2, 2, False, ())


def test_what_is_clamped_has_no_gradient():
    features = torch.tensor([[0.25, 3.0]], requires_grad=True)
    NoisyClampedLatent(2).sample_for_decoder(features, torch.ones(1, 2)).sum().backward()
    assert features.grad.tolist() == [[1.0, 0.0]]


def test_it_has_no_prior_and_needs_room():
    with pytest.raises(Unsupported, match="stack `hybrid`"):
        NoisyClampedLatent(2).prior(3)
    with pytest.raises(CallError, match="limit must be above 0"):
        NoisyClampedLatent(2, limit=0)
