"""Many probes of one shape as one module: their weights are stacked, each step is three batched products."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

EPS = 1e-5  # of batch normalisation
Moments = list[tuple[Tensor, Tensor]]
"""Mean and variance (…, 1) of what each batch normalisation got from the training points."""


class ProbeStack(nn.Module):
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
