"""Latents: how an encoder's features become codes, and what the prior of the codes is."""

from typing import TYPE_CHECKING

from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .codebooks import ScalarCodebooks as ScalarCodebooks, VectorCodebook as VectorCodebook
    from .continuous import (
        GaussianLatent as GaussianLatent,
        NoisyClampedLatent as NoisyClampedLatent,
        PlainLatent as PlainLatent,
        UniformLatent as UniformLatent,
        gaussian_kl as gaussian_kl,
    )
    from .discrete import (
        DiscreteLatent as DiscreteLatent,
        GlobalQuantizedLatent as GlobalQuantizedLatent,
        QuantizedLatent as QuantizedLatent,
        VectorQuantizedLatent as VectorQuantizedLatent,
        perplexity as perplexity,
        straight_through as straight_through,
    )
    from .factor_latents import PredictedFactors as PredictedFactors, TrueFactors as TrueFactors
    from .latent import Latent as Latent, standard_normal as standard_normal

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "DiscreteLatent": "discrete",
        "GaussianLatent": "continuous",
        "GlobalQuantizedLatent": "discrete",
        "Latent": "latent",
        "NoisyClampedLatent": "continuous",
        "PlainLatent": "continuous",
        "PredictedFactors": "factor_latents",
        "QuantizedLatent": "discrete",
        "ScalarCodebooks": "codebooks",
        "TrueFactors": "factor_latents",
        "UniformLatent": "continuous",
        "VectorCodebook": "codebooks",
        "VectorQuantizedLatent": "discrete",
        "gaussian_kl": "continuous",
        "perplexity": "discrete",
        "standard_normal": "latent",
        "straight_through": "discrete",
    },
)
