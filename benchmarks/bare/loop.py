"""The bare loop: gather uint8 rows, convert, loss, backward, step; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Bare:
    """What differs between networks: the loss of a batch, the optimiser, how a batch is gathered."""

    loss: Callable[[Tensor], Tensor]
    optimizer: torch.optim.Optimizer
    clipped: list[nn.Parameter] | None = None  # each entry of their gradients at 1
    pairs: bool = False


def block(bare: Bare, images: Tensor, batch_size: int, steps: int) -> Callable[[], None]:
    """So many steps on random batches of uint8 images (N, H, W, C), pairs of them, or vectors (N, D)."""
    order = torch.randperm(len(images), device=images.device)
    place = 0

    def run() -> None:
        nonlocal place
        for _ in range(steps):
            place = place + batch_size if place + 2 * batch_size <= len(order) else 0
            drawn = order[place : place + batch_size]
            if bare.pairs:
                drawn = torch.stack([drawn, of_the_same_class(drawn, len(images))], dim=1).flatten()
            x = images[drawn]
            if x.ndim == 4:
                x = x.permute(0, 3, 1, 2).float().div_(255)
            if bare.pairs:
                x = x.unflatten(0, (-1, 2))
            loss = bare.loss(x)
            bare.optimizer.zero_grad()
            loss.backward()
            if bare.clipped is not None:
                nn.utils.clip_grad_value_(bare.clipped, 1.0)
            bare.optimizer.step()
        if images.device.type == "cuda":
            torch.cuda.synchronize(images.device)

    return run


def of_the_same_class(places: Tensor, count: int, classes: int = 10) -> Tensor:
    """Images drawn from those of each one's class, which is its place modulo the number of classes."""
    return places % classes + classes * torch.randint(count // classes, places.shape, device=places.device)
