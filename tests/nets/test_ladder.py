"""The ladder: its parameters, where its rungs read and enter, which part of the latent each of them has."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from disentcli.latents.continuous import GaussianLatent
from disentcli.methods.vae import VAE
from disentcli.nets.ladder import LadderDecoder, LadderEncoder, LadderInjection, LadderReadout, readout_layers

from .ladders import IMAGE, LARGE, VECTOR, decoder, encoder

COUNTS = {  # rungs: encoder with a Gaussian latent of 12, decoder
    12: (613_080, 433_779),
    6: (513_624, 426_675),
    4: (480_472, 424_307),
    3: (463_896, 423_123),
    2: (447_320, 421_939),
}


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("rungs", COUNTS)
def test_parameter_counts_are_those_of_the_original(rungs: int):
    vae = VAE(
        GaussianLatent(12), LadderEncoder(IMAGE, 24, 12, rungs=rungs), LadderDecoder(12, IMAGE, rungs=rungs)
    )
    assert (count(vae.encoder), count(vae.decoder)) == COUNTS[rungs]


def test_parameter_counts_of_16_rungs_are_those_of_the_original():
    large = {"rungs": 16, "convs": 16, "width": 128}
    read = LadderEncoder(LARGE, 64, 32, rung_hidden=(256, 128, 64), **large)
    written = LadderDecoder(32, LARGE, rung_hidden=(64, 128, 256), rung_channels=32, **large)
    assert (count(read), count(written)) == (3_418_560, 2_463_203)
    assert written.constant.shape == (96, 2, 2)


def test_parameter_count_of_vectors_is_that_of_the_original():
    read = LadderEncoder(VECTOR, 24, 12, rung_hidden=(64,))
    assert count(read) + count(LadderDecoder(12, VECTOR, rung_hidden=(64,))) == 158_588


def test_coordinates_are_two_more_channels_of_the_first_conv():
    assert count(LadderEncoder(IMAGE, 24, 12, coord=True)) == 613_080 + 2 * 25 * 64


@pytest.mark.parametrize(
    ("convs", "rungs", "behind"),
    [
        (12, 12, tuple(range(1, 13))),
        (12, 6, (2, 4, 6, 8, 10, 12)),
        (12, 4, (4, 6, 9, 12)),
        (12, 3, (4, 8, 12)),
        (12, 2, (6, 12)),
        (16, 16, tuple(range(1, 17))),
    ],
)
def test_rungs_read_behind_the_convs_of_the_original(convs: int, rungs: int, behind: tuple[int, ...]):
    assert readout_layers(convs, rungs) == behind
    shape = LARGE if convs == 16 else IMAGE
    lengths = [len(stage) for stage in encoder(rungs, rungs, rungs, shape, convs=convs).stages]
    assert tuple(sum(lengths[: end + 1]) for end in range(rungs)) == behind


@pytest.mark.parametrize(
    ("rungs", "sizes"),
    [
        (12, [32, 32, 32, 16, 16, 16, 8, 8, 8, 4, 4, 2]),
        (6, [32, 16, 16, 8, 4, 2]),
        (4, [16, 16, 8, 2]),
        (3, [16, 8, 2]),
        (2, [16, 2]),
    ],
)
def test_the_encoder_is_read_at_these_feature_sizes(rungs: int, sizes: list[int]):
    assert _sizes_met(encoder(rungs), torch.rand(2, *IMAGE)) == sizes


@pytest.mark.parametrize(
    ("rungs", "sizes"),
    [
        (12, [2, 2, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32]),
        (6, [2, 4, 8, 8, 16, 32]),
        (4, [2, 4, 8, 16]),
        (3, [2, 8, 16]),
        (2, [2, 8]),
    ],
)
def test_the_decoder_is_written_at_the_feature_sizes_of_the_structural_decoder(rungs: int, sizes: list[int]):
    assert _sizes_met(decoder(rungs), torch.randn(2, 12)) == sizes


def _sizes_met(network: LadderEncoder | LadderDecoder, given: Tensor) -> list[int]:
    seen: list[int] = []
    for rung in network.rungs:
        rung.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[-1]))
    network(given)
    return seen


@pytest.mark.parametrize("space", [(4, 5), ()])
def test_a_rung_reads_the_maximum_of_each_channel(space: tuple[int, ...]):
    torch.manual_seed(0)
    rung, features = LadderReadout(3, (7,), 2, "elu"), torch.randn(5, 3, *space)
    largest = torch.tensor([[channel.max() for channel in image] for image in features])
    torch.testing.assert_close(rung(features), rung.mlp(largest))


@pytest.mark.parametrize("space", [(4, 5), ()])
def test_a_rung_writes_the_same_channels_at_every_pixel_behind_the_features(space: tuple[int, ...]):
    torch.manual_seed(0)
    rung, features, codes = LadderInjection(2, (7,), 6, "elu"), torch.randn(3, 5, *space), torch.randn(3, 2)
    written = rung(features, codes)
    assert torch.equal(written[:, :5], features)
    for channel, value in enumerate(rung.mlp(codes).unbind(1)):
        assert torch.equal(written[:, 5 + channel], value.reshape(3, *[1] * len(space)).expand(3, *space))


def _read(network: LadderEncoder, images: Tensor) -> list[Tensor]:
    """What each rung gives, the shallowest first."""
    read: list[Tensor] = []
    for rung in network.rungs:
        rung.register_forward_hook(lambda _, __, output: read.append(output))
    network(images)
    return read


def test_codes_are_what_the_rungs_read_the_deepest_first():
    images, network = torch.rand(2, *IMAGE), encoder(4)
    codes = network(images)
    torch.testing.assert_close(codes, torch.cat(_read(network, images)[::-1], dim=1))


@pytest.mark.parametrize("rungs", [4, 12])
def test_a_gaussian_latent_gets_means_of_even_and_log_scales_of_odd_outputs(rungs: int):
    images, network, latent = torch.rand(2, *IMAGE), encoder(rungs, feature_dim=24), GaussianLatent(12)
    features = network(images)
    outputs = [row for output in reversed(_read(network, images)) for row in output.T]
    mean, logvar = latent.distribution_params(features)
    torch.testing.assert_close(mean, torch.stack(outputs[0::2], dim=1))
    assert torch.equal(0.5 * logvar, torch.stack(outputs[1::2], dim=1))  # σ = exp(log-scale), to the bit
    ones = torch.ones(2, 12)
    torch.testing.assert_close(
        latent.sample_for_decoder(features, ones) - mean, torch.stack(outputs[1::2], dim=1).exp()
    )


def test_a_group_of_the_features_comes_from_its_rung_alone():
    images, network = torch.rand(2, *IMAGE), encoder(4, feature_dim=24)
    before = network(images)
    with torch.no_grad():
        network.rungs[1].mlp[-1].bias += 1  # the second shallowest, so group 3 of 4
    moved = (network(images) != before).any(0).nonzero().flatten().tolist()
    assert moved == [6, 7, 8, 18, 19, 20]


def test_a_group_of_the_codes_enters_at_its_rung_alone():
    network, codes = decoder(4), torch.randn(2, 12)
    for group in range(4):
        changed = codes.clone()
        changed[:, 3 * group : 3 * group + 3] += 1
        one, other = _met(network, codes), _met(network, changed)
        assert [torch.equal(*pair) for pair in zip(one["features"], other["features"], strict=True)] == [
            rung <= group for rung in range(4)
        ]
        assert [torch.equal(*pair) for pair in zip(one["codes"], other["codes"], strict=True)] == [
            rung != group for rung in range(4)
        ]


def _met(network: LadderDecoder, codes: Tensor) -> dict[str, list[Tensor]]:
    """Features and codes that come to each rung, the coarsest first."""
    met: dict[str, list[Tensor]] = {"features": [], "codes": []}

    def keep(_: nn.Module, inputs: tuple[Tensor, Tensor]) -> None:
        for kept, tensor in zip(met.values(), inputs, strict=True):
            kept.append(tensor)

    hooks = [rung.register_forward_pre_hook(keep) for rung in network.rungs]
    network(codes)
    for hook in hooks:
        hook.remove()
    return met


@pytest.mark.parametrize(("rungs", "narrow"), [(12, set(range(1, 12))), (4, {3, 6, 9}), (2, {6})])
def test_only_the_conv_before_a_rung_is_narrow(rungs: int, narrow: set[int]):
    layers = [layer for stage in LadderDecoder(12, IMAGE, rungs=rungs).stages for layer in stage]
    assert [layer.conv.in_channels for layer in layers] == [64] * 12
    outputs = [layer.conv.out_channels for layer in layers]
    assert outputs == [*(48 if number in narrow else 64 for number in range(1, 12)), 3]
    assert [name for name, _ in layers[-1].named_children()] == ["up", "conv"]


def test_the_constant_is_learned_and_narrow():
    constant = LadderDecoder(12, IMAGE).constant
    assert isinstance(constant, nn.Parameter)
    assert constant.shape == (48, 2, 2)


def test_run_names_have_the_number_of_rungs():
    assert (encoder(6).short_name, decoder(4).short_name) == ("l6", "l4")
