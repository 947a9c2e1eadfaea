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
    from .gaussian_categorical import GaussianCategoricalLatent as GaussianCategoricalLatent
    from .latent import Latent as Latent, standard_normal as standard_normal
    from .lie_group import LieGroupLatent as LieGroupLatent
    from .curve_priors import SwissRoll as SwissRoll, TwoMoons as TwoMoons
    from .priors import BoxPrior as BoxPrior, GaussianPrior as GaussianPrior, Prior as Prior
    from .region_priors import (
        FittedRegions as FittedRegions,
        FlowerRegions as FlowerRegions,
        GaussianRegions as GaussianRegions,
        LineRegions as LineRegions,
        RandomRegions as RandomRegions,
    )

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BoxPrior": "priors",
        "DiscreteLatent": "discrete",
        "FittedRegions": "region_priors",
        "FlowerRegions": "region_priors",
        "GaussianCategoricalLatent": "gaussian_categorical",
        "GaussianLatent": "continuous",
        "GaussianPrior": "priors",
        "GaussianRegions": "region_priors",
        "GlobalQuantizedLatent": "discrete",
        "Latent": "latent",
        "LieGroupLatent": "lie_group",
        "LineRegions": "region_priors",
        "NoisyClampedLatent": "continuous",
        "PlainLatent": "continuous",
        "PredictedFactors": "factor_latents",
        "Prior": "priors",
        "QuantizedLatent": "discrete",
        "RandomRegions": "region_priors",
        "ScalarCodebooks": "codebooks",
        "SwissRoll": "curve_priors",
        "TrueFactors": "factor_latents",
        "TwoMoons": "curve_priors",
        "UniformLatent": "continuous",
        "VectorCodebook": "codebooks",
        "VectorQuantizedLatent": "discrete",
        "gaussian_kl": "continuous",
        "perplexity": "discrete",
        "standard_normal": "latent",
        "straight_through": "discrete",
    },
)
