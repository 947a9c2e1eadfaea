"""The published networks: parameters, initialization, and what they refuse."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from disentcli.config.instantiate import build
from disentcli.errors import CallError
from disentcli.nets.architectures import NETWORKS
from disentcli.nets.dislib import DislibEncoder
from disentcli.nets.layer_list_nets import LayeredDecoder, LayeredEncoder

GREY, COLOR = (1, 64, 64), (3, 64, 64)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def pair(network: str, shape: tuple[int, ...], features: int = 20, latent: int = 10) -> int:
    """The parameters of encoder and decoder."""
    with torch.device("meta"):
        return count(LayeredEncoder(shape, features, network=network)) + count(
            LayeredDecoder(latent, shape, network=network)
        )


@pytest.mark.parametrize(
    ("network", "grey", "color"),
    [
        ("burgess", 502_005, 504_055),
        ("burgess-v2", 895_829, 897_879),
        ("kim", 764_245, 766_295),
        ("abdi", 1_944_341, 1_946_391),
        ("montero", 2_502_677, 2_506_775),
        ("montero-large", 2_502_677, 2_506_775),
        ("watters", 929_237, 933_335),
        ("kim-bn-maps", 764_885, 766_935),
    ],
)
def test_pairs_have_as_many_parameters_as_published(network: str, grey: int, color: int) -> None:
    assert (pair(network, GREY), pair(network, COLOR)) == (grey, color)


def test_tolstikhin_has_30_45_and_30_46_million() -> None:
    assert round(pair("tolstikhin", GREY) / 1e6, 2) == 30.45
    assert round(pair("tolstikhin", COLOR) / 1e6, 2) == 30.46


def test_kim_with_other_heads_has_the_cascades_and_the_lie_groups_parameters() -> None:
    assert (pair("kim", GREY, 12, 9), pair("kim", COLOR, 12, 9)) == (761_933, 763_983)
    assert (pair("kim", GREY, 100, 100), pair("kim", COLOR, 100, 100)) == (807_845, 809_895)


@pytest.mark.parametrize(
    ("network", "parameters"), [("kim", 380_358), ("abdi-supervised", 1_740_518), ("montero", 1_250_694)]
)
def test_supervised_baselines_have_as_many_as_published(network: str, parameters: int) -> None:
    with torch.device("meta"):
        assert count(LayeredEncoder(COLOR, 6, network=network)) == parameters


@pytest.mark.parametrize(
    ("network", "image", "latent", "encoder", "decoder"),
    [("valenti", GREY, 8, 583_432, 583_872), ("valenti-wide", COLOR, 16, 1_266_192, 1_267_072)],
)
def test_networks_of_weak_disentanglement_have_their_sizes_for_maps_of_4(
    network: str, image: tuple[int, ...], latent: int, encoder: int, decoder: int
) -> None:
    built = LayeredEncoder(image, latent, network=network), LayeredDecoder(latent, image, network=network)
    assert [count(one) for one in built] == [encoder, decoder]
    slopes = [
        [layer.negative_slope for layer in one.modules() if isinstance(layer, nn.LeakyReLU)] for one in built
    ]
    assert slopes == [[0.1, 0.1, 0.1, 0.2, 0.1], [0.1] * 5]


def deconvs(*widths: int, norm: bool = False) -> list[nn.Module]:
    """Transposed convolutions of 4×4 between maps of these widths; a norm behind each but the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.ReLU()]
        layers += [nn.BatchNorm2d(outputs)] if norm and outputs > 3 else []
    return layers


def linears(*widths: int) -> list[nn.Module]:
    return [layer for two in pairwise(widths) for layer in (nn.Linear(*two), nn.ReLU())]


@pytest.mark.parametrize(
    ("network", "layers"),
    [
        ("gt-higgins", linears(6, 1200, 1200, 1200, 3 * 64 * 64)),
        ("gt-burgess", [*linears(6, 256, 512), *deconvs(32, 32, 32, 32, 3)]),
        ("gt-kim", [*linears(6, 256, 1024), *deconvs(64, 64, 32, 32, 3)]),
        ("gt-kim-bn", [*linears(6, 256, 1024), *deconvs(64, 64, 32, 32, 3, norm=True)]),
        ("gt-abdi", [*linears(6, 256, 1024), *deconvs(256, 256, 128, 64, 32, 3)]),
        ("gt-deep", [*linears(6, 512, 512, 1024, 1024), *deconvs(64, 64, 64, 32, 3)]),
    ],
)
def test_decoders_from_six_factors_have_the_parameters_of_their_published_layers(
    network: str, layers: list[nn.Module]
) -> None:
    assert count(LayeredDecoder(6, COLOR, network=network)) == count(nn.Sequential(*layers))


