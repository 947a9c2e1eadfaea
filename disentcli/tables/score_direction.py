"""Whether a higher or a lower value of a score is better, for all scores in one place."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

Better = Literal["higher", "lower"]

# the whole objective is missing on purpose: it means something else for each method
# pattern of "<metric>.<score>" → better; the first that fits decides, None: neither way
RULES: dict[str, Better | None] = {
    "*.num_active_dims": None,
    "*.ceiling": None,
    "losses.reconstruction": "lower",
    "reconstruction.psnr*": "higher",
    "reconstruction.ssim*": "higher",
    "reconstruction.*": "lower",
    "fid.*": "lower",
    "frechet_pixels.*": "lower",
    "factorised_support.*": "lower",
    "jemmig.jemmig_inverted": "higher",
    "jemmig.*": "lower",
    "unfairness.*": "lower",
    "unsupervised.*": "lower",
    "flatness.flatness*": "higher",
    "distances.*_ground_latent_*": "higher",
    "reconstruction_by_part.*least_nll_per_image": None,
    "reconstruction_by_part.*": "lower",
    "factors_by_part.*": "higher",
    "combination.verdict": None,
    "combination.*": "lower",
    "composition.*asked*": "higher",
    "composition.*others": "higher",
    "composition.psnr*": "higher",
    "composition.*": "lower",
    "beta_vae.*": "higher",
    "cds.*": "higher",
    "dci.*": "higher",
    "dcimig.*": "higher",
    "downstream.*": "higher",
    "factor_vae.*": "higher",
    "infomec.*": "higher",
    "irs.*": "higher",
    "irs_sampled.*": "higher",
    "linearity.*": "higher",
    "med.*": "higher",
    "mig.*": "higher",
    "mig_sup.*": "higher",
    "modularity_explicitness.*": "higher",
    "r2.*": "higher",
    "responses.*": "higher",
    "rf_vae.*": "higher",
    "rmig.*": "higher",
    "sap.*": "higher",
    "sap_continuous.*": "higher",
    "structure.*": "lower",
    "udr.*": "higher",
    "z_diff.*": "higher",
    "z_max_var.*": "higher",
    "z_min_var.*": "higher",
}


def better(name: str) -> Better | None:
    """Whether a higher or a lower value of this score is better, as tables call it; None: not known.

    >>> better("mig"), better("eval-val reconstruction.mse_per_pixel"), better("losses.kl")
    ('higher', 'lower', None)
    >>> better("composition.psnr"), better("composition.train.mse_per_pixel"), better("combination.verdict")
    ('higher', 'lower', None)
    """
    score = name.rpartition(" ")[2]
    full = score if "." in score else f"{score}.{score}"
    return next((way for pattern, way in RULES.items() if fnmatchcase(full, pattern)), None)


def arrow(name: str) -> str:
    """↑, ↓ or nothing, to be written behind the name of a score."""
    return {"higher": " ↑", "lower": " ↓", None: ""}[better(name)]
