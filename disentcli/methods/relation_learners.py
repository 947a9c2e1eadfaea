"""Relation learners: networks that map codes of some regions, and a relation, to a code of another region."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from ..config.coercion import Width
from ..nets.layers import Nonlinearity, mlp
from ..registry import relation_learner

HIDDEN = (1024, 1024, 1024, 1024)


class RelationLearner(nn.Module):
    """ẑ = f([z_1; …; z_I; e_r]) of I codes and a relation r, with an MLP f and the one-hot e_r of r.

    Of three codes, the third is that of the operator, which says the relation: e_r is left out then.
    residual: whether ẑ = z_1 + f(…), so that what the relation does not change need not be learned.
    Source: Valenti and Bacciu (IJCNN 2022), code: four hidden layers of 1024 with tanh, not residual.
    """

    def __init__(
        self,
        latent_dim: int,
        inputs: int,
        relations: int,
        *,
        hidden: tuple[Width, ...] = HIDDEN,
        nonlin: Nonlinearity = "tanh",
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.inputs = inputs
        self.one_hot = relations if inputs == 1 else 0
        self.layers = mlp(inputs * latent_dim + self.one_hot, hidden, latent_dim, nonlin=nonlin)
        self.residual = residual

    def forward(self, codes: Tensor, relations: Tensor) -> Tensor:
        """Codes (N, D) that the relations (N,) int64 give of codes (N, I, D)."""
        read = codes.flatten(1)
        if self.one_hot:
            every = torch.arange(self.one_hot, device=codes.device)
            read = torch.cat([read, (relations[:, None] == every).to(codes.dtype)], dim=1)
        found = self.layers(read)
        return codes[:, 0] + found if self.residual else found


MakeRelationLearner = Callable[[int, int, int], RelationLearner]  # of latent_dim, inputs and relations


@relation_learner("mlp")
def mlp_relations(
    *, hidden: tuple[Width, ...] = HIDDEN, nonlin: Nonlinearity = "tanh"
) -> MakeRelationLearner:
    """ẑ = f(z, r), as published; for targets that are independent of z, its optimum is their centroid."""
    return partial(RelationLearner, hidden=hidden, nonlin=nonlin)


@relation_learner("residual")
def residual_relations(
    *, hidden: tuple[Width, ...] = HIDDEN, nonlin: Nonlinearity = "tanh"
) -> MakeRelationLearner:
    """ẑ = z + f(z, r): at first nearly the identity, so that what varies within a region is kept."""
    return partial(RelationLearner, hidden=hidden, nonlin=nonlin, residual=True)