def test_the_normed_deep_decoder_has_scales_and_shifts_in_place_of_all_biases_but_one() -> None:
    deep = count(LayeredDecoder(6, COLOR, network="gt-deep"))
    biases = (512 + 1024 + 1024) + (64 + 64 + 32 + 3)  # behind the first layer
    norms = 2 * ((512 + 512 + 1024 + 1024) + (64 + 64 + 32))
    assert count(LayeredDecoder(6, COLOR, network="gt-deep-bn-bias")) == deep - biases + norms


def test_spatial_broadcast_decoders_have_as_many_as_published() -> None:
    assert count(LayeredDecoder(10, COLOR, network="sbd3")) == 126_531
    assert count(LayeredDecoder(10, COLOR, network="sbd4")) == 228_995


def test_multilayer_perceptrons_have_two_and_three_layers_of_1200() -> None:
    encoder = (4096 + 1) * 1200 + 1201 * 1200 + 1201 * 20
    decoder = 11 * 1200 + 2 * 1201 * 1200 + 1201 * 4096
    assert pair("higgins", GREY) == pair("chen-mlp", GREY) == pair("dislib-fc", GREY) == encoder + decoder


@pytest.mark.parametrize("network", sorted(NETWORKS))
@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 64, 32)])
def test_every_network_gives_back_the_shape_it_reads(network: str, shape: tuple[int, ...]) -> None:
    codes = torch.randn(2, 4)
    with torch.device("meta"):
        decoder = LayeredDecoder(4, shape, network=network)
        assert decoder(codes.to("meta")).shape == (2, *shape)
        if NETWORKS[network].encoder:
            assert LayeredEncoder(shape, 4, network=network)(torch.rand(2, *shape)).shape == (2, 4)


def weights(module: nn.Module) -> list[tuple[torch.Tensor, int, int]]:
    """(weight, fan in, fan out) as torch counts them."""
    found = []
    for layer in module.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            weight = layer.weight
            area = weight[0, 0].numel()
            found.append((weight, weight.shape[1] * area, weight.shape[0] * area))
    return found


def test_weights_are_hes_and_disentanglement_libs_glorots() -> None:
    """U(−b, b) has the standard deviation b/√3, and no larger value."""
    torch.manual_seed(0)
    for network, bound in (
        ("kim", lambda inputs, outputs: (6 / inputs) ** 0.5),
        ("higgins", lambda inputs, outputs: (6 / inputs) ** 0.5),
        ("dislib-fc", lambda inputs, outputs: (6 / (inputs + outputs)) ** 0.5),
    ):
        shape = (1, 32, 32)
        nets = (LayeredEncoder(shape, 20, network=network), LayeredDecoder(10, shape, network=network))
        for weight, inputs, outputs in [one for net in nets for one in weights(net) if one[0].numel() > 2000]:
            b = bound(inputs, outputs)
            assert 0.98 * b < weight.abs().max() <= b
            assert weight.std().item() == pytest.approx(b / 3**0.5, rel=0.05)


def test_disentanglement_lib_draws_two_heads_of_10_and_not_one_of_20() -> None:
    """√(6 / (256 + 10)) = 0.15019 where one layer of 20 has √(6 / 276) = 0.14744."""
    torch.manual_seed(0)
    for head, inputs in (
        (DislibEncoder((1, 64, 64), 20, initialization="glorot", heads=2).head[-1], 256),
        (LayeredEncoder((1, 16, 16), 20, network="dislib-fc", heads=2).head, 1200),
    ):
        for half in head.weight.chunk(2):
            bound = (6 / (inputs + 10)) ** 0.5
            assert 0.99 * bound < half.abs().max() <= bound


def test_a_gaussian_latent_tells_the_encoder_that_it_has_two_heads() -> None:
    for latent, heads in (("gaussian", 2), ("plain", 1)):
        node = {
            "_type": "vae" if latent == "gaussian" else "ae",
            "latent": {"_type": latent, "latent_dim": 10},
            "encoder": {"_type": "dislib", "initialization": "glorot"},
            "decoder": {"_type": "dislib"},
        }
        model, full = build("method", node, inferred={"input_shape": GREY})
        assert full["encoder"]["heads"] == heads
        last = model.encoder.head[-1].weight.abs().max().item()
        assert last == pytest.approx((6 / (256 + 10)) ** 0.5, rel=0.01)


@pytest.mark.parametrize(
    "network",
    ["chen-mlp", "gt-higgins", "gt-burgess", "gt-kim", "gt-abdi", "gt-deep", "gt-deep-bn-bias", "leeb-mlp"],
)
def test_what_was_published_without_an_initialization_is_drawn_as_torch_does(network: str) -> None:
    """torch draws linear layers from U(−b, b) with b = 1/√fan_in."""
    torch.manual_seed(0)
    layers = LayeredDecoder(10, (1, 32, 32), network=network).layers
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)][1]
    bound = linear.in_features**-0.5
    assert 0.99 * bound < linear.weight.abs().max() <= bound


