"""Scores of codes against factors: one metric a file, each a plain function of arrays.

    from disentcli.metrics import dci, mig

    mig(codes, factors)["mig"]                      # codes (N, D), factors (N, F)
    dci(codes, factors, train_size=10_000)          # the first 10,000 points train, the others test

Every registered metric is here under its name. It gives a dictionary of scores (floats) and arrays; it
raises `Unsupported` where the data cannot support it, and `CallError` for what are no codes or factors.
"""

from typing import TYPE_CHECKING

from ..errors import CallError as CallError, Unsupported as Unsupported
from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .beta_vae import beta_vae as beta_vae, z_diff as z_diff
    from .cds import cds as cds
    from .codefile import CodeFile as CodeFile, read_code_file as read_code_file
    from .context import MetricContext as MetricContext
    from .combination import combination as combination
    from .composition import composition as composition
    from .dci import dci as dci
    from .dcimig import dcimig as dcimig
    from .distances import distances as distances
    from .downstream import downstream as downstream
    from .evaluate import (
        BoundMetric as BoundMetric,
        EvaluationResult as EvaluationResult,
        evaluate as evaluate,
    )
    from .factor_vae import factor_vae as factor_vae, z_min_var as z_min_var
    from .factorised_support import factorised_support as factorised_support
    from .factors_by_part import factors_by_part as factors_by_part
    from .file_context import FileContext as FileContext
    from .flatness import flatness as flatness
    from .infomec.metric import infomec as infomec
    from .irs import irs as irs, irs_sampled as irs_sampled
    from .jemmig import jemmig as jemmig
    from .knn import knn as knn
    from .linearity import linearity as linearity
    from .med import med as med
    from .metric_warnings import MetricWarning as MetricWarning
    from .mig import mig as mig, mig_ceiling as mig_ceiling
    from .mig_sup import mig_sup as mig_sup
    from .modularity_explicitness import modularity_explicitness as modularity_explicitness
    from .placement import (
        Placement as Placement,
        fit_placement as fit_placement,
        placement_error as placement_error,
    )
    from .probes import probes as probes
    from .r2 import r2 as r2
    from .reconstruction_by_part import reconstruction_by_part as reconstruction_by_part
    from .region_accuracy import region_accuracy as region_accuracy
    from .relation_accuracy import relation_accuracy as relation_accuracy
    from .representations import Representation as Representation
    from .response_maps import (
        divergence as divergence,
        mean_curvature as mean_curvature,
        response_maps as response_maps,
    )
    from .responses import responses as responses
    from .rf_vae import rf_vae as rf_vae, z_max_var as z_max_var
    from .rmig import rmig as rmig
    from .sampling import (
        FactorSampler as FactorSampler,
        FunctionFactorSampler as FunctionFactorSampler,
        GridFactorSampler as GridFactorSampler,
    )
    from .sap import sap as sap, sap_continuous as sap_continuous
    from .score_stats import RepeatedScore as RepeatedScore, ScoreStats as ScoreStats
    from .structure import structure as structure
    from .style_statistics import style_statistics as style_statistics
    from .symbol_accuracy import symbol_accuracy as symbol_accuracy
    from .udr import udr as udr
    from .unfairness import unfairness as unfairness
    from .unsupervised import unsupervised as unsupervised

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BoundMetric": "evaluate",
        "CodeFile": "codefile",
        "EvaluationResult": "evaluate",
        "FactorSampler": "sampling",
        "FileContext": "file_context",
        "FunctionFactorSampler": "sampling",
        "GridFactorSampler": "sampling",
        "MetricContext": "context",
        "MetricWarning": "metric_warnings",
        "Placement": "placement",
        "RepeatedScore": "score_stats",
        "Representation": "representations",
        "ScoreStats": "score_stats",
        "beta_vae": "beta_vae",
        "cds": "cds",
        "combination": "combination",
        "composition": "composition",
        "dci": "dci",
        "dcimig": "dcimig",
        "distances": "distances",
        "divergence": "response_maps",
        "downstream": "downstream",
        "evaluate": "evaluate",
        "factor_vae": "factor_vae",
        "factorised_support": "factorised_support",
        "factors_by_part": "factors_by_part",
        "fit_placement": "placement",
        "flatness": "flatness",
        "infomec": "infomec.metric",
        "irs": "irs",
        "irs_sampled": "irs",
        "jemmig": "jemmig",
        "knn": "knn",
        "linearity": "linearity",
        "mean_curvature": "response_maps",
        "med": "med",
        "mig": "mig",
        "mig_ceiling": "mig",
        "mig_sup": "mig_sup",
        "modularity_explicitness": "modularity_explicitness",
        "placement_error": "placement",
        "probes": "probes",
        "r2": "r2",
        "read_code_file": "codefile",
        "reconstruction_by_part": "reconstruction_by_part",
        "region_accuracy": "region_accuracy",
        "relation_accuracy": "relation_accuracy",
        "response_maps": "response_maps",
        "responses": "responses",
        "rf_vae": "rf_vae",
        "rmig": "rmig",
        "sap": "sap",
        "sap_continuous": "sap",
        "structure": "structure",
        "style_statistics": "style_statistics",
        "symbol_accuracy": "symbol_accuracy",
        "udr": "udr",
        "unfairness": "unfairness",
        "unsupervised": "unsupervised",
        "z_diff": "beta_vae",
        "z_max_var": "rf_vae",
        "z_min_var": "factor_vae",
    },
)
