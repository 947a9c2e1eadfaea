"""Training states of one architecture, stepped as one."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ..loss_log import NotFinite
from ..state import TrainingState
from .compatibility import check_stackable
from .sequential_step import SequentialStep
from .vmap_step import VmapStep

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
SMALL = 1_000_000  # parameters; by benchmarks/many.py 0.2 million gain on a CPU, 5.5 million do not


class EnsembleState:
    """R training states at one step, which take every further step together.

    Each run has the noise, weights, clipping and losses that it would have alone, and comes to the same
    place but for rounding. Between `unstack_to_runs`s the states themselves stay behind.

    Raises:
        CallError: they cannot be trained as one.
    """

    def __init__(self, states: Sequence[TrainingState]) -> None:
        check_stackable(states)
        self.states = list(states)
        self.step = states[0].step
        self._way = VmapStep(states) if should_stack(states) else SequentialStep(states)

    @property
    def failures(self) -> dict[int, NotFinite]:
        """By their place in `states`, runs whose losses stopped being finite; the others are not touched.

        It is known once losses are read. To go on without them, share out and stack the others anew.
        """
        return self._way.failures

    def step_batch(self, batches: Tensor) -> None:
        """A step of every run on its own batch of (R, B, …); nothing here waits for the device."""
        self._way.step_batch(self.step, batches)
        self.step += 1

    def read_losses(self) -> None:
        """Fetch the losses since the last time into each state's ledger, in one transfer."""
        self._way.read_losses()

    def unstack_to_runs(self) -> None:
        """Bring each state to this step, with all that belongs to it: it can be saved, and go on alone."""
        self._way.unstack_to_runs(self.step)


def should_stack(states: Sequence[TrainingState]) -> bool:
    """Whether one step of a stack is quicker than a step of each.

    On a GPU it is, which small models leave idle. On a CPU it is for small networks without convolutions,
    whose steps are mostly calls; others are mostly arithmetic, which a stack does no quicker.
    """
    model = states[0].model
    if len(states) == 1:
        return False
    if states[0].device.type != "cpu":
        return True
    convolutional = any(isinstance(module, CONVOLUTIONS) for module in model.modules())
    return not convolutional and sum(one.numel() for one in model.parameters()) < SMALL
