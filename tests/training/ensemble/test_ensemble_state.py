"""Each run of an ensemble is the run alone: the reference is TrainingState.step_batch, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from disentcli.training.cuda_graph import WARM_UP, CUDAGraphStep
from disentcli.training.ensemble.ensemble_state import EnsembleState, SequentialStep, VmapStep, should_stack
from disentcli.training.state import TrainingState

from . import ensembles

STEPS = 50
BOUND = 1e-9  # of weights and moments, after all steps


@pytest.fixture
def double() -> Iterator[None]:
    """Everything in float64, so that rounding cannot hide a difference of the mathematics."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def together(states: list[TrainingState], batches: Tensor) -> VmapStep:
    """These steps of all, vectorised, shared out."""
    many, first = VmapStep(states), states[0].step
    for step, batch in enumerate(batches, start=first):
        many.step_batch(step, batch)
    many.unstack_to_runs(first + len(batches))
    return many


def alone(states: list[TrainingState], batches: Tensor) -> None:
    """These steps of each by itself."""
    for run, state in enumerate(states):
        for batch in batches[:, run]:
            state.step_batch(batch)


def distance(one: object, other: object) -> float:
    """The largest difference of numbers in two checkpoints, or parts of them; infinite for another form."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        same = one.shape == other.shape and one.dtype == other.dtype and one.stride() == other.stride()
        return float((one.double() - other.double()).abs().max()) if same else float("inf")
    if isinstance(one, dict) and isinstance(other, dict):
        parts = (
            [distance(one[key], other[key]) for key in one] if one.keys() == other.keys() else [float("inf")]
        )
        return max(parts, default=0.0)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        pairs = zip(one, other, strict=True)
        return max((distance(*pair) for pair in pairs), default=0.0)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return 0.0 if one == other else abs(one - other)
    return 0.0 if one == other else float("inf")


def apart(ones: list[TrainingState], others: list[TrainingState]) -> float:
    """How far checkpoints of these runs are from each other."""
    return max(distance(*(state.state_dict() for state in pair)) for pair in zip(ones, others, strict=True))


@pytest.mark.usefixtures("double")
def test_after_the_end_of_a_schedule_each_stays_at_its_last_rate() -> None:
    stacked, single = ensembles.states("vae"), ensembles.states("vae")
    for state in (*stacked, *single):
        state.schedule_steps = 25
    batches = ensembles.batches("vae", STEPS)
    together(stacked, batches)
    alone(single, batches)
    assert apart(stacked, single) < BOUND
    last = single[0].scheduled_rate(1e-2, 24)
    assert [state.learning_rates()["lr"] for state in (*stacked, *single)] == [last] * 4


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("kind", ensembles.KINDS)
def test_each_run_of_an_ensemble_leaves_the_checkpoint_of_the_run_alone(kind: str) -> None:
    stacked, single = ensembles.states(kind), ensembles.states(kind)
    batches = ensembles.batches(kind, STEPS)
    before = deepcopy([state.model.state_dict() for state in stacked])
    together(stacked, batches)
    alone(single, batches)
    assert apart(stacked, single) < BOUND
    assert distance(before[0], stacked[0].model.state_dict()) > 1e-3
    assert distance(stacked[1].model.state_dict(), stacked[0].model.state_dict()) > 1e-3


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("kind", ["vae", "rising-tcvae", "annealed", "batch-and-group-norm"])
def test_the_captured_steps_of_an_ensemble_are_those_that_were_written(kind: str, replays: list[int]) -> None:
    written, recorded = ensembles.states(kind), ensembles.states(kind)
    for state in recorded:
        state.update_players = CUDAGraphStep(state.update_players, state.optimizers.values())
    batches = ensembles.batches(kind, STEPS)
    together(written, batches)
    assert replays == []
    together(recorded, batches)
    assert apart(recorded, written) < BOUND
    rests = kind == "rising-tcvae"  # a term weighs nothing at the first step, which is a graph of its own
    assert replays == [STEPS - WARM_UP - rests]


def test_loss_curves_in_float32_agree_to_a_thousandth() -> None:
    stacked, single = ensembles.states("vae"), ensembles.states("vae")
    batches = ensembles.batches("vae", STEPS)
    together(stacked, batches)
    alone(single, batches)
    for one, other in zip(stacked, single, strict=True):
        curves = [state.loss_log.state()["rows"] for state in (one, other)]
        assert torch.allclose(*curves, rtol=1e-3)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("kind", ["vae", "batch-and-group-norm", "annealed"])
def test_an_unstacked_run_goes_on_alone_and_an_ensemble_is_stacked_again(kind: str) -> None:
    stacked, restacked, single = (ensembles.states(kind) for _ in range(3))
    batches = ensembles.batches(kind, STEPS)
    alone(single, batches)
    together(stacked, batches[:20])
    stored = deepcopy([state.state_dict() for state in stacked])
    alone(stacked, batches[20:])
    assert apart(stacked, single) < BOUND
    for state, one in zip(restacked, stored, strict=True):
        state.load_state_dict(one)
    together(restacked, batches[20:])
    assert apart(restacked, single) < BOUND


@pytest.mark.parametrize("way", [VmapStep, SequentialStep])
def test_a_run_that_fails_leaves_the_others_as_they_would_be(
    way: type[VmapStep] | type[SequentialStep],
) -> None:
    batches = ensembles.batches("vae", 6, runs=3)
    spoilt = batches.clone()
    spoilt[3, 1] = float("nan")
    both = [ensembles.states("vae", runs=3) for _ in range(2)]
    failures = []
    for states, given in zip(both, (batches, spoilt), strict=True):
        many = way(states)
        for step, batch in enumerate(given):
            many.step_batch(step, batch)
        many.unstack_to_runs(len(given))
        failures.append(many.failures)
    assert failures[0] == {}
    assert {run: str(error) for run, error in failures[1].items()} == {
        1: "at step 4 the loss stopped being finite: reconstruction is nan"
    }
    whole, rest = both
    assert apart([whole[0], whole[2]], [rest[0], rest[2]]) == 0


class Waiting(TorchDispatchMode):
    """Notes the operations that a GPU must be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func.overloadpacket.__name__ in ("_local_scalar_dense", "nonzero", "is_nonzero", "equal"):
            self.seen.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("kind", ["vae", "batch-and-group-norm", "quantized"])
def test_a_step_waits_for_nothing(kind: str) -> None:
    many = VmapStep(ensembles.states(kind))
    with Waiting() as waiting:
        for step, batch in enumerate(ensembles.batches(kind, 3)):
            many.step_batch(step, batch)
    assert waiting.seen == []


def test_many_states_step_from_where_they_are_and_keep_their_losses() -> None:
    states = ensembles.states("vae")
    many = EnsembleState(states)
    for batch in ensembles.batches("vae", 4):
        many.step_batch(batch)
    many.read_losses()
    assert many.step == 4
    assert all(len(state.loss_log.state()["rows"]) == 4 for state in states)
    many.unstack_to_runs()
    assert [state.step for state in states] == [4, 4]
    assert EnsembleState(states).step == 4


def test_small_networks_of_linear_layers_are_stacked_on_a_cpu_others_step_in_turn() -> None:
    assert should_stack(ensembles.states("vae"))
    assert not should_stack(ensembles.states("vae", runs=1))
    assert not should_stack(ensembles.states("dislib"))
