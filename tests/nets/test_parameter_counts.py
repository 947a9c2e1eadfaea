"""Parameter counts equal those of the original code (SAE, February 2021), learned constant included."""

from __future__ import annotations

import pytest
from torch import nn

from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.latents.gaussian_categorical import GaussianCategoricalLatent
from disentcli.latents.latent import Latent
from disentcli.latents.lie_group import LieGroupLatent
from disentcli.methods.ae import AE
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder, Conv16Decoder
from disentcli.nets.conv_encoder import Conv12Encoder, Conv16Encoder
from disentcli.nets.dislib import DislibDecoder, DislibEncoder
from disentcli.nets.layer_list_nets import LayeredDecoder, LayeredEncoder
from disentcli.nets.structural import StructuralDecoder

IMAGE, LARGE, VECTOR = (3, 64, 64), (3, 128, 128), (100,)


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_ae_and_vae_of_12_convs():
    ae = AE(PlainLatent(12), Conv12Encoder(IMAGE, 12), Conv12Decoder(12, IMAGE))
    assert (count(ae), count(ae.encoder), count(ae.decoder)) == (1_022_671, 512_844, 509_827)
    vae = VAE(GaussianLatent(12), Conv12Encoder(IMAGE, 24), Conv12Decoder(12, IMAGE))
    assert (count(vae), count(vae.encoder)) == (1_024_219, 514_392)


@pytest.mark.parametrize(
    ("transforms", "split", "decoder", "total"),
    [
        (12, True, 709_123, 1_221_967),
        (6, True, 559_747, 1_072_591),
        (4, True, 509_955, 1_022_799),
        (3, True, 485_059, 997_903),
        (2, True, 460_163, 973_007),
        (12, False, 717_571, 1_230_415),
        (6, False, 563_587, 1_076_431),
    ],
)
def test_structural_decoders_of_12_convs(transforms: int, split: bool, decoder: int, total: int):
    strc = StructuralDecoder(12, IMAGE, transforms=transforms, split=split)
    sae = AE(PlainLatent(12), Conv12Encoder(IMAGE, 12), strc)
    assert (count(strc), count(sae)) == (decoder, total)


def test_networks_of_16_convs():
    encoder = Conv16Encoder(LARGE, 32)
    assert count(AE(PlainLatent(32), encoder, Conv16Decoder(32, LARGE))) == 5_311_139
    assert count(VAE(GaussianLatent(32), Conv16Encoder(LARGE, 64), Conv16Decoder(32, LARGE))) == 5_315_267


@pytest.mark.parametrize(("split", "total"), [(True, 6_597_411), (False, 6_628_131)])
def test_structural_decoders_of_16_convs(split: bool, total: int):
    strc = StructuralDecoder(
        32, LARGE, transforms=16, convs=16, split=split, width=128, transform_hidden=(64, 128, 256)
    )
    assert count(AE(PlainLatent(32), Conv16Encoder(LARGE, 32), strc)) == total


def test_vectors_turn_convs_into_linear_layers():
    encoder = Conv12Encoder(VECTOR, 12, hidden=(64,))
    assert count(AE(PlainLatent(12), encoder, Conv12Decoder(12, VECTOR, hidden=(64,)))) == 114_416
    assert (
        count(AE(PlainLatent(12), encoder, StructuralDecoder(12, VECTOR, transform_hidden=(64,)))) == 210_864
    )


def test_dislib_of_the_original_has_only_kernels_of_2():
    encoder = DislibEncoder(IMAGE, 12, kernels=(2, 2, 2, 2))
    ae = AE(PlainLatent(12), encoder, DislibDecoder(12, IMAGE))
    assert (count(ae), count(encoder), count(ae.decoder)) == (677_583, 294_732, 382_851)


def test_dislib_of_disentanglement_lib_has_kernels_4_4_2_2():
    convs = (3 * 16 + 1) * 32 + (32 * 16 + 1) * 32 + (32 * 4 + 1) * 64 + (64 * 4 + 1) * 64
    head = (64 * 4 * 4 + 1) * 256 + (256 + 1) * 2 * 10
    assert count(DislibEncoder(IMAGE, 20)) == convs + head


@pytest.mark.parametrize(
    ("latent", "of_networks", "of_latent"),
    [
        (GaussianCategoricalLatent(7, categories=3), {1: 761_933, 3: 763_983}, 0),
        (LieGroupLatent(10), {1: 807_845, 3: 809_895}, 89_820),
    ],
    ids=["cascade", "liegroup"],
)
def test_networks_of_cascadevae_and_the_lie_group_vae(
    latent: Latent, of_networks: dict[int, int], of_latent: int
):
    """The counts of the code of Montero et al., NeurIPS 2022."""
    for channels, published in of_networks.items():
        shape = (channels, 64, 64)
        encoder = LayeredEncoder(shape, latent.feature_dim, network="kim")
        decoder = LayeredDecoder(latent.decoder_dim, shape, network="kim")
        assert count(encoder) + count(decoder) == published
    assert count(latent) == of_latent
