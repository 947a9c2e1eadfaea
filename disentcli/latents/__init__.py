"""Latents: how an encoder's features become codes, and what the prior of the codes is."""

from typing import TYPE_CHECKING

from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .codebooks import ScalarCodebooks as ScalarCodebooks, VectorCodebook as VectorCodebook
    from .discrete import (
        DiscreteLatent as DiscreteLatent,
        perplexity as perplexity,
        straight_through as straight_through,
    )
    from .gaussian import GaussianLatent as GaussianLatent, gaussian_kl as gaussian_kl
    from .latent import Latent as Latent
    from .noisy_clamped import NoisyClampedLatent as NoisyClampedLatent
    from .plain import PlainLatent as PlainLatent
    from .quantized import GlobalQuantizedLatent as GlobalQuantizedLatent, QuantizedLatent as QuantizedLatent
    from .standard_normal import standard_normal as standard_normal
    from .uniform import UniformLatent as UniformLatent
    from .vector_quantized import VectorQuantizedLatent as VectorQuantizedLatent

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "DiscreteLatent": "discrete",
        "GaussianLatent": "gaussian",
        "GlobalQuantizedLatent": "quantized",
        "Latent": "latent",
        "NoisyClampedLatent": "noisy_clamped",
        "PlainLatent": "plain",
        "QuantizedLatent": "quantized",
        "ScalarCodebooks": "codebooks",
        "UniformLatent": "uniform",
        "VectorCodebook": "codebooks",
        "VectorQuantizedLatent": "vector_quantized",
        "gaussian_kl": "gaussian",
        "perplexity": "discrete",
        "standard_normal": "standard_normal",
        "straight_through": "discrete",
    },
)
