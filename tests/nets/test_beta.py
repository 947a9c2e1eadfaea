"""Pixels with Beta distributions, against torch.distributions."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch.distributions import Beta

from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import PlainLatent
from disentcli.methods.ae import AE
from disentcli.nets.beta import BetaDecoder, expected_bernoulli_loss
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder

IMAGE = (3, 32, 32)


def small(**options: str | int) -> BetaDecoder:
    return BetaDecoder(4, IMAGE, width=24, hidden=(8,), **options)


@pytest.mark.parametrize("positive", ["exp", "softplus"])
def test_the_loss_is_the_negative_log_likelihood_and_the_mean_that_of_the_distribution(
    positive: Literal["exp", "softplus"],
) -> None:
    torch.manual_seed(0)
    decoder = small(positive=positive, likelihood="beta")
    logits, images = decoder(torch.randn(2, 4)) + torch.randn(2, 6, 32, 32), torch.rand(2, *IMAGE)
    images[:, :, :2] = 0.0
    transform = torch.exp if positive == "exp" else torch.nn.functional.softplus
    pixels = Beta(transform(logits[:, :3]), transform(logits[:, 3:]))
    expected = -pixels.log_prob(images.clamp(1e-5, 1 - 1e-5)).sum((1, 2, 3)).mean()
    torch.testing.assert_close(decoder.loss(logits, images), expected)
    torch.testing.assert_close(decoder.mean(logits), pixels.mean)


def test_the_bernoulli_loss_is_the_mean_of_the_cross_entropy_of_samples() -> None:
    torch.manual_seed(0)
    alpha, beta, images = 0.5 + torch.rand(1, 1, 2, 2), 0.5 + torch.rand(1, 1, 2, 2), torch.rand(1, 1, 2, 2)
    p = Beta(alpha, beta).sample((100_000,))
    sampled = -(images * p.log() + (1 - images) * (1 - p).log()).sum((1, 2, 3, 4)).mean()
    torch.testing.assert_close(expected_bernoulli_loss(alpha, beta, images), sampled, rtol=1e-2, atol=0)


def test_the_least_loss_is_the_entropy_of_the_images_which_a_density_has_not() -> None:
    images = torch.rand(2, *IMAGE)
    decoder = small(likelihood="bernoulli")
    sharp = 1e6 * torch.cat([images, 1 - images], dim=1).clamp(1e-6)
    torch.testing.assert_close(
        decoder.least_loss(images), decoder.loss(sharp.log(), images), rtol=1e-4, atol=0
    )
    with pytest.raises(Unsupported, match="Beta densities have no least loss"):
        small(likelihood="beta").least_loss(images)


def test_a_method_takes_the_loss_of_its_decoder() -> None:
    torch.manual_seed(0)
    model = AE(PlainLatent(4), Conv12Encoder(IMAGE, 4, width=24, hidden=(8,)), small(likelihood="beta"))
    batch = torch.rand(2, *IMAGE)
    logits = model.decoder(model.encode(batch))
    assert logits.shape == (2, 6, 32, 32)
    assert model.reconstruct(batch).shape == batch.shape
    assert model.losses(batch)["reconstruction"] == model.decoder.loss(logits, batch)


def test_only_the_last_conv_is_larger_than_that_of_conv12() -> None:
    count = {
        type(net): sum(p.numel() for p in net.parameters())
        for net in (BetaDecoder(12, (3, 64, 64)), Conv12Decoder(12, (3, 64, 64)))
    }
    assert count[BetaDecoder] - count[Conv12Decoder] == 3 * (64 * 9 + 1)


def test_vectors_and_other_depths_are_refused() -> None:
    with pytest.raises(CallError, match="beta is for images"):
        BetaDecoder(4, (10,))
    with pytest.raises(CallError, match="12 or 16 convs, not 5"):
        small(convs=5)
