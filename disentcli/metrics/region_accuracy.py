"""Region accuracy: do codes lie in the region of the entity that their image shows?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..config.coercion import Bounds
from ..registry import metric
from .entity_images import EntityImages, RelationalModel

Share = Annotated[float, Bounds(above=0, below=1)]

NONE_ACCEPTED = "no code is as likely in its region as the least likely samples of the region are"


@dataclass(frozen=True)
class Classified:
    """The regions (N,) that codes were put in, the log-density there (N,), and where they belong (N,)."""

    regions: np.ndarray
    density: np.ndarray
    truth: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """Whether each one (N,) is where it belongs."""
        return np.asarray(self.regions == self.truth)

    def accepted(self, least: np.ndarray) -> Classified:
        """Those whose log-density is at least that of their region (K,)."""
        kept = self.density >= least[self.regions]
        return Classified(self.regions[kept], self.density[kept], self.truth[kept])

    def by_entity(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Accuracy (K,), NaN where there is nothing, and how many there are (K,), by where they belong."""
        counts = np.bincount(self.truth, minlength=count)
        right = np.bincount(self.truth[self.right], minlength=count)
        return np.where(counts > 0, right / np.maximum(counts, 1), np.nan), counts

    def scores(self) -> dict[str, float]:
        """`accuracy` of all, and `balanced_accuracy`, the mean over entities; NaN of nothing."""
        if not len(self.truth):
            return {"accuracy": float("nan"), "balanced_accuracy": float("nan")}
        by_entity, _ = self.by_entity(int(self.truth.max()) + 1)
        return {"accuracy": float(self.right.mean()), "balanced_accuracy": float(np.nanmean(by_entity))}


@metric("region_accuracy")
def region_accuracy(
    entity_images: EntityImages, *, shares: tuple[Share, ...] = (0.01, 0.05)
) -> dict[str, float | np.ndarray | str]:
    """How often the code of an image is most likely in the region of its entity: `accuracy`, over all images.

    The region is argmax_k log N(z; μ_k, Σ_k) over all regions, those of operators too. `balanced_accuracy`:
    the mean over entities. `images`: how many show an entity; each is encoded once.
    For each of `shares`, such as 0.01, a code is rejected that is less likely in its region than all but this
    share of the region's own samples (a quantile of χ² with D degrees of freedom): `accepted.rejecting_1%` is
    the share of images that are left, `accuracy.rejecting_1%` and `balanced_accuracy.rejecting_1%` are of
    these, NaN where there are none.
    Arrays: `by_entity` (K,), the accuracy of each entity, and `counts` (K,), how many images show it.
    Source: Valenti & Bacciu, IJCNN 2022 (code: "clustering accuracy"), with thresholds of the density.

    Raises:
        Unsupported: the model has no regions of entities, or no image shows one.
    """
    entity_images.model.check()
    tested = entity_images.tested
    regions, density = entity_images.model.classify(entity_images.encode(tested.indices))
    found = Classified(regions, density, tested.entities)
    by_entity, counts = found.by_entity(tested.count)
    scores: dict[str, float | np.ndarray | str] = {**found.scores(), "images": float(len(regions))}
    for name, least in rejection_levels(entity_images.model, shares).items():
        kept = found.accepted(least)
        scores[f"accepted.{name}"] = len(kept.truth) / len(found.truth)
        scores |= {f"{score}.{name}": value for score, value in kept.scores().items()}
        if not len(kept.truth):
            scores["reason"] = NONE_ACCEPTED
    return {**scores, "by_entity": by_entity, "counts": counts}


def rejection_levels(model: RelationalModel, shares: Iterable[float]) -> dict[str, np.ndarray]:
    """The least log-density (K,) that each of the shares leaves, by its name in scores.

    >>> class Half:
    ...     def quantiles(self, share):
    ...         return np.array([share])
    >>> rejection_levels(Half(), [0.01])
    {'rejecting_1%': array([0.01])}
    """
    return {f"rejecting_{100 * share:g}%": model.quantiles(share) for share in shares}
