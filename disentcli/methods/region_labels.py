"""Which region a sample of the prior is from, and whether each entity has labels enough for one."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ..data.entities import Entities
from ..data.labelled_items import Batch, LabelledItems
from ..errors import CallError
from ..latents.region_priors import FittedRegions

LabelPolicy = Literal["uniform", "true", "first"]


def regions_of_samples(
    policy: LabelPolicy, batch: Batch, noise: Tensor, *, entities: Entities, prior: FittedRegions
) -> Tensor | None:
    """The regions (B,) that samples of the prior are from; None for all of them, equally likely.

    With the policy `true`, an image without entity has a region at random, as if the policy were `uniform`.
    """
    if policy == "first":
        return torch.zeros(len(noise), dtype=torch.int64, device=noise.device)
    if policy == "uniform" or not isinstance(batch, LabelledItems):
        return None
    true = entities.of_factors(batch.factors[:, 0])
    return torch.where(true < 0, prior.region_from_noise(noise), true)


def check_labels_of_regions(factors: Tensor, *, entities: Entities, least: int) -> None:
    """CallError where an entity has fewer labelled images, of factors (N, F), than a region is fitted to."""
    labels = entities.of_factors(factors)
    counts = torch.bincount(labels[labels >= 0], minlength=entities.count)
    poorest = int(counts.argmin())
    if counts[poorest] < least:
        raise CallError(
            f"a region is fitted to {least} labelled images or more, the entity "
            f"{entities.label(poorest)!r} has {int(counts[poorest])} of {len(labels):,}: give more "
            "labels (--split.labels), or fewer bins (--model.entities)"
        )
