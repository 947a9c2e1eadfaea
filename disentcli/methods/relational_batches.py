"""Codes of regions from which relations are learned: those that go in, and the one that comes out."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from ..data.relations import Relation, Relations
from ..device import to_widest_float
from ..errors import CallError
from ..latents.region_priors import GaussianRegions
from .method import NoiseDict

Pairing = Literal["independent", "transport"]


class RelationalBatch(NamedTuple):
    """Codes that go in (N, I, D), by which relation (N,) int64, and codes that should come out (N, D)."""

    inputs: Tensor
    relations: Tensor
    targets: Tensor


class RelationalBatches(nn.Module):
    """Draws codes of the regions that relations lead from, and of those that they lead to.

    Of each relation as many sources are drawn, all for which it is defined being equally likely, and of each
    source a code of its region. A binary relation has three: of its two operands and of its operator.

    pairing: `independent`, another sample of the target's region, as published; `transport`, the image of
      the first code under the optimal transport map of its region to the target's, given by `fit`.
    size: sources of each relation in a batch.
    """

    sources: Tensor  # (R, M, I): regions of the codes that go in, by relation and case
    targets: Tensor  # (R, M): region of what comes out
    cases: Tensor  # (R,): how many of the M there are of each relation
    transported: Tensor  # (R, M, D, D): A L of the source's L, where the pairing is `transport`
    floor: Tensor  # (): the least mean squared error, where a region's codes say of which region they are

    def __init__(self, relations: Relations, latent_dim: int, *, size: int, pairing: Pairing) -> None:
        super().__init__()
        self.size = size
        self.pairing = pairing
        self.latent_dim = latent_dim
        tables = [_cases(relations, one) for one in relations]
        widths = {sources.shape[1] for sources, _ in tables}
        if len(widths) != 1:
            raise CallError("relations are all unary or all binary in one model: leave those of one kind out")
        self.inputs = widths.pop()
        most = max(len(targets) for _, targets in tables)
        self.register_buffer("sources", _padded([one for one, _ in tables], most), persistent=False)
        self.register_buffer("targets", _padded([one for _, one in tables], most), persistent=False)
        self.register_buffer("cases", torch.tensor([len(targets) for _, targets in tables]), persistent=False)
        self.register_buffer("floor", torch.zeros(()))
        transported = (*self.targets.shape, latent_dim, latent_dim) if pairing == "transport" else (0,)
        self.register_buffer("transported", torch.zeros(transported))

    def noise(self, generator: torch.Generator | None, device: torch.device | str | None) -> NoiseDict:
        """`cases`, uniform numbers (R, size), and `offsets`, standard normal (R, size, I + 1, D)."""
        drawn_on = device if generator is None else generator.device
        shape = (len(self.cases), self.size)
        cases = torch.rand(shape, generator=generator, device=drawn_on)
        offsets = torch.randn(*shape, self.inputs + 1, self.latent_dim, generator=generator, device=drawn_on)
        return {"cases": cases.to(device), "offsets": offsets.to(device)}

    def fit(self, regions: GaussianRegions) -> None:
        """Compute the maps and the floor for these regions."""
        covariances = to_widest_float(regions.cholesky) @ to_widest_float(regions.cholesky).mT
        if self.pairing == "transport":
            for relation, (sources, targets) in enumerate(zip(self.sources, self.targets, strict=True)):
                first = sources[:, 0]
                maps = transport_maps(covariances[first], covariances[targets])
                self.transported[relation].copy_(maps @ to_widest_float(regions.cholesky[first]))
            return
        traces = covariances.diagonal(dim1=1, dim2=2).sum(1) / self.latent_dim
        known = torch.arange(self.targets.shape[1], device=self.cases.device) < self.cases[:, None]
        means = (traces[self.targets] * known).sum(1) / self.cases
        self.floor.copy_(means.mean())

    def draw(self, regions: GaussianRegions, cases: Tensor, offsets: Tensor) -> RelationalBatch:
        """The batch (N = R·size) that this noise makes of the regions."""
        counts = self.cases[:, None]
        places = (cases * counts).long().minimum(counts - 1)
        relations = torch.arange(len(counts), device=places.device)[:, None].expand_as(places)
        sources, targets = self.sources[relations, places], self.targets[relations, places]
        inputs = _at(regions.means[sources], regions.cholesky[sources], offsets[:, :, :-1])
        if self.pairing == "transport":
            outputs = _at(regions.means[targets], self.transported[relations, places], offsets[:, :, 0])
        else:
            outputs = _at(regions.means[targets], regions.cholesky[targets], offsets[:, :, -1])
        return RelationalBatch(inputs.flatten(0, 1), relations.flatten(), outputs.flatten(0, 1))


def transport_maps(sources: Tensor, targets: Tensor) -> Tensor:
    """A (…, D, D) of the optimal transport x ↦ μ' + A (x − μ) from N(μ, Σ) to N(μ', Σ'), for Σ, Σ' (…, D, D).

    A = Σ^(−½) (Σ^½ Σ' Σ^½)^½ Σ^(−½); symmetric, with A Σ A = Σ'. (Knott & Smith 1984; Peyré & Cuturi,
    "Computational Optimal Transport", 2019, remark 2.31.)

    >>> transport_maps(torch.eye(2), 4 * torch.eye(2))
    tensor([[2., 0.],
            [0., 2.]])
    """
    root, inverse = _power(sources, 0.5), _power(sources, -0.5)
    return inverse @ _power(root @ targets @ root, 0.5) @ inverse


def _power(matrices: Tensor, exponent: float) -> Tensor:
    """A power of symmetric matrices without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrices)
    return (vectors * values.clamp(min=0)[..., None, :] ** exponent) @ vectors.mT


def _at(means: Tensor, factors: Tensor, offsets: Tensor) -> Tensor:
    """μ + L ε."""
    return means + (factors @ offsets[..., None])[..., 0]


def _cases(relations: Relations, one: Relation) -> tuple[Tensor, Tensor]:
    """Regions that go in (n, I) and come out (n,), for all sources for which the relation is defined."""
    sources = relations.sources(one)
    if one.arity == 1:
        return sources[:, None], one.table[sources]
    if one.operator is None:
        raise CallError(
            f"the relation {one.name!r} has no operator, from which it is read: name the entity of its "
            f"symbol, as in relations.{one.name}.operator"
        )
    operators = torch.full((len(sources), 1), one.operator)
    return torch.cat([sources, operators], dim=1), one.table[sources[:, 0], sources[:, 1]]


def _padded(tables: list[Tensor], length: int) -> Tensor:
    """Tables (n_r, …) in one (R, length, …), with zeros behind each."""
    stacked = tables[0].new_zeros(len(tables), length, *tables[0].shape[1:])
    for place, table in enumerate(tables):
        stacked[place, : len(table)] = table
    return stacked
