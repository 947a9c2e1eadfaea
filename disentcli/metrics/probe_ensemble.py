"""Many probes of one shape, trained as one module with stacked weights, and their accuracy on test points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

EPS = 1e-5  # of batch normalisation
Moments = list[tuple[Tensor, Tensor]]
"""Mean and variance (…, 1) of what each batch normalisation got from the training points."""


class ProbeEnsemble(nn.Module):
    """S × P classifiers of codes (D,), P of them for each seed: the probe of Sanchez et al. (ECCV 2020).

    Linear(D → hidden), BN, ReLU, Linear(hidden → K), BN, ReLU, Linear(K → K), with PyTorch's initialisation.
    The P probes have `classes` (P,) many; K is the most of them, and what is beyond a probe's own is masked.
    A bias before batch normalisation would do nothing and is left out.
    """

    mask: Tensor

    def __init__(self, dim: int, classes: Tensor, seeds: list[int], hidden: int) -> None:
        super().__init__()
        most, self.count, self.hidden = int(classes.max()), len(classes), hidden
        draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        per_seed, per_probe = (len(seeds), self.count * hidden), (len(seeds) * self.count, most)
        mask = (torch.arange(most) < classes[:, None]).repeat(len(seeds), 1)[..., None]
        self.register_buffer("mask", mask)  # (S·P, K, 1)
        reach = classes.repeat(len(seeds))[:, None, None] ** -0.5
        self.first = nn.Parameter(_uniform((self.count * hidden, dim), draws) * dim**-0.5)
        self.second = nn.Parameter(self._stacked(most, hidden, draws) * hidden**-0.5)
        self.third = nn.Parameter(self._stacked(most, most, draws) * reach)
        self.bias = nn.Parameter(self._stacked(most, 1, draws) * reach)
        self.scales = nn.ParameterList(torch.ones(*shape, 1) for shape in (per_seed, per_probe))
        self.shifts = nn.ParameterList(torch.zeros(*shape, 1) for shape in (per_seed, per_probe))

    def forward(self, codes: Tensor, moments: Moments | None = None) -> Tensor:
        """Logits (S·P, K, B) of codes (S, B, D), normalised by their own moments or by those given."""
        hidden = self.first @ codes.mT  # (S, P·hidden, B): points last, so that BN is a layer norm
        hidden = self._normalised(hidden, 0, moments).relu().unflatten(1, (self.count, self.hidden))
        hidden = self.second @ hidden.flatten(0, 1)  # (S·P, K, B)
        hidden = self._normalised(hidden, 1, moments).relu() * self.mask
        return (self.third @ hidden + self.bias).masked_fill(~self.mask, -torch.inf)

    @torch.no_grad()
    def moments(self, codes: Tensor) -> Moments:
        """What each normalisation gets from these codes (S, N, D)."""
        first = self.first @ codes.mT
        hidden = self._normalised(first, 0, None).relu().unflatten(1, (self.count, self.hidden))
        second = self.second @ hidden.flatten(0, 1)
        return [
            (one.mean(2, keepdim=True), one.var(2, correction=0, keepdim=True)) for one in (first, second)
        ]

    def _normalised(self, values: Tensor, layer: int, moments: Moments | None) -> Tensor:
        if moments is None:
            normal = functional.layer_norm(values, values.shape[-1:], eps=EPS)
        else:
            mean, variance = moments[layer]
            normal = (values - mean) * (variance + EPS).rsqrt()
        return normal * self.scales[layer] + self.shifts[layer]

    def _stacked(self, rows: int, columns: int, draws: list[torch.Generator]) -> Tensor:
        return _uniform((self.count, rows, columns), draws).flatten(0, 1)


def _uniform(shape: tuple[int, ...], draws: list[torch.Generator]) -> Tensor:
    """(S, *shape) in [−1, 1), each seed's part from its own generator."""
    return torch.stack([torch.rand(shape, generator=one) for one in draws]) * 2 - 1


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
    probes = ProbeEnsemble(inputs.shape[1], targets.amax(0) + 1, seeds, options.hidden)
    _train(probes, inputs, targets, seeds, options)
    return _accuracies(
        probes, inputs, _tensor(test_codes, torch.float32), _tensor(test_labels, torch.int64), len(seeds)
    )


def _train(
    probes: ProbeEnsemble, codes: Tensor, labels: Tensor, seeds: list[int], options: ProbeOptions
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
    probes: ProbeEnsemble, codes: Tensor, test_codes: Tensor, labels: Tensor, seeds: int
) -> np.ndarray:
    moments = probes.moments(codes.expand(seeds, -1, -1))
    found = probes(test_codes.expand(seeds, -1, -1), moments).argmax(1).unflatten(0, (seeds, -1))  # (S, P, M)
    return (found == labels.mT).double().mean(2).numpy()


def _tensor(values: np.ndarray, dtype: torch.dtype) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(values), dtype=dtype)
