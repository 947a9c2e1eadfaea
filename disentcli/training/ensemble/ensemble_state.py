"""Training states of one architecture that take every step as one: stacked, or one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from ...methods.method import Noise
from ..cuda_graph import CUDAGraphStep, StepFn
from ..loss_log import NotFinite
from ..optim import clippable_parameters
from ..state import TrainingState, weighted_sum
from .compatibility import check_stackable
from .stacked_losses import StackedLossLog, StackedLossWeights
from .stacked_model import StackedModel, stack_noise
from .stacked_optimizer import StackedOptimizer, clip_per_run, parameters_of

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
SMALL = 1_000_000  # parameters; by benchmarks/many.py 0.2 million gain on a CPU, 5.5 million do not
PLAYERS = ("model",)  # runs of methods with several players are not stacked


class EnsembleState:
    """R training states at one step, which take every further step as one.

    Each run has the noise, weights, clipping and losses that it would have alone, and comes to the same
    place but for rounding. Between `unstack_to_runs`s the states themselves stay behind.

    Raises:
        CallError: they cannot be trained as one.
    """

    def __init__(self, states: Sequence[TrainingState]) -> None:
        check_stackable(states)
        self.states = list(states)
        self.step = states[0].step
        self._step_impl = VmapStep(states) if should_stack(states) else SequentialStep(states)

    @property
    def failures(self) -> dict[int, NotFinite]:
        """The runs whose losses stopped being finite, by their place in `states`; known once losses are read.

        The others are not touched: to go on with them, unstack and make a new state of them.
        """
        return self._step_impl.failures

    def step_batch(self, batches: Tensor) -> None:
        """Take a step of every run on its own batch of (R, B, …); nothing here waits for the device."""
        self._step_impl.step_batch(self.step, batches)
        self.step += 1

    def read_losses(self) -> None:
        """Fetch the losses since the last time into each state's loss log, in one transfer."""
        self._step_impl.read_losses()

    def unstack_to_runs(self) -> None:
        """Bring each state to this step with all that it holds, so that it can be saved or go on alone."""
        self._step_impl.unstack_to_runs(self.step)


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


class SequentialStep:
    """The step of R training states, one after another: where stacking them would be slower."""

    def __init__(self, states: Sequence[TrainingState]) -> None:
        self.states = list(states)
        self.failures: dict[int, NotFinite] = {}

    def step_batch(self, step: int, batches: Tensor) -> None:
        """Take each run's step on its batch of (R, B, …), but for those that have failed."""
        for run, (state, batch) in enumerate(zip(self.states, batches.unbind(), strict=True)):
            if run not in self.failures:
                try:
                    state.step_batch(batch)
                except NotFinite as failure:
                    self.failures[run] = failure

    def read_losses(self) -> None:
        """Fetch the losses of every run."""
        for run, state in enumerate(self.states):
            if run not in self.failures:
                try:
                    state.loss_log.read()
                except NotFinite as failure:
                    self.failures[run] = failure

    def unstack_to_runs(self, step: int) -> None:
        """Read the losses; each state is at this step already."""
        self.read_losses()


class VmapStep:
    """The step of R training states as one step over stacked parameters.

    The gradient of each run's parameters is that of its own total, since the totals are summed, and the
    optimiser is elementwise. Noise is drawn by each run's own generator. Where the runs' own steps would be
    CUDA graphs (`--compile graph`), this one is.
    """

    def __init__(self, states: Sequence[TrainingState]) -> None:
        first = states[0]
        self.states = list(states)
        self.models = [state.model for state in states]
        self.model = StackedModel(self.models)
        optimizers = [next(iter(state.optimizers.values())) for state in states]
        names = {id(parameter): name for name, parameter in first.model.named_parameters()}
        stacked = [self.model.parameters[names[id(one)]] for one in parameters_of(optimizers[0])]
        self.optimizer = StackedOptimizer(optimizers, stacked)
        self._clipped = clippable_parameters(self.optimizer.one)
        (self._start_rates,) = first.start_rates.values()
        self.weights = StackedLossWeights(first.device)
        self.update_players: StepFn = self._update_players
        if isinstance(first.update_players, CUDAGraphStep):
            self.update_players = CUDAGraphStep(self._update_players, [self.optimizer.one])
        self.loss_logs = StackedLossLog([state.loss_log for state in states])
        self._losses: dict[str, Tensor] = {}

    def step_batch(self, step: int, batches: Tensor) -> None:
        """Take the step of all runs that follows `step` steps, on batches (R, B, …)."""
        self._set_rates(step)
        batch_size = batches.shape[1]
        noises = [state.model.noise(batch_size, state.generator, state.device) for state in self.states]
        terms, weights = self.weights([model.loss_weights(step) for model in self.models])
        weighted = dict.fromkeys(terms, 1.0)
        self._losses = self.update_players(PLAYERS, weighted, batches, stack_noise(noises), weights)
        self.model.after_step(step)
        self.loss_logs.add(step + 1, self._losses)

    def _update_players(
        self, _: Sequence[str], weighted: Mapping[str, object], batches: Tensor, noise: Noise, weights: Tensor
    ) -> dict[str, Tensor]:
        """All that the device does in a step, after the batches; `weights` (T, R) are of `weighted` terms."""
        losses = self.model.losses(batches, noise)
        totals = weighted_sum(losses, dict(zip(weighted, weights.unbind(), strict=True)))
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
        """Fetch the losses of every run."""
        self.loss_logs.read()

    def unstack_to_runs(self, step: int) -> None:
        """Give each state what is its own, as if it had come to this step alone."""
        if not self._losses:  # no step was taken
            return
        self.loss_logs.read()
        self.model.unstack_to_runs()
        self.optimizer.unstack_to_runs()
        for run, state in enumerate(self.states):
            state.set_step(step, {term: loss[run].clone() for term, loss in self._losses.items()})
