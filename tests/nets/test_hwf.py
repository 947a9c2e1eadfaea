"""The 45×45 networks: sizes, parameters and slopes as published."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods.ae import AE
from disentcli.methods.vae import VAE
from disentcli.nets.hwf import HwfDecoder, HwfEncoder

SYMBOL = (1, 45, 45)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_features_shrink_from_45_to_4_and_back() -> None:
    encoder, decoder = HwfEncoder(SYMBOL, 8), HwfDecoder(8, SYMBOL)
    seen: list[tuple[int, ...]] = []
    for layer in [*encoder.layers, *decoder.layers]:
        layer.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[1:])))
    assert encoder(torch.rand(2, *SYMBOL)).shape == (2, 8)
    assert decoder(torch.randn(2, 8)).shape == (2, *SYMBOL)
    assert seen == [(32, 21, 21), (32, 9, 9), (32, 4, 4), (32, 9, 9), (32, 21, 21), SYMBOL]


def test_parameters_are_those_of_the_published_networks() -> None:
    """The published decoder counts 569,824, 64 of which belong to a BatchNorm that it never uses."""
    assert count(HwfEncoder(SYMBOL, 8)) == 569_320
    assert count(HwfDecoder(8, SYMBOL)) == 569_824 - 64


def test_slopes_are_a_tenth_and_once_a_hundredth() -> None:
    def slopes(module: nn.Module) -> list[float]:
        return [part.negative_slope for part in module.modules() if isinstance(part, nn.LeakyReLU)]

    assert slopes(HwfEncoder(SYMBOL, 8)) == [0.1] * 4
    assert slopes(HwfDecoder(8, SYMBOL)) == pytest.approx([0.1, 0.1, 0.1, 0.01])


def test_logits_are_free_and_images_are_not() -> None:
    torch.manual_seed(0)
    decoder = HwfDecoder(8, SYMBOL)
    logits = decoder(10 * torch.randn(8, 8))
    assert logits.min() < 0
    assert 0 <= decoder.mean(logits).min() < decoder.mean(logits).max() <= 1


@pytest.mark.parametrize("shape", [SYMBOL, (3, 45, 45), (1, 21, 29), (2, 69, 45)])
def test_ae_and_vae_give_back_every_shape_that_fits(shape: tuple[int, ...]) -> None:
    batch = torch.rand(4, *shape)
    for model in (
        AE(PlainLatent(8), HwfEncoder(shape, 8), HwfDecoder(8, shape)),
        VAE(GaussianLatent(8), HwfEncoder(shape, 16), HwfDecoder(8, shape)),
    ):
        losses = model.losses(batch, model.noise(4, None))
        sum(losses.values()).backward()  # type: ignore[union-attr]
        assert model.reconstruct(batch).shape == batch.shape
        assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("shape", "words"),
    [((1, 64, 64), "8 n \\+ 13 .*64×64"), ((1, 45, 44), "45×44"), ((1, 13, 13), "13×13"), ((100,), "conv12")],
)
def test_what_does_not_fit_is_refused_when_it_is_built(shape: tuple[int, ...], words: str) -> None:
    for build in (lambda: HwfEncoder(shape, 8), lambda: HwfDecoder(8, shape)):
        with pytest.raises(CallError, match=words):
            build()
