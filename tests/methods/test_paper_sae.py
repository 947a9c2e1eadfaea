"""The configs paper/sae/…: what the code of the structural autoencoders does otherwise than m/vae."""

from __future__ import annotations

import torch

from disentcli.config.settings import Settings

from ..configs import sheets


def test_the_second_half_of_the_vaes_features_is_the_logarithm_of_the_deviation():
    settings = Settings(sheets("paper/sae/vae", "a/conv12", "a/size/64", "base"))
    model = settings.build("model", input_shape=(3, 64, 64))
    assert sum(one.numel() for one in model.parameters()) == 1_024_219
    features, noise = torch.randn(5, 24), torch.randn(5, 12)
    expected = features[:, :12] + features[:, 12:].exp() * noise
    torch.testing.assert_close(model.latent.sample_for_decoder(features, noise), expected)
