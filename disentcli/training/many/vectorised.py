"""Many runs as one vectorised model: one forward, one backward and one optimiser for all."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..clipping import clippable
from ..ledger import NotFinite
from ..state import TrainingState
from .clipping import clip_each
from .ledgers import Ledgers
from .objective import Objective
from .stacked_model import StackedModel
from .stacked_optimizer import StackedOptimizer, listed


class Vectorised:
    """The step of R training states as one step over stacked parameters.

    Runs share nothing but the call: totals are summed, so that the gradient of each run's parameters is that
    of its own total, and the optimiser is elementwise. Noise is drawn by each run's own generator.
    """

    def __init__(self, states: Sequence[TrainingState]) -> None:
        first = states[0]
        self.states = list(states)
        self.models = [state.model for state in states]
        self.model = StackedModel(self.models)
        optimizers = [next(iter(state.optimizers.values())) for state in states]
        names = {id(parameter): name for name, parameter in first.model.named_parameters()}
        stacked = [self.model.parameters[names[id(one)]] for one in listed(optimizers[0])]
        self.optimizer = StackedOptimizer(optimizers, stacked)
        self._clipped = clippable(self.optimizer.one)
        (self._start_rates,) = first.start_rates.values()
        self.objective = Objective(first.device)
        self.ledgers = Ledgers([state.ledger for state in states])
        self._rows: dict[str, Tensor] = {}

    def take_step(self, step: int, batches: Tensor) -> None:
        """Everyone's step from `step`, counted from 0, on batches (R, B, …)."""
        first = self.states[0]
        self._set_rates(step)
        batch_size = batches.shape[1]
        noises = [state.model.noise(batch_size, state.generator, state.device) for state in self.states]
        losses = self.model.losses(batches, noises)
        totals = self.objective.totals(losses, [model.all_weights(step) for model in self.models])
        self.optimizer.one.zero_grad()
        totals.sum().backward()
        clip_each(first.clip, self._clipped)
        self.optimizer.one.step()
        self.model.settle(step)
        self._rows = {"loss": totals.detach(), **{term: loss.detach() for term, loss in losses.items()}}
        self.ledgers.add(step + 1, self._rows)

    def _set_rates(self, step: int) -> None:
        first = self.states[0]
        if first.schedule is not None:
            for group, start in zip(self.optimizer.one.param_groups, self._start_rates, strict=True):
                if group.get("scheduled", True):
                    group["lr"] = first.schedule(start, step, first.budget)

    @property
    def failures(self) -> dict[int, NotFinite]:
        """Runs whose losses stopped being finite."""
        return self.ledgers.failures

    def read_losses(self) -> None:
        """Fetch every run's losses."""
        self.ledgers.read()

    def share_out(self, step: int) -> None:
        """Everything back in the states, as if each had come to this step alone."""
        if not self._rows:  # no step was taken
            return
        self.ledgers.read()
        self.model.share_out()
        self.optimizer.share_out()
        for run, state in enumerate(self.states):
            state.arrive(step, {term: loss[run].clone() for term, loss in self._rows.items()})
