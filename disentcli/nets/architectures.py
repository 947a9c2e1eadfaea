"""Published networks as lists of layers, by name.

Montero et al., "The Role of Disentanglement in Generalisation" (ICLR 2021), "Lost in Latent Space" (NeurIPS
2022), and whom they name; Chen et al. (NeurIPS 2018); Roth et al. (ICLR 2023); Locatello et al. (ICML 2019);
Leeb et al. (2022, arXiv 2106.16091); Valenti and Bacciu (IJCNN 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..errors import CallError
from ..suggestions import unknown
from .layer_specs import (
    Act,
    BatchNorm,
    Conv,
    Flatten,
    Layer,
    Layers,
    LeakyReLU,
    Linear,
    MaxPool,
    SpatialBroadcast,
    TransposedConv,
    Unflatten,
    Upsample,
)
from .layers import Initialization, Nonlinearity
from .shapes import Shape, bottleneck, require_image, size


@dataclass(frozen=True)
class Architecture:
    """The layers of an encoder up to its head, and those of a decoder, which depend on the image.

    Without `decoder` that of the encoder with its head transposed is meant; without `encoder` there is none.
    """

    encoder: Layers = ()
    decoder: Callable[[Shape], Layers] | None = None
    initialization: Initialization = "he"


def convs(*channels: int) -> Layers:
    """Convolutions that halve the map (kernel 4, stride 2, padding 1), each with a ReLU."""
    return tuple(layer for one in channels for layer in (Conv(one), Act()))


def dense(*features: int, nonlin: Nonlinearity = "relu") -> Layers:
    """Linear layers, each with a nonlinearity."""
    return tuple(layer for one in features for layer in (Linear(one), Act(nonlin)))


def deconv_decoder(hidden: tuple[int, ...], channels: tuple[int, ...]) -> Callable[[Shape], Layers]:
    """A decoder of linear layers, then transposed convolutions; `channels` begin with the smallest map's."""

    def layers(image: Shape) -> Layers:
        smallest = bottleneck(image, len(channels), channels[0], network="this decoder")
        require_image(image, "this decoder")
        inner = [layer for one in channels[1:] for layer in (TransposedConv(one), Act())]
        return (*dense(*hidden, size(smallest)), Unflatten(smallest), *inner, TransposedConv(image[0]))

    return layers


def with_norm(layers: Layers, norm: BatchNorm) -> Layers:
    """The layers with a norm behind each nonlinearity."""
    return tuple(new for layer in layers for new in ((layer, norm) if isinstance(layer, Act) else (layer,)))


def without_bias(layers: Layers) -> Layers:
    """The layers without biases."""
    return tuple(
        replace(layer, bias=False) if isinstance(layer, (Linear, TransposedConv)) else layer
        for layer in layers
    )


def normed_maps(layers: Layers, norm: BatchNorm) -> Layers:
    """The layers with a norm behind each nonlinearity of a map, and none behind those of vectors."""
    within_map = isinstance(layers[0], Conv)
    result: list[Layer] = []
    for layer in layers:
        within_map = (within_map or isinstance(layer, Unflatten)) and not isinstance(layer, Flatten)
        result += [layer, norm] if isinstance(layer, Act) and within_map else [layer]
    return tuple(result)


def broadcast(depth: int) -> Callable[[Shape], Layers]:
    """The codes at every pixel, then convolutions of kernel 5 that keep the map (Watters et al., 2019)."""

    def layers(image: Shape) -> Layers:
        require_image(image, "a spatial broadcast decoder")
        inner = [layer for _ in range(depth - 1) for layer in (Conv(64, 5, 1, 2), Act())]
        return (SpatialBroadcast(*image[1:]), *inner, Conv(image[0], 5, 1, 2))

    return layers


def mlp_decoder(image: Shape) -> Layers:
    """Three layers of 1200 with tanh, then the pixels."""
    return (*dense(1200, 1200, 1200, nonlin="tanh"), Linear(size(image)), Unflatten(image))


def kim_bn_decoder(image: Shape) -> Layers:
    """Kim and Mnih's decoder, with a norm behind each nonlinearity."""
    return with_norm(KIM_DECODER(image), BN_SLOW)


def kim_bn_maps_decoder(image: Shape) -> Layers:
    """Kim and Mnih's decoder, with a norm behind each nonlinearity of a map."""
    return normed_maps(KIM_DECODER(image), BN_SLOW)


def mpcnn_decoder(image: Shape) -> Layers:
    """Linear layers, then three times an enlargement and a transposed convolution that keeps the map."""
    smallest = bottleneck(image, 3, 32, network="mpcnn")
    inner = [new for _ in range(2) for new in (Upsample(bilinear=True), TransposedConv(32, 3, 1, 1), Act())]
    last = (Upsample(bilinear=True), TransposedConv(image[0], 3, 1, 1))
    return (*dense(256, 256, size(smallest)), Unflatten(smallest), *inner, *last)


