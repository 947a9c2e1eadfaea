"""The order of training batches: a pure function of seed and step, so that any step can be resumed."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..device import send
from ..errors import CallError


class SeededBatchSampler:
    """Batches of `indices`: each epoch is a new permutation, its incomplete last batch left out.

    With `weights`, one of each index, an epoch is as many draws with replacement instead. Epoch e is drawn
    from a generator seeded with (seed, e); the current one is kept on `device`, which should be the dataset's
    `index_device`.
    """

    def __init__(
        self,
        indices: np.ndarray | Tensor,
        batch_size: int,
        seed: int,
        *,
        weights: np.ndarray | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        if not 1 <= batch_size <= len(indices):
            raise CallError(
                f"the batch size {batch_size:,} does not fit the training split of {len(indices):,} items; "
                "set --dataset.batch-size"
            )
        self.batch_size = batch_size
        self.seed = seed
        self.batches_per_epoch = len(indices) // batch_size
        self._indices = torch.as_tensor(indices, dtype=torch.int64, device="cpu")
        self._cumulative = None if weights is None else _cumulative(weights, len(indices))
        self._device = torch.device(device)
        self._epoch = -1
        self._drawn = self._indices

    def batch(self, step: int) -> Tensor:
        """The int64 indices (batch_size,) of this step (counted from 0), on `device`."""
        epoch, place = divmod(step, self.batches_per_epoch)
        if epoch != self._epoch:
            self._drawn = send(self._draw(epoch), self._device)
            self._epoch = epoch
        return self._drawn[place * self.batch_size : (place + 1) * self.batch_size]

    def _draw(self, epoch: int) -> Tensor:
        mixed = np.random.SeedSequence([self.seed % 2**64, epoch]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(mixed[0]))
        if self._cumulative is None:
            return self._indices[torch.randperm(len(self._indices), generator=generator)]
        uniform = torch.rand(len(self._indices), generator=generator, dtype=torch.float64)
        return self._indices[torch.searchsorted(self._cumulative, uniform, right=True)]


def _cumulative(weights: np.ndarray, count: int) -> Tensor:
    """The distribution function (count,) float64, which ends with exactly 1."""
    sums = np.cumsum(weights, dtype=np.float64)
    if sums.shape != (count,) or not (np.asarray(weights) >= 0).all() or not 0 < sums[-1] < np.inf:
        raise CallError(
            f"the weights must be {count:,} numbers, none below 0 and not all 0; got {np.shape(weights)}"
        )
    return torch.from_numpy(sums / sums[-1])
