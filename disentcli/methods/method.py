"""What every method has: losses and their weights, the players that a step updates, the codes it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from ..data.labelled_items import observations_of
from ..errors import CallError
from ..latents.latent import standard_normal
from ..suggestions import unknown
from .supervision import LabelledBatch, Supervision

NoiseDict = dict[str, Tensor]  # noise of several kinds, by name
Noise = Tensor | NoiseDict | None


class Method(nn.Module, ABC):
    """Networks and their objective: all that the training loop calls, and the codes of a trained model.

    `losses` is a pure function of parameters, buffers, batch and noise, so a step compiles, and models of one
    shape can be stacked and trained as one (`torch.func.functional_call`, `torch.vmap`).
    """

    short_name = "method"  # in the names of runs
    num_views = 1  # images in an item of a batch: 2 for a method that learns from pairs
    codes_per_item = 1  # for how many codes of an item `noise` is drawn: 2 where images are composed
    min_batch_size = 1  # items in a batch: 2 for a method that compares them with each other
    init_images = 0  # how many training images `init_from_data` is to be given before the first step
    simultaneous = False  # whether all players' gradients are computed before any is updated
    reads_labels = False  # whether its batches are `LabelledItems`, images with their factors
    needs_pretrained = False  # whether it goes on from another run's networks, given to `load_pretrained`
    first_stage = ""  # the configs of methods whose runs it takes, for messages
    fits_labels = False  # whether it is fitted to labelled images, before the steps of `is_fitting_step`
    representation_names: ClassVar[Mapping[str, int]]  # by name, of which image of an item each is

    def __init__(self, *, reg_wt: float) -> None:
        super().__init__()
        self.reg_wt = reg_wt
        self.supervision: Supervision | None = None
        self.frozen: tuple[str, ...] = ()  # names of the modules that `freezing.freeze` keeps as they are

    def train(self, mode: bool = True) -> Self:
        """Put all modules into training mode, but for the frozen ones, which stay in evaluation mode."""
        super().train(mode)
        for part in self.frozen:
            self.get_submodule(part).eval()
        return self

    @abstractmethod
    def losses(self, batch: Any, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        """Every term of this player's objective by name, unweighted, each a scalar.

        The batch is (B, C, H, W), or (B, views, C, H, W) for a method of several views; `LabelledItems` where
        the method reads labels.

        Without noise, codes are the means. Training and validation draw it.
        """

    def forward(
        self, batch: Any, noise: Any = None, player: str = "model", labelled: LabelledBatch | None = None
    ) -> dict[str, Tensor]:
        """The losses of a step, with a supervised term where labelled images are given.

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
        """One representation (B, D) of images (B, *input_shape) of the view that it encodes."""
        items = images.unsqueeze(1).expand(-1, self.num_views, *images.shape[1:])
        return self.encode_all(items if self.num_views > 1 else images)[name]

    def encode_items(self, items: Any, name: str) -> Tensor:
        """One representation (B, D) of single images (B, *input_shape), or of `LabelledItems` of such."""
        return self.encode_as(observations_of(items), name)

    def resolve_representation(self, name: str | None) -> str | None:
        """The name of a representation: this one if given, else the only one; None where there are several.

        Raises:
            CallError: there is none of this name.
        """
        names = list(self.representation_names)
        if name is not None and name not in names:
            raise CallError(unknown("representation", name, names))
        return names[0] if name is None and len(names) == 1 else name

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        """The players by name (one, unless the method is adversarial), and the parameters each updates."""
        return {"model": list(self.parameters())}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        """A player's parameters in groups with settings of their own, as torch.optim takes them.

        `clip: False` spares a group from the clipping of gradients, `scheduled: False` from the schedule of
        learning rates.
        """
        return [{"params": self.player_parameters()[player]}]

    def optimizer_of(self, player: str) -> str:
        """The player whose optimiser updates this one's parameters: its own, unless they share one.

        Of a shared optimiser, the parameters of this player alone move, whose moments all its players make.
        """
        return player

    def active_players(self, step: int) -> Sequence[str]:
        """The players that are trained in the phase of this step; a method of one phase trains all."""
        return tuple(self.player_parameters())

    def stage(self, step: int) -> str:
        """The stage of the training that this step is of, counted from 0, by name; "" of a method without."""
        return ""

    def players_to_update(self, step: int) -> Sequence[str] | None:
        """The players that this step updates, in order; None for all active ones."""
        return None

    def init_from_data(self, images: Tensor) -> None:
        """Set parameters from training images (N, *input_shape), before the first step."""

    def init_from_factors(self, values: Sequence[Sequence[float | str]], factors: Tensor) -> None:
        """Set what depends on the factors of the data, for a method that reads labels.

        values: what the classes of each factor mean; nothing for a factor of real numbers, or where they
          stand for themselves. factors: those of training images (N, F).
        """

    def check_labels(self, factors: Tensor) -> None:
        """CallError where it cannot be fitted to labelled images with these factors (N, F)."""

    def is_fitting_step(self, step: int) -> bool:
        """Whether `fit_labels` is called before this step."""
        return False

    def fit_labels(self, batches: Iterable[LabelledBatch]) -> None:
        """Fit what is no parameter to all labelled images; in evaluation mode and without gradients."""

    def load_pretrained(self, other: Method) -> None:
        """Take networks from a method trained before; CallError if they do not fit."""
        raise CallError(f"{self.short_name} takes nothing over from another run: leave --shared out")

    def example_batch(self, input_shape: tuple[int, ...], device: torch.device | str) -> Any:
        """A batch of two items of zeros, as `losses` takes it, for images of this shape."""
        views = (self.num_views,) if self.num_views > 1 else ()
        return torch.zeros(2, *views, *input_shape, device=device)

    def prepare_step(self, batch: Tensor, noise: Any, step: int) -> Noise:
        """The noise of a training step, with what must be computed on the host before it.

        It is called between `noise` and `losses`, outside of what is compiled or captured.
        """
        return noise

    def after_step(self, step: int) -> None:
        """Called after the parameters are updated, to advance a buffer or bring values back into range."""

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """The random numbers of one step, drawn before it: a tensor, several by name, or None."""
        return None

    def evaluation_noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """The random numbers for an evaluation: as `noise`, but `losses` then use all of the batch."""
        return self.noise(batch_size, generator, device)


def get_noise(noise: NoiseDict | None, kind: str) -> Tensor | None:
    """This kind of noise; None where there is none: codes are means then."""
    return None if noise is None else noise.get(kind)


def normal_noise(noise: NoiseDict | None, kind: str, n: int, like: Tensor) -> Tensor:
    """Standard normal numbers (n, D) given as this kind of noise; without noise always the same ones."""
    given = get_noise(noise, kind)
    if given is not None:
        return given
    return standard_normal(n, like.shape[1], torch.Generator().manual_seed(0), like.device).to(like.dtype)
