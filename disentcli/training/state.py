"""The state of a training run at one step (model, optimisers, noise, losses), and the step itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn, optim

from ..errors import DisentError
from ..methods.freezing import trainable_groups, trainable_parameters
from ..methods.method import Method, Noise
from ..methods.supervision import LabelledBatch
from ..runs.checkpoint import load_weights
from .compile import OWN_GRAPHS, Mode, check_mode, compiled, warn_not_compiled
from .cuda_graph import CUDAGraphStep, StepFn, Weights
from .loss_log import LossLog, NotFinite
from .optim import GradientClipping, MakeOptimizer, Schedule, clippable_parameters
from .rng import derive_seed, make_generator, random_state, restore_random_state

Players = Mapping[str, list[nn.Parameter]]
CODES_OF_BEST = (
    "drawn"  # codes of the best validation loss; former checkpoints used mean codes without saying so
)


class TrainingState:
    """Model, an optimiser for each player, noise generator, losses since the last record, and the step.

    The schedule of the learning rates is as long as the budget, or `schedule_steps`.
    """

    def __init__(
        self,
        model: Method,
        make_optimizer: MakeOptimizer,
        schedule: Schedule | None = None,
        *,
        budget: int,
        schedule_steps: int | None = None,
        seed: int = 0,
        clip: GradientClipping | None = None,
        accumulate: int = 1,
    ) -> None:
        self.model = model
        self.player_parameters: Players = trainable_parameters(model)
        self.has_stages = type(model).active_players is not Method.active_players
        self._players: Sequence[str] = tuple(self.player_parameters)  # of this step's stage
        self.optimizers = {
            name: make_optimizer(trainable_groups(model, name))
            for name in self.player_parameters
            if model.optimizer_of(name) == name
        }
        self._clipped = {name: clippable_parameters(optimizer) for name, optimizer in self.optimizers.items()}
        self.schedule = schedule
        self.budget = budget
        self.schedule_steps = budget if schedule_steps is None else schedule_steps
        self.seed = seed
        self.clip = clip or GradientClipping()
        self.accumulate = accumulate
        self.device = next(model.parameters()).device
        self.generator = make_generator(seed, "noise", device=self.device)
        self.loss_log = LossLog()
        self._losses: dict[str, Tensor] = {}  # of the last step
        self.step = 0
        self.best_loss = math.inf
        self.best_step: int | None = None
        self.best_term = "loss"  # of the validation, of which that is the value
        self.best_is_comparable = True  # whether its loss was computed as validation computes it now
        self.start_rates = {name: _rates(optimizer) for name, optimizer in self.optimizers.items()}
        self.forward: Callable[..., dict[str, Tensor]] = model  # or the model compiled
        self.update_players: StepFn = self._update_players  # or a CUDAGraphStep

    def step_batch(self, batch: Any, labelled: LabelledBatch | None = None) -> None:
        """Train on this batch, and log the losses; nothing waits for the device, unless in `prepare_step`.

        The batch is what `item_reader` gives; `labelled` is for a method with supervision. For a player that
        is not updated at this step, the losses of its last update are logged again, as long as its stage
        lasts.
        """
        model = self.model
        if self.has_stages:
            self._enter_stage()
        if self.schedule is not None:
            self._set_rates()
        drawn: Any
        if self.accumulate == 1:
            drawn = self._draw_noise(batch)
        else:
            batch = parts_of(batch, self.accumulate)
            drawn = [self._draw_noise(part) for part in batch]
        losses = self.update_players(
            self._players_of_step(), model.loss_weights(self.step), batch, drawn, labelled
        )
        self._losses.update(losses)
        model.after_step(self.step)
        self.step += 1
        self.loss_log.add(self.step, self._losses)

    def _draw_noise(self, batch: Any) -> Noise:
        model = self.model
        noise = model.noise(model.codes_per_item * len(batch), self.generator, self.device)
        return model.prepare_step(batch, noise, self.step)

    def _enter_stage(self) -> None:
        """Find the players of this step's stage; a new one begins without losses, and without a best one."""
        self._players = self._not_frozen(self.model.active_players(self.step))
        if self.step and self._players != self._not_frozen(self.model.active_players(self.step - 1)):
            self._losses = {}
            self.set_best(None, None)

    def _players_of_step(self) -> Sequence[str]:
        """Those that this step updates; where all of them are frozen, the others of the stage."""
        named = self.model.players_to_update(self.step)
        return (self._not_frozen(named) if named else ()) or self._players

    def _not_frozen(self, players: Sequence[str]) -> Sequence[str]:
        return [player for player in players if player in self.player_parameters]

    def _update_players(
        self,
        players: Sequence[str],
        weights: Weights,
        batch: Any,
        noise: Noise,
        labelled: LabelledBatch | None,
    ) -> dict[str, Tensor]:
        """Update these players, and return their losses: all that the device does in a step after the batch.

        A player's losses are those before its own update; of simultaneous players, those before any update.
        """
        found = {}
        for player in players:
            losses = self._gradients(player, weights, batch, noise, labelled)
            if not self.model.simultaneous:
                self._optimizer_step(player)
            prefix = "" if player == "model" else f"{player}/"
            found.update({prefix + term: loss.detach() for term, loss in losses.items()})
        for player in players if self.model.simultaneous else ():
            self._optimizer_step(player)
        return found

    def _optimizer_step(self, player: str) -> None:
        """Clip the player's gradients, and update its parameters."""
        owner = self.model.optimizer_of(player)
        self.clip(self._clipped[owner])
        self.optimizers[owner].step()

    def _gradients(
        self, player: str, weights: Weights, batch: Any, noise: Any, labelled: LabelledBatch | None
    ) -> dict[str, Tensor]:
        """The player's losses, with their gradients; of a batch in parts, the means over all of its items."""
        if not isinstance(batch, list):
            return self._forward_backward(player, weights, (batch, noise, player, labelled))
        count, means = sum(map(len, batch)), dict[str, Tensor]()
        for number, (part, drawn) in enumerate(zip(batch, noise, strict=True)):
            share, inputs = len(part) / count, (part, drawn, player, labelled)
            losses = self._forward_backward(player, weights, inputs, share, adds=number > 0)
            for term, loss in losses.items():
                mean = share * loss.detach()
                means[term] = means[term] + mean if term in means else mean
        return means

    def _forward_backward(
        self,
        player: str,
        weights: Weights,
        inputs: tuple[Any, ...],
        share: float = 1.0,
        *,
        adds: bool = False,
    ) -> dict[str, Tensor]:
        """The player's `loss` and its terms, with `share` of the gradients left at its parameters.

        With `adds` they are added to those that are there. Where the compiled losses fail, they are computed
        as written from now on.
        """
        optimizer = self.optimizers[self.model.optimizer_of(player)]
        if not adds:
            optimizer.zero_grad()  # before the losses, which then take the memory of old gradients
        try:
            losses = self.forward(*inputs)
            total = weighted_sum(losses, weights)
            scaled = total if share == 1.0 else share * total
            if len(self.player_parameters) == 1:
                scaled.backward()
            else:  # one player's objective must not fill the gradients of another
                scaled.backward(inputs=self.player_parameters[player])
        except Exception as error:
            if self.forward is self.model or _is_capturing(self.device):
                raise
            self.forward = self.model
            # raises what is no fault of compiling
            losses = self._forward_backward(player, weights, inputs, share, adds=adds)
            warn_not_compiled(self.model, error)
            return losses
        return {"loss": total, **losses}

    def _set_rates(self) -> None:
        for name, optimizer in self.optimizers.items():
            for group, start in zip(optimizer.param_groups, self.start_rates[name], strict=True):
                if group.get("scheduled", True):
                    group["lr"] = self.scheduled_rate(start, self.step)

    def scheduled_rate(self, start: float, step: int) -> float:
        """The learning rate of this step, counted from 0; after the schedule's end it stays at its last."""
        if self.schedule is None:
            return start
        return self.schedule(start, min(step, self.schedule_steps - 1), self.schedule_steps)

    def compile(self, mode: bool | Mode) -> None:
        """Compile the training step when the first one is taken; weights, files and keys stay as they are.

        mode: `true`: losses and gradients by torch.compile, and on CUDA the whole step as one CUDA graph.
          `graph`: the CUDA graph alone, which takes a second instead of a minute. Otherwise a mode of
          torch.compile; `reduce-overhead` and `max-autotune` make their own graphs of forward and backward.
          A step that does not compile is computed as it is written, with one warning.

        Raises:
            CallError: `graph` on a device without CUDA graphs.
        """
        if not mode:
            return
        check_mode(mode, self.device)
        on_cuda = self.device.type == "cuda"
        if mode != "graph":
            self.forward = compiled(self.model, None if mode is True else mode, on_cuda)
        if on_cuda and mode not in OWN_GRAPHS:
            self.update_players = CUDAGraphStep(self.update_players, self.optimizers.values())

    def set_step(self, step: int, losses: dict[str, Tensor]) -> None:
        """Set the step and its losses, where another object has trained model and optimisers up to it."""
        self.step = step
        self._losses = losses

    def learning_rates(self) -> dict[str, float]:
        """The learning rates of the last step, by the tags of the records: `lr`, or `<player>/lr`."""
        tags = {name: "lr" if name == "model" else f"{name}/lr" for name in self.optimizers}
        return {tags[name]: _rates(optimizer)[0] for name, optimizer in self.optimizers.items()}

    def state_dict(self, validation_loss: float | None = None) -> dict[str, Any]:
        """What a checkpoint holds: tensors, numbers and strings only.

        Raises:
            NotFinite: a loss or a weight is not finite; such a state must not be saved.
        """
        loss_log = self.loss_log.state()
        model = self.model.state_dict()
        self._check_weights(model)
        return {
            "schema": 1,
            "step": self.step,
            "model": model,
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
            "learning_rates": self.learning_rates(),
            "noise": {"device": self.device.type, "state": self.generator.get_state()},
            "random": random_state(),
            "ledger": loss_log,
            "losses": dict(self._losses),
            "validation_loss": validation_loss,
            "best": {
                "step": self.best_step,
                "loss": self.best_loss,
                "term": self.best_term,
                "codes": CODES_OF_BEST,
            },
        }

    def _check_weights(self, model: Mapping[str, Tensor]) -> None:
        floats = {name: value for name, value in model.items() if value.is_floating_point()}
        finite = torch.stack([value.isfinite().all() for value in floats.values()]).tolist()
        for name, fine in zip(floats, finite, strict=True):
            if not fine:
                raise NotFinite(self.step, f"the weight {name}", math.nan)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint. Optimiser settings (lr, …) stay those of the config, moments are loaded.

        Raises:
            DisentError: the checkpoint is of another network.
        """
        load_weights(self.model, state["model"])
        for name, optimizer in self.optimizers.items():
            settings = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
            optimizer.load_state_dict(state["optimizers"][name])
            for group, own in zip(optimizer.param_groups, settings, strict=True):
                group.update(own)
        noise = state["noise"]
        if noise["device"] == self.device.type:
            self.generator.set_state(noise["state"])
        else:  # another kind of device has another generator: go on reproducibly from here
            self.generator.manual_seed(derive_seed(self.seed, "noise", state["step"]))
        restore_random_state(state["random"])
        self.loss_log.restore(state["ledger"])
        self._losses = {term: loss.to(self.device) for term, loss in state.get("losses", {}).items()}
        self.step = state["step"]
        self.set_best(state["best"]["step"], state["best"]["loss"])
        self.best_term = state["best"].get("term", "loss")
        self.best_is_comparable = state["best"].get("codes") == CODES_OF_BEST

    def set_best(self, step: int | None, loss: float | None) -> None:
        """Set which checkpoint has the least validation loss, and that loss; None where there is none."""
        self.best_step, self.best_loss = step, math.inf if loss is None else loss
        self.best_is_comparable = True


def parts_of(batch: Any, count: int) -> list[Any]:
    """A batch (B, …) in so many parts, of sizes that differ by one item at most."""
    ends = [len(batch) * number // count for number in range(count + 1)]
    return [batch[begin:end] for begin, end in pairwise(ends)]


def weighted_sum(losses: Mapping[str, Tensor], weights: Weights) -> Tensor:
    """Σ wₜ·ℓₜ over the terms; one without a weight is only recorded. A weight on the device is never read."""
    total: Tensor | None = None
    for term, loss in losses.items():
        weight = weights.get(term, 0.0)
        if isinstance(weight, Tensor) or weight:
            weighted = loss * weight if isinstance(weight, Tensor) or weight != 1 else loss
            total = weighted if total is None else total + weighted
    if total is None:
        raise DisentError("all weights of the objective are 0: there is nothing to train")
    return total


def _is_capturing(device: torch.device) -> bool:
    """Whether a CUDA graph is being captured, whose failure says nothing of what is compiled."""
    return device.type == "cuda" and torch.cuda.is_current_stream_capturing()


def _rates(optimizer: optim.Optimizer) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]
