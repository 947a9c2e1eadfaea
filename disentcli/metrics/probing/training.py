"""Training a stack of probes: minibatch Adam for so many steps, then its accuracy on test points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .probe_ensemble import ProbeStack


@dataclass(frozen=True)
class ProbeOptions:
    """How probes are built and trained; the learning rate falls to zero along a cosine."""

    hidden: int = 15
    steps: int = 3_000
    batch_size: int = 512
    lr: float = 1e-2
    scaled: bool = True  # whether codes come with mean 0 and deviation 1


def probe_accuracies(
    codes: np.ndarray,
    labels: np.ndarray,
    test_codes: np.ndarray,
    test_labels: np.ndarray,
    seeds: list[int],
    options: ProbeOptions,
) -> np.ndarray:
    """Test accuracy (S, P) of a probe for every seed and every column of labels (N, P).

    Labels are 0…K−1 of each column; others among `test_labels` are never predicted. Each seed has its own
    initial weights and its own batches, drawn with replacement.
    """
    inputs, targets = _tensor(codes, torch.float32), _tensor(labels, torch.int64)
    probes = ProbeStack(inputs.shape[1], targets.amax(0) + 1, seeds, options.hidden)
    _train(probes, inputs, targets, seeds, options)
    return _accuracies(
        probes, inputs, _tensor(test_codes, torch.float32), _tensor(test_labels, torch.int64), len(seeds)
    )


def _train(
    probes: ProbeStack, codes: Tensor, labels: Tensor, seeds: list[int], options: ProbeOptions
) -> None:
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    size = min(options.batch_size, len(codes))
    optimizer = torch.optim.Adam(probes.parameters(), lr=options.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps)
    for _ in range(options.steps):
        picks = torch.stack([torch.randint(len(codes), (size,), generator=one) for one in draws])  # (S, B)
        logits = probes(codes[picks])
        targets = labels[picks].mT.flatten(0, 1)  # (S·P, B)
        loss = functional.cross_entropy(logits, targets) * len(targets)  # the sum of the probes' means
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()


@torch.no_grad()
def _accuracies(
    probes: ProbeStack, codes: Tensor, test_codes: Tensor, labels: Tensor, seeds: int
) -> np.ndarray:
    moments = probes.moments(codes.expand(seeds, -1, -1))
    found = probes(test_codes.expand(seeds, -1, -1), moments).argmax(1).unflatten(0, (seeds, -1))  # (S, P, M)
    return (found == labels.mT).double().mean(2).numpy()


def _tensor(values: np.ndarray, dtype: torch.dtype) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values), dtype=dtype)
