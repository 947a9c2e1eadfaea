"""Batches for many runs at once: to each its own, as it would get it alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...data.batch_sampler import SeededBatchSampler
from .ensemble_run import EnsembleRun


class StackedBatches:
    """Gathered by one call where all runs share their data, else run by run."""

    def __init__(self, members: Sequence[EnsembleRun]) -> None:
        self._orders = [
            SeededBatchSampler(
                member.splits.train,
                member.options.batch_size,
                member.options.seed,
                weights=member.splits.weights,
                device=member.dataset.index_device,
            )
            for member in members
        ]
        self._datasets = [member.dataset for member in members]
        self._shared = all(dataset is self._datasets[0] for dataset in self._datasets)

    def batch(self, step: int) -> Tensor:
        """(R, B, C, H, W), or whatever else an item is, of this step, counted from 0."""
        indices, draw_step = [order.batch(step) for order in self._orders], step + 1
        if self._shared:
            items = self._datasets[0].batch(torch.cat(indices), draw_step)
        else:
            pairs = zip(self._datasets, indices, strict=True)
            items = torch.cat([dataset.batch(one, draw_step) for dataset, one in pairs])
        return items.unflatten(0, (len(indices), -1))
