"""The uniform latent: codes as they come, a prior that fills the unit cube."""

from __future__ import annotations

import torch
from scipy import stats

from disentcli.latents.uniform import UniformLatent


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
