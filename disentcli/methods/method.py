"""What every method has: its losses and their weights, who takes turns, the codes that it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..errors import CallError
from ..suggestions import unknown
from .supervision import LabelledBatch, Supervision

Noise = Tensor | dict[str, Tensor] | None


class Method(nn.Module, ABC):
    """Networks and an objective: what training asks of them, and the codes of a trained model by name.

    `losses` is a pure function of parameters, buffers, batch and noise, so a step compiles, and models of one
    shape can be stacked and trained as one (`torch.func.functional_call`, `torch.vmap`).
    """

    short_name = "method"  # stands for the method in the names of runs
    num_views = 1  # images in an item of a batch: 2 for a method that learns from pairs
    min_batch_size = 1  # items in a batch: 2 for a method that compares them with each other
    init_images = 0  # how many training images `init_from_data` is to be given before the first step
    simultaneous = False  # whether all players' gradients are taken before any of them moves
    needs_pretrained = (
        False  # whether it goes on from the networks of another run, which `load_pretrained` gives it
    )
    representation_names: ClassVar[Mapping[str, int]]  # the representations by name: of which image of an item each is

    def __init__(self, *, reg_wt: float) -> None:
        super().__init__()
        self.reg_wt = reg_wt
        self.supervision: Supervision | None = None

    @abstractmethod
    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        """Every term of this player's objective by name, unweighted, each a scalar.

        The batch is (B, C, H, W), or (B, views, C, H, W) for a method of several views.

        Without noise, codes are the means. Training and validation draw it.
        """

    def forward(
        self, batch: Tensor, noise: Any = None, player: str = "model", labelled: LabelledBatch | None = None
    ) -> dict[str, Tensor]:
        """What a step computes: the losses, and with images whose factors are told what supervision adds.

        A module's forward is what `functional_call` and `torch.compile` take.
        """
        return self.losses(batch, noise, player)

    @abstractmethod
    def weights(self, step: int) -> dict[str, float]:
        """The weight of each term of `losses` at this step."""

    def loss_weights(self, step: int) -> dict[str, float]:
        """The weight of each term of `forward` at this step."""
        return self.weights(step)

    @abstractmethod
    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        """Codes (B, D) of a batch of items, one tensor for each name in `representation_names`."""

    def encode_as(self, images: Tensor, name: str) -> Tensor:
        """One representation (B, D) of images (B, *input_shape) as they stand at its place in an item."""
        items = images.unsqueeze(1).expand(-1, self.num_views, *images.shape[1:])
        return self.encode_all(items if self.num_views > 1 else images)[name]

    def resolve_representation(self, name: str | None) -> str | None:
        """The name of a representation: the one asked for, or the only one; None where there are several.

        Raises:
            CallError: there is none of this name.
        """
        if name is not None and name not in self.representation_names:
            raise CallError(unknown("representation", name, list(self.representation_names)))
        return (
            next(iter(self.representation_names))
            if name is None and len(self.representation_names) == 1
            else name
        )

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        """Who takes turns in a step, and the parameters that each of them moves."""
        return {"model": list(self.parameters())}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        """A player's parameters in groups with settings of their own, as torch.optim takes them.

        `clip: False` spares a group from the clipping of gradients, `scheduled: False` from the schedule of
        learning rates.
        """
        return [{"params": self.player_parameters()[player]}]

    def active_players(self, step: int) -> Sequence[str]:
        """The players of the stage that this step belongs to; a method of one stage has all of them on."""
        return tuple(self.player_parameters())

    def players_to_update(self, step: int) -> Sequence[str] | None:
        """Who moves at this step, in order; None: the whole cast, as always at the first step of a stage."""
        return None

    def init_from_data(self, images: Tensor) -> None:
        """Set parameters from training images (N, *input_shape), before the first step."""

    def load_pretrained(self, other: Method) -> None:
        """Keep networks of a method trained before, ahead of the first step; CallError if they do not fit."""
        raise CallError(f"{self.short_name} takes nothing over from another run: leave --shared out")

    def after_step(self, step: int) -> None:
        """What is done to the parameters once all have moved, such as bringing values back into range."""

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """The chance in one step, drawn before it: a tensor, several by name, or None where there is none."""
        return None

    def evaluation_noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """The chance by which `losses` are means over all of a batch, which a step may divide."""
        return self.noise(batch_size, generator, device)
