"""The noisy clamped latent: what passes it, and what its noise does."""

from __future__ import annotations

import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.latents.noisy_clamped import NoisyClampedLatent


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
