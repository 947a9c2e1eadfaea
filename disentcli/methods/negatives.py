"""Others to be paired with: orders of a batch in which nobody stays in place."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import CallError


def shifts(n: int, count: int, device: torch.device | str | None = None) -> Tensor:
    """(count, n): i meets i + 1, then i + 2, …, around the batch; always the same."""
    places = torch.arange(n, device=device)
    return (places + 1 + torch.arange(count, device=device)[:, None]) % n


def derangements(
    n: int, count: int, generator: torch.Generator | None, device: torch.device | str | None = None
) -> Tensor:
    """(count, n): as `shifts`, around a random ring of the batch: no fixed points, `count` different others.

    Drawn where the generator lives.

    Raises:
        CallError: the batch has not so many others.
    """
    if n <= count:
        raise CallError(
            f"a batch of {n} has {n - 1} others to be paired with, not {count}; "
            "raise --dataset.batch-size or lower negative-count"
        )
    drawn_on = device if generator is None else generator.device
    ring = torch.rand(n, generator=generator, device=drawn_on).argsort()
    return ring[shifts(n, count, drawn_on)][:, ring.argsort()].to(device)
