"""Methods (an encoder, a latent and a decoder with their objective), samplers of codes, loss schedules."""

from typing import TYPE_CHECKING

from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .adagvae import AdaGVAE as AdaGVAE, AdaMLVAE as AdaMLVAE
    from .ae import AE as AE
    from .annealed import AnnealedVAE as AnnealedVAE
    from .autoencoder import Autoencoder as Autoencoder
    from .bioae import BioAE as BioAE
    from .dipvae import DIPVAE1 as DIPVAE1, DIPVAE2 as DIPVAE2
    from .edim import EDIM as EDIM
    from .factorvae import FactorVAE as FactorVAE
    from .hfs import HFSVAE as HFSVAE
    from .infovae import InfoVAE as InfoVAE
    from .infowgan import InfoWGAN as InfoWGAN
    from .loss_schedules import (
        Constant as Constant,
        Cosine as Cosine,
        Cyclic as Cyclic,
        Delayed as Delayed,
        Linear as Linear,
        LinearDecay as LinearDecay,
        WeightSchedule as WeightSchedule,
    )
    from .method import Method as Method
    from .mi_base import TwoViewMethod as TwoViewMethod
    from .pca import PCA as PCA
    from .qlae import QLAE as QLAE
    from .samplers import (
        CodeBank as CodeBank,
        CodebookSampler as CodebookSampler,
        HybridSampler as HybridSampler,
        InterpolationSampler as InterpolationSampler,
        PriorSampler as PriorSampler,
        Sampler as Sampler,
    )
    from .sdim import SDIM as SDIM
    from .sdim_edim import SDIMThenEDIM as SDIMThenEDIM
    from .supervision import (
        Covariance as Covariance,
        CrossEntropy as CrossEntropy,
        Embedding as Embedding,
        LabelledBatch as LabelledBatch,
        SquaredError as SquaredError,
        Supervision as Supervision,
    )
    from .tcvae import BetaTCVAE as BetaTCVAE, DecomposedTCVAE as DecomposedTCVAE
    from .vae import VAE as VAE
    from .vqvae import VQVAE as VQVAE
    from .wae import SlicedWAE as SlicedWAE, WAE as WAE

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AE": "ae",
        "AdaGVAE": "adagvae",
        "AdaMLVAE": "adagvae",
        "AnnealedVAE": "annealed",
        "Autoencoder": "autoencoder",
        "BetaTCVAE": "tcvae",
        "BioAE": "bioae",
        "CodeBank": "samplers",
        "CodebookSampler": "samplers",
        "Constant": "loss_schedules",
        "Cosine": "loss_schedules",
        "Covariance": "supervision",
        "CrossEntropy": "supervision",
        "Cyclic": "loss_schedules",
        "DIPVAE1": "dipvae",
        "DIPVAE2": "dipvae",
        "DecomposedTCVAE": "tcvae",
        "Delayed": "loss_schedules",
        "EDIM": "edim",
        "Embedding": "supervision",
        "FactorVAE": "factorvae",
        "HFSVAE": "hfs",
        "HybridSampler": "samplers",
        "InfoVAE": "infovae",
        "InfoWGAN": "infowgan",
        "InterpolationSampler": "samplers",
        "LabelledBatch": "supervision",
        "Linear": "loss_schedules",
        "LinearDecay": "loss_schedules",
        "Method": "method",
        "PCA": "pca",
        "PriorSampler": "samplers",
        "QLAE": "qlae",
        "SDIM": "sdim",
        "SDIMThenEDIM": "sdim_edim",
        "Sampler": "samplers",
        "SlicedWAE": "wae",
        "SquaredError": "supervision",
        "Supervision": "supervision",
        "TwoViewMethod": "mi_base",
        "VAE": "vae",
        "VQVAE": "vqvae",
        "WAE": "wae",
        "WeightSchedule": "loss_schedules",
    },
)
