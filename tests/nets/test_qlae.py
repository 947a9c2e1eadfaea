"""QLAE's networks: parameter counts of the original, its blocks by hand, its initialization."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from disentcli.errors import CallError
from disentcli.nets.qlae import QlaeDecoder, QlaeDenseDecoder, QlaeDenseEncoder, QlaeEncoder
from disentcli.nets.style import StyleBlock, StyleDecoder

IMAGE = (3, 64, 64)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_encoders_have_as_many_parameters_as_published() -> None:
    with torch.device("meta"):
        large = QlaeEncoder(IMAGE, 12)
        assert (count(large), count(large.layers), count(large.hidden), count(large.head)) == (
            3_684_524,
            2_566_816,
            1_114_624,
            3_084,
        )
        assert count(QlaeEncoder(IMAGE, 12, size="small")) == 6_958_476
        assert count(QlaeDenseEncoder(IMAGE, 12)) == 37_797_900


@pytest.mark.parametrize(
    ("size", "behind_large", "behind_small"),
    [("large", 4_277_664, 5_920_160), ("small", 6_959_680, 11_158_080)],
)
def test_decoders_have_as_many_parameters_as_behind_either_encoder(
    size: Literal["large", "small"], behind_large: int, behind_small: int
) -> None:
    with torch.device("meta"):
        assert count(QlaeDecoder(12, IMAGE, size=size, transition_channels=256)) == behind_large
        assert count(QlaeDecoder(12, IMAGE, size=size, transition_channels=512)) == behind_small


def test_style_and_dense_decoders_have_as_many_parameters_as_published() -> None:
    with torch.device("meta"):
        assert count(StyleDecoder(12, IMAGE)) == 3_967_136
        assert count(StyleDecoder(12, IMAGE, size="small")) == 7_948_352
        assert count(QlaeDenseDecoder(12, IMAGE)) == 37_810_176


@pytest.mark.parametrize(("latent", "total"), [(12, 7_651_780), (14, 7_652_826), (18, 7_654_918)])
def test_pairs_and_their_codebooks_have_as_many_parameters_as_published(latent: int, total: int) -> None:
    with torch.device("meta"):
        codebooks = 10 * latent
        assert count(QlaeEncoder(IMAGE, latent)) + count(StyleDecoder(latent, IMAGE)) + codebooks == total


def instance_normed(x: Tensor) -> Tensor:
    deviations = x - x.mean((2, 3), keepdim=True)
    return deviations / (deviations.square().mean((2, 3), keepdim=True) + 1e-6).sqrt()


def test_a_block_is_conv_then_affine_instance_norm_then_leaky_relu() -> None:
    torch.manual_seed(0)
    for block, shape in (
        (QlaeEncoder((3, 32, 32), 4).layers[2], (2, 32, 8, 8)),
        (QlaeDecoder(4, (3, 32, 32), size="small").layers[1], (2, 512, 4, 4)),
    ):
        conv, norm, _ = block
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
        x = torch.randn(shape)
        h = instance_normed(conv(x)) * norm.weight[:, None, None] + norm.bias[:, None, None]
        torch.testing.assert_close(block(x), torch.where(h > 0, h, 0.2 * h), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "none"])
def test_a_style_block_is_conv_leaky_relu_norm_modulation(activation: Literal["relu", "none"]) -> None:
    torch.manual_seed(0)
    block = StyleBlock(6, 4, 4, 2, style_dim=5, activation=activation)
    x, style = torch.randn(2, 6, 4, 4), torch.randn(2, 5)
    a = style @ block.affine.weight.T + block.affine.bias
    scale, shift = (a.relu()[:, :4], a.relu()[:, 4:]) if activation == "relu" else (1 + a[:, :4], a[:, 4:])
    h = F.conv_transpose2d(x, block.conv.weight, stride=2, padding=1)
    h = instance_normed(torch.where(h > 0, h, 0.2 * h))
    expected = scale[:, :, None, None] * h + shift[:, :, None, None]
    torch.testing.assert_close(block(x, style), expected, rtol=1e-4, atol=1e-5)


def test_the_published_styles_silence_half_the_channels_at_first() -> None:
    """Of the style outputs 47 % are 0, scales are 0.018 on average, logits 0.035 in standard deviation."""
    torch.manual_seed(0)
    decoder, codes = StyleDecoder(12, IMAGE), torch.rand(8, 12) - 0.5
    styles = decoder.mapping(codes)
    outputs = [block.affine(styles).relu() for block in decoder.blocks]
    silent = torch.cat([one.flatten() == 0 for one in outputs]).float().mean()
    scale = torch.cat([one.chunk(2, dim=1)[0].flatten() for one in outputs]).mean()
    assert silent.item() == pytest.approx(0.47, abs=0.05)
    assert scale.item() == pytest.approx(0.018, abs=0.004)
    assert decoder(codes).std().item() == pytest.approx(0.035, abs=0.01)


def test_the_constant_is_a_tenth_and_learned() -> None:
    constant = StyleDecoder(4, (1, 32, 32)).constant
    assert isinstance(constant, nn.Parameter)
    assert constant.shape == (256, 2, 2)
    assert constant.unique().tolist() == pytest.approx([0.1])


def test_transposed_convs_are_bounded_by_their_inputs() -> None:
    """For 256 → 128 and kernel 3 the original's bound is 0.0208, torch's own would be 0.0295."""
    torch.manual_seed(0)
    decoder = QlaeDecoder(4, (1, 32, 32))
    weight = decoder.layers[3][0].weight
    assert tuple(weight.shape) == (256, 128, 3, 3)
    assert weight.abs().max().item() == pytest.approx(0.0208, abs=1e-4)


def test_no_conv_has_a_bias_and_every_linear_layer_has() -> None:
    for net in (QlaeEncoder(IMAGE, 4), QlaeDecoder(4, (1, 32, 32)), StyleDecoder(4, (1, 32, 32))):
        for layer in net.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                assert layer.bias is None
            if isinstance(layer, nn.Linear):
                assert layer.bias is not None


def test_the_head_reads_the_trunk() -> None:
    for encoder in (QlaeEncoder((1, 32, 32), 4), QlaeDenseEncoder((1, 8, 8), 4)):
        x = torch.rand(2, *encoder.input_shape)
        features = encoder.trunk(x)
        assert features.shape == (2, encoder.trunk_dim)
        assert features.min() >= 0
        torch.testing.assert_close(encoder(x), encoder.head(features))


def test_dense_networks_take_images_and_vectors() -> None:
    for shape in ((10,), (1, 4, 6)):
        codes = QlaeDenseEncoder(shape, 3)(torch.rand(2, *shape))
        assert QlaeDenseDecoder(3, shape)(codes).shape == (2, *shape)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((100,), "qlae is for images"), ((1, 28, 28), "multiples of 16"), ((1, 16, 16), "larger images")],
)
def test_what_does_not_fit_is_refused_when_it_is_built(shape: tuple[int, ...], words: str) -> None:
    for build in (
        lambda: QlaeEncoder(shape, 4),
        lambda: QlaeDecoder(4, shape),
        lambda: StyleDecoder(4, shape),
    ):
        with pytest.raises(CallError, match=words):
            build()


def test_other_sizes_are_refused() -> None:
    with pytest.raises(CallError, match="large and small, not 'medium'"):
        QlaeEncoder(IMAGE, 4, size="medium")  # type: ignore[arg-type]
