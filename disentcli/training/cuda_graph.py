"""A training step on a GPU as one CUDA graph: its kernels are recorded once, then replayed without Python."""

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
StepFn = Callable[..., Losses]  # (turns, weights, batch, noise, labelled)

WARM_UP = 3  # steps before a recording, in which libraries choose algorithms and optimisers make their state

_log = logging.getLogger(__name__)


@dataclass
class CapturedStep:
    """The memory that a recorded step reads and writes, and what runs it again."""

    inputs: list[Tensor]
    numbers: Tensor  # weights of terms, then learning rates
    told: list[float]  # what `numbers` are
    rows: Losses
    replay: Callable[[], None]


class CUDAGraphStep:
    """Takes the turns of a state's players: three times as they are written, from then on as a recording.

    What differs from step to step (batch, noise, labels, weights, learning rates) is copied to where the
    recording reads it; its losses are overwritten by its next replay. Each set of players and of weighted
    terms has a recording of its own. What cannot be recorded, such as an operation that waits for the device,
    is computed as it is written, with one warning.

    Source: "Whole-network capture", CUDA semantics, PyTorch's documentation.
    """

    def __init__(self, update_players: StepFn, optimizers: Iterable[optim.Optimizer]) -> None:
        self.update_players = update_players
        self.optimizers = list(optimizers)
        self.records = True
        self._seen: dict[Hashable, int] = {}
        self._recordings: dict[Hashable, CapturedStep] = {}

    def __call__(self, turns: Sequence[str], weights: Mapping[str, float], *inputs: Any) -> Losses:
        """The losses of this step, once its players have moved; `inputs` are batch, noise and labels."""
        weighted = {term: weight for term, weight in weights.items() if weight}
        key = (*turns, None, *weighted)
        self._seen[key] = self._seen.get(key, 0) + 1
        if not self.records:
            return self.update_players(turns, weights, *inputs)
        if self._seen[key] <= WARM_UP:
            with on_side_stream():
                return self.update_players(turns, weights, *inputs)
        if key not in self._recordings:
            try:
                self._recordings[key] = self._record(turns, weighted, inputs)
            except Exception as error:  # optimisers and libraries refuse in ways of their own
                self.records = False
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                _log.warning("the step is not recorded as a CUDA graph, it goes on as written: %s", reason)
                return self.update_players(turns, weights, *inputs)
        return self._replay(self._recordings[key], weighted, inputs)

    def _record(
        self, turns: Sequence[str], weights: Mapping[str, float], inputs: tuple[Any, ...]
    ) -> CapturedStep:
        """Nothing is computed yet."""
        held = pytree.tree_map_only(Tensor, torch.clone, inputs)
        leaves = _tensors(held)
        told = self._numbers(weights)
        numbers = torch.tensor(told, device=leaves[0].device)
        scalars = dict(zip(weights, numbers.unbind(), strict=False))

        def step() -> Losses:
            with capturable(self._groups(), numbers[len(weights) :].unbind()):
                return self.update_players(turns, scalars, *held)

        rows, replay = capture(step)
        return CapturedStep(leaves, numbers, told, rows, replay)

    def _replay(
        self, recording: CapturedStep, weights: Mapping[str, float], inputs: tuple[Any, ...]
    ) -> Losses:
        for held, given in zip(recording.inputs, _tensors(inputs), strict=True):
            held.copy_(given, non_blocking=True)
        told = self._numbers(weights)
        if told != recording.told:
            recording.numbers.copy_(torch.tensor(told), non_blocking=True)
            recording.told = told
        recording.replay()
        return recording.rows

    def _groups(self) -> list[dict[str, Any]]:
        """As they are now: loading a checkpoint puts others in their place."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def _numbers(self, weights: Mapping[str, float]) -> list[float]:
        return [*map(float, weights.values()), *(float(group["lr"]) for group in self._groups())]


def capture(function: Callable[[], Losses]) -> tuple[Losses, Callable[[], None]]:
    """What the function returns, not computed yet, and what computes it; an error if it waits."""
    here, graph = torch.cuda.current_stream(), torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            rows = function()
    except Exception as error:
        torch.cuda.set_stream(here)  # where ending a recording fails too, that is left undone
        raise error.__context__ or error from None  # what was refused, not that it could not be ended
    return rows, graph.replay


@contextmanager
def on_side_stream() -> Iterator[None]:
    """On a stream of its own, after all that was asked for before it and before all that comes after."""
    here, side = torch.cuda.current_stream(), _side()
    side.wait_stream(here)
    with torch.cuda.stream(side):
        yield
    here.wait_stream(side)


@cache
def _side() -> torch.cuda.Stream:
    """One for all, since memory is kept for each stream."""
    return torch.cuda.Stream()


@contextmanager
def capturable(groups: Sequence[dict[str, Any]], rates: Sequence[Tensor]) -> Iterator[None]:
    """Optimisers read their learning rates from these tensors, and take no decision on the host."""
    former = [dict(group) for group in groups]
    for group, rate in zip(groups, rates, strict=True):
        group["lr"] = rate
        if "capturable" in group:
            group["capturable"] = True
    try:
        yield
    finally:
        for group, was in zip(groups, former, strict=True):
            group.update(was)


def _tensors(inputs: Any) -> list[Tensor]:
    return [leaf for leaf in pytree.tree_leaves(inputs) if isinstance(leaf, Tensor)]
