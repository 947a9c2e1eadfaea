"""Methods (an encoder, a latent and a decoder with their objective), samplers of codes, loss schedules."""

from typing import TYPE_CHECKING

from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .aae import AdversarialAutoencoder as AdversarialAutoencoder
    from .absae import AbsAE as AbsAE
    from .adagvae import AdaGVAE as AdaGVAE, AdaMLVAE as AdaMLVAE
    from .ae import AE as AE
    from .autoencoder import Autoencoder as Autoencoder, weight_decay_groups as weight_decay_groups
    from .bioae import BioAE as BioAE
    from .cascade import CascadeVAE as CascadeVAE
    from .composition import (
        CompositionOperator as CompositionOperator,
        FixedInterpolationOperator as FixedInterpolationOperator,
        InterpolationOperator as InterpolationOperator,
        LinearOperator as LinearOperator,
        MLPOperator as MLPOperator,
    )
    from .decoding_method import DecodingMethod as DecodingMethod
    from .dipvae import DIPVAE1 as DIPVAE1, DIPVAE2 as DIPVAE2
    from .edim import EDIM as EDIM
    from .factor_decoder import FactorDecoder as FactorDecoder
    from .factorvae import FactorVAE as FactorVAE
    from .freezing import freeze as freeze
    from .hfs import HFSVAE as HFSVAE
    from .inference import Inference as Inference
    from .information_cascade import InformationCascadeVAE as InformationCascadeVAE
    from .infovae import InfoVAE as InfoVAE
    from .infowgan import InfoWGAN as InfoWGAN
    from .lievae import LieGroupVAE as LieGroupVAE
    from .loss_schedules import (
        ConstantSchedule as ConstantSchedule,
        CosineSchedule as CosineSchedule,
        CyclicSchedule as CyclicSchedule,
        DelayedSchedule as DelayedSchedule,
        LinearDecay as LinearDecay,
        LinearSchedule as LinearSchedule,
        WeightSchedule as WeightSchedule,
    )
    from .method import Method as Method
    from .mi_base import TwoViewMethod as TwoViewMethod
    from .pca import PCA as PCA
    from .qlae import QLAE as QLAE, VQVAE as VQVAE
    from .relation_learners import RelationLearner as RelationLearner
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
    from .supervised import Supervised as Supervised
    from .supervision import (
        CovarianceSupervision as CovarianceSupervision,
        CrossEntropySupervision as CrossEntropySupervision,
        EmbeddingSupervision as EmbeddingSupervision,
        LabelledBatch as LabelledBatch,
        SquaredErrorSupervision as SquaredErrorSupervision,
        Supervision as Supervision,
    )
    from .tcvae import BetaTCVAE as BetaTCVAE, DecomposedTCVAE as DecomposedTCVAE
    from .vae import AnnealedVAE as AnnealedVAE, VAE as VAE
    from .wae import SlicedWAE as SlicedWAE, WAE as WAE

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AE": "ae",
        "AbsAE": "absae",
        "AdaGVAE": "adagvae",
        "AdaMLVAE": "adagvae",
        "AdversarialAutoencoder": "aae",
        "AnnealedVAE": "vae",
        "Autoencoder": "autoencoder",
        "BetaTCVAE": "tcvae",
        "BioAE": "bioae",
        "CascadeVAE": "cascade",
        "CodeBank": "samplers",
        "CodebookSampler": "samplers",
        "CompositionOperator": "composition",
        "ConstantSchedule": "loss_schedules",
        "CosineSchedule": "loss_schedules",
        "CovarianceSupervision": "supervision",
        "CrossEntropySupervision": "supervision",
        "CyclicSchedule": "loss_schedules",
        "DIPVAE1": "dipvae",
        "DIPVAE2": "dipvae",
        "DecomposedTCVAE": "tcvae",
        "DecodingMethod": "decoding_method",
        "DelayedSchedule": "loss_schedules",
        "EDIM": "edim",
        "EmbeddingSupervision": "supervision",
        "FactorDecoder": "factor_decoder",
        "FactorVAE": "factorvae",
        "FixedInterpolationOperator": "composition",
        "HFSVAE": "hfs",
        "HybridSampler": "samplers",
        "Inference": "inference",
        "InfoVAE": "infovae",
        "InfoWGAN": "infowgan",
        "InformationCascadeVAE": "information_cascade",
        "InterpolationOperator": "composition",
        "InterpolationSampler": "samplers",
        "LabelledBatch": "supervision",
        "LieGroupVAE": "lievae",
        "LinearDecay": "loss_schedules",
        "LinearOperator": "composition",
        "LinearSchedule": "loss_schedules",
        "MLPOperator": "composition",
        "Method": "method",
        "PCA": "pca",
        "PriorSampler": "samplers",
        "QLAE": "qlae",
        "RelationLearner": "relation_learners",
        "SDIM": "sdim",
        "SDIMThenEDIM": "sdim_edim",
        "Sampler": "samplers",
        "SlicedWAE": "wae",
        "SquaredErrorSupervision": "supervision",
        "Supervised": "supervised",
        "Supervision": "supervision",
        "TwoViewMethod": "mi_base",
        "VAE": "vae",
        "VQVAE": "qlae",
        "WAE": "wae",
        "WeightSchedule": "loss_schedules",
        "freeze": "freezing",
        "weight_decay_groups": "autoencoder",
    },
)