def test_the_network_of_the_double_helix_is_the_published_one() -> None:
    """As their code prints it: four layers of 32 with ELU between 3 numbers and 2 means with 2 deviations."""

    def published(*widths: int) -> list[nn.Module]:
        linear = [nn.Linear(*pair) for pair in pairwise(widths)]
        return [layer for one in linear for layer in (one, nn.ELU())][:-1]

    encoder, decoder = (
        LayeredEncoder((3,), 4, network="leeb-mlp"),
        LayeredDecoder(2, (3,), network="leeb-mlp"),
    )
    for built, widths in (
        ((*encoder.layers, encoder.head), (3, 32, 32, 32, 32, 4)),
        (decoder.layers, (2, 32, 32, 32, 32, 3)),
    ):
        found = [repr(layer) for layer in built if not isinstance(layer, (nn.Flatten, nn.Unflatten))]
        assert [text.replace(", inplace=True", "") for text in found] == list(map(repr, published(*widths)))
    assert (count(encoder), count(decoder)) == (3_428, 3_363)


def test_mpcnn_enlarges_between_pixels_as_torchs_bilinear_upsampling() -> None:
    decoder = LayeredDecoder(10, GREY, network="mpcnn-bilinear").layers
    enlarge = next(layer for layer in decoder if isinstance(layer, nn.Upsample))
    ramp = torch.tensor([[[[0.0, 3.0], [6.0, 9.0]]]])
    expected = torch.tensor([0.0, 1, 2, 3])[None, :] + torch.tensor([0.0, 2, 4, 6])[:, None]
    torch.testing.assert_close(enlarge(ramp)[0, 0], expected)
    assert sum(isinstance(layer, nn.Upsample) for layer in decoder) == 3


def test_networks_of_older_runs_stay_as_they_were() -> None:
    assert pair("kim-bn", GREY) == 767_957
    assert all(layer.mode == "nearest" for layer in upsamplings("mpcnn"))
    assert next(iter(LayeredDecoder(4, GREY, network="gt-deep-bn").layers)).bias is None


def upsamplings(network: str) -> list[nn.Upsample]:
    return [one for one in LayeredDecoder(10, GREY, network=network).layers if isinstance(one, nn.Upsample)]


def test_only_glorots_biases_are_zero() -> None:
    assert not LayeredEncoder((1, 16, 16), 4, network="dislib-fc").head.bias.any()
    assert LayeredEncoder((1, 16, 16), 4, network="higgins").head.bias.any()


def test_mirrors_rectify_behind_the_unflattening_and_end_in_logits() -> None:
    kinds = [type(layer).__name__ for layer in LayeredDecoder(10, GREY, network="kim").layers]
    assert kinds[:5] == ["Linear", "ReLU", "Linear", "Unflatten", "ReLU"]
    assert kinds[5:] == ["ConvTranspose2d", "ReLU"] * 3 + ["ConvTranspose2d"]
    kinds = [type(layer).__name__ for layer in LayeredDecoder(10, GREY, network="tolstikhin").layers]
    assert kinds[3:8] == ["Unflatten", "ReLU", "BatchNorm2d", "ConvTranspose2d", "ReLU"]


def test_kims_norms_are_of_maps_and_slow_and_the_deep_decoder_has_one_bias() -> None:
    encoder = LayeredEncoder(GREY, 20, network="kim-bn-maps")
    decoder = LayeredDecoder(10, GREY, network="kim-bn-maps")
    norms = [one for net in (encoder, decoder) for one in net.modules() if hasattr(one, "momentum")]
    assert [type(norm) for norm in norms] == [nn.BatchNorm2d] * 7
    assert {norm.momentum for norm in norms} == {0.001}
    deep = LayeredDecoder(4, GREY, network="gt-deep-bn-bias").layers
    biases = [one.bias is not None for one in deep if hasattr(one, "bias") and not hasattr(one, "momentum")]
    assert biases == [True, *[False] * 7]


def test_a_few_steps_learn_a_batch() -> None:
    torch.manual_seed(0)
    encoder, decoder = (
        LayeredEncoder((1, 16, 16), 4, network="kim"),
        LayeredDecoder(4, (1, 16, 16), network="kim"),
    )
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    x = torch.rand(6, 1, 16, 16).round()
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        losses.append(decoder.loss(decoder(encoder(x)), x))
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]


def test_what_does_not_exist_or_fit_is_refused_when_it_is_built() -> None:
    with pytest.raises(CallError, match="did you mean burgess"):
        LayeredEncoder(GREY, 4, network="burges")
    with pytest.raises(CallError, match="sbd3 is a decoder only; choose an encoder too: burgess"):
        LayeredEncoder(GREY, 4, network="sbd3")
    with pytest.raises(CallError, match="does not fit a map of 7×7"):
        LayeredEncoder((1, 28, 28), 4, network="kim")
    for network, words in (("kim", "not vectors"), ("sbd3", "is for images"), ("gt-deep", "is for images")):
        with pytest.raises(CallError, match=words):
            LayeredDecoder(4, (100,), network=network)
