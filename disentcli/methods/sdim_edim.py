"""SDIM and then EDIM, as one run."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import CallError
from ..nets.mi_networks import FeatureMapEncoder
from ..registry import method
from .edim import EDIM
from .method import Method, NoiseDict
from .mi_base import TwoViewMethod
from .sdim import SDIM

PHASES = ("shared", "exclusive")


@method("sdim-edim")
class SDIMThenEDIM(Method):
    """SDIM for `shared_steps` steps (the player `shared`), then EDIM (the player `exclusive`), as one run.

    The shared encoders are the same modules in both phases; in the second they are frozen (ECCV 2020).
    """

    short_name = "sdim-edim"
    num_views = 2
    representation_names = MappingProxyType({"S_X": 0, "S_Y": 1, "E_X": 0, "E_Y": 1})

    def __init__(self, sdim: SDIM, edim: EDIM, *, shared_steps: int = 15_008) -> None:
        if not isinstance(sdim, SDIM) or not isinstance(edim, EDIM):
            raise CallError("sdim-edim needs `_type: method/sdim` below sdim and method/edim below edim")
        super().__init__(reg_wt=edim.reg_wt)
        edim.load_pretrained(sdim)
        # `stages` is the name in checkpoints
        self.stages = nn.ModuleDict({"shared": sdim, "exclusive": edim})
        self.shared_steps = shared_steps
        self.min_batch_size = max(sdim.min_batch_size, edim.min_batch_size)

    def stage(self, step: int) -> str:
        """The phase of this step, by the name of its player."""
        return PHASES[step >= self.shared_steps]

    def active_players(self, step: int) -> Sequence[str]:
        return (self.stage(step),)

    def losses(
        self, batch: Tensor, noise: NoiseDict | None = None, player: str = "shared"
    ) -> dict[str, Tensor]:
        theirs = {name: one for name, one in (noise or {}).items() if name.startswith(f"{player}/")}
        own = {name.partition("/")[2]: one for name, one in theirs.items()}
        found: dict[str, Tensor] = self.stages[player](batch, own or None)
        return found

    def weights(self, step: int) -> dict[str, float]:
        return self._method_of(self.stage(step)).weights(step)

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        return {name: self._method_of(name).player_parameters()["model"] for name in PHASES}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        return self._method_of(player).param_groups("model")

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """The noise of both phases, as "<phase>/<kind>"."""
        drawn: dict[str, Any] = {
            name: self._method_of(name).noise(batch_size, generator, device) or {} for name in PHASES
        }
        return {f"{name}/{kind}": one for name, noise in drawn.items() for kind, one in noise.items()}

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        return self._method_of("exclusive").encode_all(batch)

    def shared_encoders(self) -> list[FeatureMapEncoder]:
        return self._method_of("shared").shared_encoders()

    def load_pretrained(self, other: Method) -> None:
        raise CallError("sdim-edim trains its shared encoders itself: leave --shared out, or take m/edim")

    def _method_of(self, phase: str) -> TwoViewMethod:
        found = self.stages[phase]
        assert isinstance(found, TwoViewMethod)
        return found
