"""Many runs in one process, one after another at every step: where stacking them would be slower."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..loss_log import NotFinite
from ..state import TrainingState


class SequentialStep:
    """The step of R training states, each by itself."""

    def __init__(self, states: Sequence[TrainingState]) -> None:
        self.states = list(states)
        self.failures: dict[int, NotFinite] = {}

    def step_batch(self, step: int, batches: Tensor) -> None:
        """Each run's step on its batch of (R, B, …); a run that has failed stands still."""
        for run, (state, batch) in enumerate(zip(self.states, batches.unbind(), strict=True)):
            if run not in self.failures:
                try:
                    state.step_batch(batch)
                except NotFinite as failure:
                    self.failures[run] = failure

    def read_losses(self) -> None:
        """Fetch every run's losses."""
        for run, state in enumerate(self.states):
            if run not in self.failures:
                try:
                    state.loss_log.read()
                except NotFinite as failure:
                    self.failures[run] = failure

    def unstack_to_runs(self, step: int) -> None:
        """Everything is in place."""
        self.read_losses()
