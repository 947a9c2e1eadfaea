"""Many runs as one vectorised model: one forward, one backward and one optimiser for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ...methods.method import Noise
from ..clipping import clippable
from ..ledger import NotFinite
from ..recording import Recorder, TakeTurns
from ..state import TrainingState, weighted_sum
from .clipping import clip_each
from .ledgers import Ledgers
from .stacked_model import StackedModel, stack_noise
from .stacked_optimizer import StackedOptimizer, listed
from .weights import StackedWeights

PLAYERS = ("model",)  # of methods whose players take turns, runs are not stacked


class Vectorised:
    """The step of R training states as one step over stacked parameters.

    Runs share nothing but the call: totals are summed, so that the gradient of each run's parameters is that
    of its own total, and the optimiser is elementwise. Noise is drawn by each run's own generator. Where the
    runs' own steps would be recorded (`--compile graph`), this one is.
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
        self.weights = StackedWeights(first.device)
        self.take_turns: TakeTurns = self._take_turns
        if isinstance(first.take_turns, Recorder):
            self.take_turns = Recorder(self._take_turns, [self.optimizer.one])
        self.ledgers = Ledgers([state.ledger for state in states])
        self._rows: dict[str, Tensor] = {}

    def take_step(self, step: int, batches: Tensor) -> None:
        """Everyone's step from `step`, counted from 0, on batches (R, B, …)."""
        self._set_rates(step)
        batch_size = batches.shape[1]
        noises = [state.model.noise(batch_size, state.generator, state.device) for state in self.states]
        terms, weights = self.weights([model.all_weights(step) for model in self.models])
        weigh = dict.fromkeys(terms, 1.0)
        self._rows = self.take_turns(PLAYERS, weigh, batches, stack_noise(noises), weights)
        self.model.settle(step)
        self.ledgers.add(step + 1, self._rows)

    def _take_turns(
        self, _: Sequence[str], weigh: Mapping[str, object], batches: Tensor, noise: Noise, weights: Tensor
    ) -> dict[str, Tensor]:
        """All that the device does in a step, from its batches on; `weights` (T, R) of terms to `weigh`."""
        losses = self.model.losses(batches, noise)
        totals = weighted_sum(losses, dict(zip(weigh, weights.unbind(), strict=True)))
        self.optimizer.one.zero_grad()
        totals.sum().backward()
        clip_each(self.states[0].clip, self._clipped)
        self.optimizer.one.step()
        return {"loss": totals.detach(), **{term: loss.detach() for term, loss in losses.items()}}

    def _set_rates(self, step: int) -> None:
        first = self.states[0]
        if first.schedule is not None:
            for group, start in zip(self.optimizer.one.param_groups, self._start_rates, strict=True):
                if group.get("scheduled", True):
                    group["lr"] = first.scheduled_rate(start, step)

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
