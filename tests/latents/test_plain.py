"""The plain latent."""

from __future__ import annotations

import pytest
import torch

from disentcli.errors import CallError, Unsupported
from disentcli.latents.plain import PlainLatent


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