def valenti(channels: int) -> Architecture:
    """Four normed convolutions of so many channels, and 1024; without biases in the convolutions.

    Source: code of Valenti and Bacciu (IJCNN 2022), whose linear layers are made for maps of 6×6 that its
    images of 64×64 do not have; here they are 4×4. The encoder's last convolution has a slope of 0.2.
    """
    slopes = (0.1, 0.1, 0.1, 0.2)
    encoder = [new for slope in slopes for new in _normed(Conv(channels, bias=False), slope)]

    def decoder(image: Shape) -> Layers:
        smallest = bottleneck(image, 4, channels, network="this decoder")
        require_image(image, "this decoder")
        inner = [new for _ in range(3) for new in _normed(TransposedConv(channels, bias=False), 0.1)]
        linear = (Linear(1024), LeakyReLU(0.1), Linear(size(smallest)), LeakyReLU(0.1))
        return (*linear, Unflatten(smallest), *inner, TransposedConv(image[0], bias=False))

    layers = (*encoder, Flatten(), Linear(1024), LeakyReLU(0.1))
    return Architecture(layers, decoder, initialization="torch")


def _normed(layer: Layer, slope: float) -> Layers:
    return (layer, BatchNorm(), LeakyReLU(slope))


def deep_bn_decoder(image: Shape) -> Layers:
    """The deep decoder from ground truth, normed, without biases."""
    return without_bias(with_norm(DEEP(image), BatchNorm()))


def deep_bn_bias_decoder(image: Shape) -> Layers:
    """The deep decoder from ground truth, normed, with a bias in the first linear layer alone."""
    first, *others = with_norm(DEEP(image), BatchNorm())
    return (first, *without_bias(tuple(others)))


BN_SLOW = BatchNorm(momentum=0.001)
FOUR_CONVS = (*convs(32, 32, 64, 64), Flatten())
MLP = (Flatten(), *dense(1200, 1200))
MONTERO = (*convs(64, 64, 128, 128, 256), Flatten(), *dense(256))
KIM_DECODER = deconv_decoder((256,), (64, 64, 32, 32))
DEEP = deconv_decoder((512, 512, 1024), (64, 64, 64, 32))
MPCNN = (
    *(new for _ in range(3) for new in (Conv(32, 3, 1, 1), MaxPool(), Act())),
    Flatten(),
    *dense(256, 256),
)

NETWORKS = {
    # Encoders with the decoders that mirror them.
    "burgess": Architecture((*convs(32, 32, 32, 32), Flatten(), *dense(256, 256))),
    "burgess-v2": Architecture((*FOUR_CONVS, *dense(256, 256))),
    "kim": Architecture((*FOUR_CONVS, *dense(256))),
    "kim-bn-maps": Architecture(normed_maps((*FOUR_CONVS, *dense(256)), BN_SLOW), kim_bn_maps_decoder),
    "mathieu": Architecture((*FOUR_CONVS, *dense(128))),
    "watters": Architecture((*convs(64, 64, 64, 64), Flatten(), *dense(256))),
    "abdi": Architecture((*convs(32, 32, 64, 128, 256), Flatten(), *dense(256))),
    "montero": Architecture(MONTERO),
    "montero-small": Architecture((*convs(32, 32, 64, 64, 128), Flatten(), *dense(256))),
    "montero-large": Architecture(MONTERO),
    "tolstikhin": Architecture(
        (
            *(new for c in (128, 256, 512, 1024) for new in (Conv(c), BatchNorm(), Act())),
            Flatten(),
            *dense(256),
        )
    ),
    "mpcnn-bilinear": Architecture(MPCNN, mpcnn_decoder),
    "valenti": valenti(32),
    "valenti-wide": valenti(64),
    # Linear layers only.
    "higgins": Architecture(MLP, mlp_decoder),
    "chen-mlp": Architecture(MLP, mlp_decoder, "torch"),
    "dislib-fc": Architecture(MLP, mlp_decoder, "glorot"),
    "leeb-mlp": Architecture((Flatten(), *dense(32, 32, 32, 32, nonlin="elu")), initialization="torch"),
    # Encoders of the supervised baselines that differ from those above.
    "abdi-supervised": Architecture((*convs(32, 64, 128, 256), Flatten(), *dense(256))),
    # Decoders alone: spatial broadcast with so many convolutions, the image's included ...
    "sbd3": Architecture(decoder=broadcast(3)),
    "sbd4": Architecture(decoder=broadcast(4)),
    "sbd5": Architecture(decoder=broadcast(5)),
    # ... and the decoders from ground truth, drawn as torch does.
    "gt-higgins": Architecture(decoder=mlp_decoder, initialization="torch"),
    "gt-kim": Architecture(decoder=KIM_DECODER, initialization="torch"),
    "gt-kim-bn": Architecture(decoder=kim_bn_maps_decoder, initialization="torch"),
    "gt-burgess": Architecture(decoder=deconv_decoder((256,), (32, 32, 32, 32)), initialization="torch"),
    "gt-abdi": Architecture(decoder=deconv_decoder((256,), (256, 256, 128, 64, 32)), initialization="torch"),
    "gt-deep": Architecture(decoder=DEEP, initialization="torch"),
    "gt-deep-bn-bias": Architecture(decoder=deep_bn_bias_decoder, initialization="torch"),
    # Networks of runs made before 2026-12, which differ from the published ones.
    "kim-bn": Architecture(with_norm((*FOUR_CONVS, *dense(256)), BN_SLOW), kim_bn_decoder),
    "mpcnn": Architecture(MPCNN),
    "gt-deep-bn": Architecture(decoder=deep_bn_decoder, initialization="torch"),
}


def architecture_named(name: str) -> Architecture:
    """The published network of this name; CallError with the nearest names, and all, where there is none."""
    if name not in NETWORKS:
        raise CallError(unknown("network", name, NETWORKS))
    return NETWORKS[name]
