"""Codebooks of discrete latents: learned scalars or vectors, and the nearest entry to a feature."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import CallError


class ScalarCodebooks(nn.Module):
    """A codebook V_j of scalars for each latent dimension j, or a shared one; evenly spaced on [-1/2, 1/2].

    `values` holds them one after another. `optimize=False` makes it a buffer, which nothing moves.
    """

    values: Tensor
    index_table: Tensor  # (D, V) places in `values`; a shorter codebook is filled up with its first place
    starts: Tensor  # (D,) where each codebook begins

    def __init__(self, sizes: tuple[int, ...], *, shared: bool = False, optimize: bool = True) -> None:
        super().__init__()
        _check_sizes(sizes)
        self.sizes = sizes
        stored = sizes[:1] if shared else sizes
        values = torch.cat([torch.linspace(-0.5, 0.5, size) for size in stored])
        if optimize:
            self.values = nn.Parameter(values)
        else:
            self.register_buffer("values", values)
        lengths = torch.tensor(sizes)
        starts = torch.zeros_like(lengths) if shared else lengths.cumsum(0) - lengths
        steps = torch.arange(max(sizes))
        index_table = starts[:, None] + torch.where(steps < lengths[:, None], steps, 0)
        self.register_buffer("starts", starts, persistent=False)
        self.register_buffer("index_table", index_table, persistent=False)

    def nearest(self, features: Tensor) -> Tensor:
        """k_j = argmin_v |z_j - V_jv| of z (N, D), the lowest index where two are as near: (N, D) int64."""
        tables = self.values.detach()[self.index_table]  # (D, V)
        return (features.detach().unsqueeze(-1) - tables).abs().argmin(-1)

    def forward(self, indices: Tensor) -> Tensor:
        """The values at these indices, (N, D) → (N, D)."""
        return self.values[self.starts + indices]

    def for_dimension(self, dimension: int) -> Tensor:
        """The codebook (V_j,) of one dimension."""
        start = int(self.starts[dimension])
        return self.values[start : start + self.sizes[dimension]]


class VectorCodebook(nn.Module):
    """A table of K vectors of length E, shared by all latent dimensions; U(±√(3/E)), so of variance 1/E."""

    values: Tensor

    def __init__(self, num_embeddings: int, embedding_size: int, latent_dim: int) -> None:
        super().__init__()
        _check_sizes((num_embeddings,))
        if embedding_size < 1:
            raise CallError(f"embedding-size must be at least 1, got {embedding_size}")
        self.sizes = (num_embeddings,) * latent_dim
        self.embedding_size = embedding_size
        bound = (3 / embedding_size) ** 0.5
        self.values = nn.Parameter(torch.empty(num_embeddings, embedding_size).uniform_(-bound, bound))

    def nearest(self, features: Tensor) -> Tensor:
        """k_j = argmin_k ‖z_j - e_k‖² of z (N, D·E), the lowest index at a tie: (N, D) int64."""
        table = self.values.detach()
        vectors = features.detach().unflatten(-1, (-1, self.embedding_size))  # (N, D, E)
        return (table.square().sum(-1) - 2 * vectors @ table.T).argmin(-1)  # ‖z‖² is the same for all

    def forward(self, indices: Tensor) -> Tensor:
        """The vectors at these indices, one after another: (N, D) → (N, D·E)."""
        return self.values[indices].flatten(-2)

    def for_dimension(self, dimension: int) -> Tensor:
        """The table (K, E): the same for every dimension."""
        return self.values


def _check_sizes(sizes: tuple[int, ...]) -> None:
    if min(sizes, default=0) < 2:
        raise CallError(f"a codebook needs at least 2 values, got {min(sizes, default=0)}")
