"""Composition operators: from the codes of two images, the code of one with a factor taken from the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import torch
from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import operator

Trained = Literal["all", "composed"]


class CompositionOperator(nn.Module, ABC):
    """z_t of a reference z_r, a command z_m (B, L), and the action a (B, n): in which factor to follow z_m.

    With it an autoencoder learns from triplets (reference, command, target) of `view/triplets`, on the task
    of Montero et al., "Lost in Latent Space", NeurIPS 2022. A code is what the decoder reads, L numbers; n is
    the number of factors.

    trained: reconstructions are learnt of `all` three images, or of the `composed` one alone, as in Montero
      et al. (ICLR 2021).
    Raises CallError where images have no factors.
    """

    def __init__(self, latent_dim: int, factor_sizes: tuple[int, ...], *, trained: Trained = "all") -> None:
        super().__init__()
        if not factor_sizes:
            raise CallError(
                "composition changes the factors of images, these data have none; take data with a grid of "
                "factors (`fig list datasets`)"
            )
        self.latent_dim = latent_dim
        self.factors = len(factor_sizes)
        self.trained = trained

    @abstractmethod
    def compose(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        """z_t (B, L) of z_r, z_m (B, L) and the action (B, n), of their type of numbers."""

    def forward(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        """`compose`, for an action of any type: bool, as the views give it."""
        return self.compose(reference, command, action.to(reference.dtype))


@operator("linear")
class LinearOperator(CompositionOperator):
    """z_t = W_r [z_r; a] + b_r + W_m [z_m; a] + b_m: 2·((L + n)·L + L) parameters."""

    def __init__(self, latent_dim: int, factor_sizes: tuple[int, ...], *, trained: Trained = "all") -> None:
        super().__init__(latent_dim, factor_sizes, trained=trained)
        inputs = latent_dim + self.factors
        self.of_reference = nn.Linear(inputs, latent_dim)
        self.of_command = nn.Linear(inputs, latent_dim)

    def compose(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        from_reference, from_command = (torch.cat([one, action], dim=1) for one in (reference, command))
        return self.of_reference(from_reference) + self.of_command(from_command)  # type: ignore[no-any-return]


@operator("interp")
class InterpolationOperator(CompositionOperator):
    """z_t = w ⊙ z_r + (1 − w) ⊙ z_m with w = σ(W [z_r; z_m; a] + b): (2L + n)·L + L parameters."""

    def __init__(self, latent_dim: int, factor_sizes: tuple[int, ...], *, trained: Trained = "all") -> None:
        super().__init__(latent_dim, factor_sizes, trained=trained)
        self.gate = nn.Linear(2 * latent_dim + self.factors, latent_dim)

    def compose(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        share = self.gate(torch.cat([reference, command, action], dim=1)).sigmoid()
        return torch.lerp(command, reference, share)


@operator("fixint")
class FixedInterpolationOperator(CompositionOperator):
    """z_t = (1 − a) ⊙ z_r + a ⊙ z_m, with zeros after a up to L numbers: code k stands for factor k.

    It has no parameters, and never takes over what stands after the first n numbers of a code.
    """

    def __init__(self, latent_dim: int, factor_sizes: tuple[int, ...], *, trained: Trained = "all") -> None:
        super().__init__(latent_dim, factor_sizes, trained=trained)
        if latent_dim < self.factors:
            raise CallError(
                f"fixint gives each of the {self.factors} factors a dimension of the code, there are "
                f"{latent_dim}: set --latent-dim to {self.factors} or more, or take another operator"
            )

    def compose(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        padded = nn.functional.pad(action, (0, self.latent_dim - self.factors))
        return torch.lerp(reference, command, padded)


@operator("mlp")
class MLPOperator(CompositionOperator):
    """z_t = W₂ ReLU(W₁ [z_r; z_m; a] + b₁) + b₂, with `hidden` units: (2L + n + 1)·h + (h + 1)·L parameters.

    The released code cannot run it: there it is given twice as many codes as actions.
    """

    def __init__(
        self,
        latent_dim: int,
        factor_sizes: tuple[int, ...],
        *,
        trained: Trained = "all",
        hidden: Width = 128,
    ) -> None:
        super().__init__(latent_dim, factor_sizes, trained=trained)
        self.layers = nn.Sequential(
            nn.Linear(2 * latent_dim + self.factors, hidden), nn.ReLU(), nn.Linear(hidden, latent_dim)
        )

    def compose(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        return self.layers(torch.cat([reference, command, action], dim=1))  # type: ignore[no-any-return]
