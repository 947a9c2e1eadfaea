"""The latent of the commutative Lie group VAE: coordinates of one-parameter subgroups of matrices."""

from __future__ import annotations

from math import isqrt

import torch
from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..nets.layers import initialize, mlp
from ..registry import latent
from .continuous import gaussian_divergences
from .latent import Latent, standard_normal

GENERATOR_STD = 0.001  # of the generators' initial entries, as published


@latent("lie-group")
class LieGroupLatent(Latent):
    """Gaussian coordinates t; the decoder reads the matrices exp(Σ_i t_i A_i), with learned generators A_i.

    Features (B, G) are the encoder's matrices, one d × d for each subgroup. Of a subgroup's, two perceptrons
    (d² → 4d² → its coordinates) give mean and log-variance of t. Codes are t, with the prior N(0, 1); what
    the decoder reads (B, G) are the entries of the matrix exponentials.

    subgroup_sizes: the numbers d² of entries of each subgroup's matrix; dSprites 100, 3D-Shapes 400.
    subgroup_dims: how many coordinates each has; None for equal shares of latent_dim.
    Source: Zhu et al., "Commutative Lie Group VAE", ICML 2021, as in Montero et al., NeurIPS 2022.
    """

    loss_names = ("kl",)

    def __init__(
        self,
        latent_dim: int,
        *,
        subgroup_sizes: tuple[Width, ...] = (100,),
        subgroup_dims: tuple[Width, ...] | None = None,
    ) -> None:
        super().__init__(latent_dim, feature_dim=sum(subgroup_sizes))
        self.noise_dim = latent_dim
        self.subgroup_sizes = tuple(subgroup_sizes)
        self.subgroup_dims = _dims(latent_dim, self.subgroup_sizes, subgroup_dims)
        each = list(zip(self.subgroup_sizes, self.subgroup_dims, strict=True))
        self.means = nn.ModuleList(mlp(size, (4 * size,), dims, nonlin="relu") for size, dims in each)
        self.logvars = nn.ModuleList(mlp(size, (4 * size,), dims, nonlin="relu") for size, dims in each)
        initialize(self, "he")
        self.generators = nn.ParameterList(
            GENERATOR_STD * torch.randn(dims, isqrt(size), isqrt(size)) for size, dims in each
        )

    @property
    def decoder_dim(self) -> int:
        return self.feature_dim

    def distribution_params(self, features: Tensor | tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of t, each (B, latent_dim)."""
        if isinstance(features, tuple):
            return features
        parts = features.split(self.subgroup_sizes, dim=1)
        mean, logvar = (
            torch.cat([head(part) for head, part in zip(heads, parts, strict=True)], dim=1)
            for heads in (self.means, self.logvars)
        )
        return mean, logvar

    def codes(self, features: Tensor) -> Tensor:
        return self.distribution_params(features)[0]

    def draw_codes(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        mean, logvar = self.distribution_params(features)
        return mean if noise is None else torch.addcmul(mean, (0.5 * logvar).exp(), noise)

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        return self.to_decoder(self.draw_codes(features, noise))

    def to_decoder(self, codes: Tensor) -> Tensor:
        """The entries (N, G) of exp(Σ_i t_i A_i), one matrix for each subgroup."""
        parts = codes.split(self.subgroup_dims, dim=1)
        matrices = [
            torch.linalg.matrix_exp(torch.einsum("ni,iab->nab", part, generators))
            for part, generators in zip(parts, self.generators, strict=True)
        ]
        return torch.cat([one.flatten(1) for one in matrices], dim=1)

    def divergences(self, features: Tensor) -> Tensor:
        return gaussian_divergences(*self.distribution_params(features))

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        return standard_normal(n, self.latent_dim, generator, device)


def _dims(latent_dim: int, sizes: tuple[int, ...], dims: tuple[int, ...] | None) -> tuple[int, ...]:
    """The number of coordinates of each subgroup; CallError where sizes and dimensions do not fit."""
    if not sizes or any(isqrt(size) ** 2 != size for size in sizes):
        raise CallError(
            f"subgroup-sizes are numbers of entries of square matrices, such as 100 or 400; got {list(sizes)}"
        )
    if dims is None:
        if latent_dim % len(sizes):
            raise CallError(
                f"{len(sizes)} subgroups have no equal shares of {latent_dim} latent dimensions: "
                "set latent-dim to a multiple, or name the shares as subgroup-dims"
            )
        return (latent_dim // len(sizes),) * len(sizes)
    if len(dims) != len(sizes) or sum(dims) != latent_dim:
        raise CallError(
            f"subgroup-dims names one number for each of {len(sizes)} subgroups, together latent-dim "
            f"({latent_dim}); got {list(dims)}"
        )
    return tuple(dims)
