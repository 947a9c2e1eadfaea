"""Encoders, decoders, and the distributions that a decoder's outputs stand for."""

from typing import TYPE_CHECKING

from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .beta import BetaDecoder as BetaDecoder
    from .conv_decoder import (
        Conv12Decoder as Conv12Decoder,
        Conv16Decoder as Conv16Decoder,
        Conv5Decoder as Conv5Decoder,
    )
    from .conv_encoder import (
        Conv12Encoder as Conv12Encoder,
        Conv16Encoder as Conv16Encoder,
        Conv5Encoder as Conv5Encoder,
    )
    from .dislib import DislibDecoder as DislibDecoder, DislibEncoder as DislibEncoder
    from .distribution import (
        Bernoulli as Bernoulli,
        Distribution as Distribution,
        Gaussian as Gaussian,
        SquaredError as SquaredError,
    )
    from .encoder_decoder import (
        Decoder as Decoder,
        Encoder as Encoder,
        LinearDecoder as LinearDecoder,
        LinearEncoder as LinearEncoder,
    )
    from .hwf import HwfDecoder as HwfDecoder, HwfEncoder as HwfEncoder
    from .ladder import LadderDecoder as LadderDecoder, LadderEncoder as LadderEncoder
    from .layer_list_nets import LayeredDecoder as LayeredDecoder, LayeredEncoder as LayeredEncoder
    from .layers import Coordinates as Coordinates, mlp as mlp
    from .mi_networks import FeatureMapEncoder as FeatureMapEncoder, StatisticsNetwork as StatisticsNetwork
    from .qlae import (
        QlaeDecoder as QlaeDecoder,
        QlaeDenseDecoder as QlaeDenseDecoder,
        QlaeDenseEncoder as QlaeDenseEncoder,
        QlaeEncoder as QlaeEncoder,
    )
    from .resnet import ResnetDecoder as ResnetDecoder, ResnetEncoder as ResnetEncoder
    from .shapes import Shape as Shape, is_vector as is_vector, require_image as require_image
    from .structural import StructuralDecoder as StructuralDecoder
    from .style import StyleDecoder as StyleDecoder
    from .summary import describe as describe

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Bernoulli": "distribution",
        "BetaDecoder": "beta",
        "Conv12Decoder": "conv_decoder",
        "Conv12Encoder": "conv_encoder",
        "Conv16Decoder": "conv_decoder",
        "Conv16Encoder": "conv_encoder",
        "Conv5Decoder": "conv_decoder",
        "Conv5Encoder": "conv_encoder",
        "Coordinates": "layers",
        "Decoder": "encoder_decoder",
        "DislibDecoder": "dislib",
        "DislibEncoder": "dislib",
        "Distribution": "distribution",
        "Encoder": "encoder_decoder",
        "FeatureMapEncoder": "mi_networks",
        "Gaussian": "distribution",
        "HwfDecoder": "hwf",
        "HwfEncoder": "hwf",
        "LadderDecoder": "ladder",
        "LadderEncoder": "ladder",
        "LayeredDecoder": "layer_list_nets",
        "LayeredEncoder": "layer_list_nets",
        "LinearDecoder": "encoder_decoder",
        "LinearEncoder": "encoder_decoder",
        "QlaeDecoder": "qlae",
        "QlaeDenseDecoder": "qlae",
        "QlaeDenseEncoder": "qlae",
        "QlaeEncoder": "qlae",
        "ResnetDecoder": "resnet",
        "ResnetEncoder": "resnet",
        "Shape": "shapes",
        "SquaredError": "distribution",
        "StatisticsNetwork": "mi_networks",
        "StructuralDecoder": "structural",
        "StyleDecoder": "style",
        "describe": "summary",
        "is_vector": "shapes",
        "mlp": "layers",
        "require_image": "shapes",
    },
)
