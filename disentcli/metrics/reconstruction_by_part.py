"""Reconstruction errors of each part of a split: of combinations trained on, and of those held out."""

from __future__ import annotations

from ..errors import Unsupported
from ..registry import metric
from .split_parts import SplitParts, by_part


@metric("reconstruction_by_part")
def reconstruction_by_part(split_parts: SplitParts) -> dict[str, float | str]:
    """Reconstruction errors from mean codes of each part of the split, e.g. `held_out.nll_per_image`.

    Parts: `train`, `in_distribution` (validation and test images), `held_out` (combinations of factors that
    training never shows) and `neither` (all other images). `nll_per_image`: −log p(x | z) as the decoder
    models it, in nats, summed over pixels. `least_nll_per_image`: what no decoder goes below, the entropy of
    grey pixels (0 of binary images; NaN if unknown); errors are compared as ratios after it is taken off.
    `mse_per_pixel`: squared error, averaged over pixels and channels.
    Parts hold different images, whose content changes both: compare a part across models, and
    `in_distribution` with `train`.
    Source: Montero et al., ICLR 2021 and NeurIPS 2022, which score training and held-out images.

    Raises:
        Unsupported: the model has no decoder.
    """
    scores, reasons = {}, {}
    for name in split_parts.present:
        nll, mse = split_parts.errors.of_codes(split_parts.indices[name], split_parts.codes(name))
        least = float("nan")
        try:
            least = split_parts.errors.least_nll(split_parts.indices[name])
        except Unsupported as reason:
            reasons["reason"] = str(reason)
        scores[name] = {"nll_per_image": nll, "least_nll_per_image": least, "mse_per_pixel": mse}
    return {**reasons, **by_part(split_parts, scores)}
