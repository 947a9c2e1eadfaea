"""The latent of binary tags, and its prior."""

from __future__ import annotations

import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.tags import GaussianTagsLatent, GaussianTagsPrior


def test_codes_are_means_and_probabilities_of_tags() -> None:
    latent = GaussianTagsLatent(7, tags=3)
    features = torch.randn(5, latent.feature_dim, generator=torch.Generator().manual_seed(0))
    assert latent.feature_dim == 4 + 4 + 3
    codes = latent.codes(features)
    assert torch.equal(codes[:, :4], features[:, :4])
    assert torch.allclose(codes[:, 4:], 1 / (1 + (-features[:, 8:]).exp()))
    noise = torch.ones(5, latent.noise_dim)
    drawn = latent.sample_for_decoder(features, noise)
    assert torch.allclose(drawn[:, :4], features[:, :4] + (features[:, 4:8] / 2).exp())
    assert torch.equal(latent.sample_for_decoder(latent.distribution_params(features), noise), drawn)


def test_the_prior_is_normal_and_then_zero_or_one_equally_often() -> None:
    samples = GaussianTagsPrior(6, tags=2).sample(20_000, torch.Generator().manual_seed(0))
    assert samples[:, :4].mean().abs() < 0.02
    assert (samples[:, :4].std() - 1).abs() < 0.02
    assert set(samples[:, 4:].unique().tolist()) == {0.0, 1.0}
    assert (samples[:, 4:].mean(0) - 0.5).abs().max() < 0.02
    assert GaussianTagsLatent(6, tags=2).prior(3).shape == (3, 6)


def test_projected_tags_are_from_0_to_1() -> None:
    assert GaussianTagsLatent(3, tags=2).project(torch.tensor([[5.0, -1, 2]])).tolist() == [[5, 0, 1]]


@pytest.mark.parametrize("make", [GaussianTagsLatent, GaussianTagsPrior])
def test_there_are_gaussian_dimensions_beside_the_tags(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CallError, match="latent-dim must be above 4"):
        make(4, tags=4)
