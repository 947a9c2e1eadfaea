"""A training step as one CUDA graph: its kernels are captured once, then replayed without Python."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, optim
from torch.utils import _pytree as pytree

Losses = dict[str, Tensor]
Weights = Mapping[str, float | Tensor]
StepFn = Callable[..., Losses]  # (players, weights, batch, noise, labelled)

WARM_UP = 3  # steps before a capture, in which libraries choose algorithms and optimisers make their state

_log = logging.getLogger(__name__)


@dataclass
class CapturedStep:
    """The memory that a captured step reads and writes, and the function that replays it."""

    inputs: list[Tensor]
    scalars: Tensor  # weights of terms, then learning rates
    scalar_values: list[float]  # what `scalars` hold
    losses: Losses
    replay: Callable[[], None]


class CUDAGraphStep:
    """Updates the players of a training state: three times as it is written, from then on by a CUDA graph.

    What differs from step to step (batch, noise, labels, weights, learning rates) is copied to where the
    graph reads it; its losses are overwritten by its next replay. Each set of players and of weighted terms
    has a graph of its own. A step that cannot be captured, as one with an operation that waits for the
    device, is computed as it is written, with one warning.

    Source: "Whole-network capture", CUDA semantics, PyTorch's documentation.
    """

    def __init__(self, update_players: StepFn, optimizers: Iterable[optim.Optimizer]) -> None:
        self.update_players = update_players
        self.optimizers = list(optimizers)
        self.captures = True
        self._seen: dict[Hashable, int] = {}
        self._captured: dict[Hashable, CapturedStep] = {}

    def __call__(self, players: Sequence[str], weights: Mapping[str, float], *inputs: Any) -> Losses:
        """Update these players, and return the losses; `inputs` are batch, noise and labels."""
        weighted = {term: weight for term, weight in weights.items() if weight}
        key = (*players, None, *weighted)
        self._seen[key] = self._seen.get(key, 0) + 1
        if not self.captures:
            return self.update_players(players, weights, *inputs)
        if self._seen[key] <= WARM_UP:
            with on_side_stream():
                return self.update_players(players, weights, *inputs)
        if key not in self._captured:
            try:
                self._captured[key] = self._capture(players, weighted, inputs)
            except Exception as error:  # optimisers and libraries refuse in ways of their own
                self.captures = False
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                _log.warning("the step is not captured as a CUDA graph, it goes on as written: %s", reason)
                return self.update_players(players, weights, *inputs)
        return self._replay(self._captured[key], weighted, inputs)

    def _capture(
        self, players: Sequence[str], weights: Mapping[str, float], inputs: tuple[Any, ...]
    ) -> CapturedStep:
        """Capture the update of these players, which computes nothing yet."""
        held = pytree.tree_map_only(Tensor, torch.clone, inputs)
        leaves = _tensors(held)
        values = self._scalar_values(weights)
        scalars = torch.tensor(values, device=leaves[0].device)
        weight_tensors = dict(zip(weights, scalars.unbind(), strict=False))

        def step() -> Losses:
            with capturable(self._groups(), scalars[len(weights) :].unbind()):
                return self.update_players(players, weight_tensors, *held)

        losses, replay = capture(step)
        return CapturedStep(leaves, scalars, values, losses, replay)

    def _replay(
        self, captured: CapturedStep, weights: Mapping[str, float], inputs: tuple[Any, ...]
    ) -> Losses:
        """Copy what has changed to where the captured step reads it, and replay it."""
        for held, given in zip(captured.inputs, _tensors(inputs), strict=True):
            held.copy_(given, non_blocking=True)
        values = self._scalar_values(weights)
        if values != captured.scalar_values:
            captured.scalars.copy_(torch.tensor(values), non_blocking=True)
            captured.scalar_values = values
        captured.replay()
        return captured.losses

    def _groups(self) -> list[dict[str, Any]]:
        """The parameter groups as they are now: loading a checkpoint replaces them."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def _scalar_values(self, weights: Mapping[str, float]) -> list[float]:
        return [*map(float, weights.values()), *(float(group["lr"]) for group in self._groups())]


def capture(function: Callable[[], Losses]) -> tuple[Losses, Callable[[], None]]:
    """The losses that a function returns, not computed yet, and what computes them; an error if it waits."""
    here, graph = torch.cuda.current_stream(), torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            losses = function()
    except Exception as error:
        torch.cuda.set_stream(here)  # where ending a capture fails too, that is left undone
        raise error.__context__ or error from None  # what was refused, not that it could not be ended
    return losses, graph.replay


@contextmanager
def on_side_stream() -> Iterator[None]:
    """Run on another stream, after all that was queued before and before all that is queued after."""
    here, side = torch.cuda.current_stream(), _side_stream()
    side.wait_stream(here)
    with torch.cuda.stream(side):
        yield
    here.wait_stream(side)


@cache
def _side_stream() -> torch.cuda.Stream:
    """One stream for all, since memory is kept for each stream."""
    return torch.cuda.Stream()


@contextmanager
def capturable(groups: Sequence[dict[str, Any]], rates: Sequence[Tensor]) -> Iterator[None]:
    """Have optimisers read their learning rates from these tensors, and decide nothing on the host."""
    previous = [dict(group) for group in groups]
    for group, rate in zip(groups, rates, strict=True):
        group["lr"] = rate
        if "capturable" in group:
            group["capturable"] = True
    try:
        yield
    finally:
        for group, was in zip(groups, previous, strict=True):
            group.update(was)


def _tensors(inputs: Any) -> list[Tensor]:
    return [leaf for leaf in pytree.tree_leaves(inputs) if isinstance(leaf, Tensor)]
