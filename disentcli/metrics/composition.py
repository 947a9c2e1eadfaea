"""Composed images: do they show the asked factor of the command and all others of the reference?"""

from __future__ import annotations

import numpy as np

from ..config.coercion import Count
from ..data.views.triplets import composition_triplets
from ..errors import Unsupported
from ..registry import metric
from .split_parts import NEITHER, TRAIN, SplitParts, by_part


@metric("composition")
def composition(split_parts: SplitParts, *, triplets: Count = 1000) -> dict[str, float | str]:
    """Errors of composed images against their true targets, by the part that these are of: `held_out.asked`.

    Of each part, `triplets` triplets are drawn: a reference and a command that training shows, and a target,
    which is the reference with one factor as the command has it. `nll_per_image`, `mse_per_pixel`: of the
    composed image, as in `reconstruction_by_part`. `asked`: how often it has the command's value of the asked
    factor; `asked.<factor>` where that was asked; `others`: how often another factor is still that of the
    reference, over all of these. The asked factor is read off as its value in the nearest, by squared error,
    of the real images that differ from the target in it alone; then each other one likewise.
    Source: the task of Montero et al., NeurIPS 2022, who never score what is composed.

    Raises:
        Unsupported: the model composes no images, or the data are not a full grid.
    """
    split_parts.composer.check()
    scores, reasons = {}, []
    for part in split_parts.present:
        if part == NEITHER:
            continue
        try:
            scores[part] = _scores(split_parts, part, triplets)
        except Unsupported as reason:
            reasons.append(str(reason))
    found = by_part(split_parts, scores)
    return {**found, "reason": "; ".join(reasons)} if reasons else found


def _scores(parts: SplitParts, part: str, count: int) -> dict[str, float]:
    drawn = composition_triplets(parts.dataset, parts.every[TRAIN], parts.every[part], count, parts.seed)
    action = drawn.changed.numpy()
    nll, mse, right = parts.composer.of_triplets(drawn.indices.numpy(), action)
    others = ~action & np.array([size > 1 for size in parts.dataset.factor_sizes])
    scores = {
        "nll_per_image": nll,
        "mse_per_pixel": mse,
        "asked": float(right[action].mean()),
        "others": float(right[others].mean()),
    }
    for column, name in enumerate(parts.dataset.factor_names):
        if action[:, column].any():
            scores[f"asked.{name}"] = float(right[action[:, column], column].mean())
    return scores
