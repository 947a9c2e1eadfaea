"""Many runs as one vectorised model: one forward, one backward and one optimiser for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ...methods.method import Noise
from ..cuda_graph import CUDAGraphStep, StepFn
from ..loss_log import NotFinite
from ..optim import clippable_parameters
from ..state import TrainingState, weighted_sum
from .clip_per_run import clip_per_run
from .stacked_loss_log import StackedLossLog
from .stacked_model import StackedModel, stack_noise
from .stacked_optimizer import StackedOptimizer, listed
from .stacked_weights import StackedLossWeights

PLAYERS = ("model",)  # of methods whose players take turns, runs are not stacked


class VmapStep:
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
        self._clipped = clippable_parameters(self.optimizer.one)
        (self._start_rates,) = first.start_rates.values()
        self.weights = StackedLossWeights(first.device)
        self.update_players: StepFn = self._update_players
        if isinstance(first.update_players, CUDAGraphStep):
            self.update_players = CUDAGraphStep(self._update_players, [self.optimizer.one])
        self.loss_logs = StackedLossLog([state.loss_log for state in states])
        self._rows: dict[str, Tensor] = {}

    def step_batch(self, step: int, batches: Tensor) -> None:
        """Everyone's step from `step`, counted from 0, on batches (R, B, …)."""
        self._set_rates(step)
        batch_size = batches.shape[1]
        noises = [state.model.noise(batch_size, state.generator, state.device) for state in self.states]
        terms, weights = self.weights([model.loss_weights(step) for model in self.models])
        weigh = dict.fromkeys(terms, 1.0)
        self._rows = self.update_players(PLAYERS, weigh, batches, stack_noise(noises), weights)
        self.model.after_step(step)
        self.loss_logs.add(step + 1, self._rows)

    def _update_players(
        self, _: Sequence[str], weigh: Mapping[str, object], batches: Tensor, noise: Noise, weights: Tensor
    ) -> dict[str, Tensor]:
        """All that the device does in a step, from its batches on; `weights` (T, R) of terms to `weigh`."""
        losses = self.model.losses(batches, noise)
        totals = weighted_sum(losses, dict(zip(weigh, weights.unbind(), strict=True)))
        self.optimizer.one.zero_grad()
        totals.sum().backward()
        clip_per_run(self.states[0].clip, self._clipped)
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
        return self.loss_logs.failures

    def read_losses(self) -> None:
        """Fetch every run's losses."""
        self.loss_logs.read()

    def unstack_to_runs(self, step: int) -> None:
        """Everything back in the states, as if each had come to this step alone."""
        if not self._rows:  # no step was taken
            return
        self.loss_logs.read()
        self.model.unstack_to_runs()
        self.optimizer.unstack_to_runs()
        for run, state in enumerate(self.states):
            state.set_step(step, {term: loss[run].clone() for term, loss in self._rows.items()})
