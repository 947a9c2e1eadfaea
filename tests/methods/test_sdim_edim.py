"""SDIM and EDIM in a row: each stage is that method alone, and a run goes on from any step bit for bit."""

from __future__ import annotations

import io

import pytest
import torch

from disentcli.methods.loss_schedules import DelayedSchedule
from disentcli.methods.sdim_edim import SDIMThenEDIM
from disentcli.plots.gallery.curves import stage_switches
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

from .pairs import pairs, small_edim, small_sdim, small_stages

STEPS = 6


def beginning() -> TrainingState:
    return TrainingState(small_stages().train(), adam(lr=1e-3), budget=STEPS, seed=0)


def advance(state: TrainingState, until: int) -> TrainingState:
    while state.step < until:
        state.step_batch(pairs(seed=state.step))
    return state


@pytest.fixture(scope="module")
def uninterrupted() -> TrainingState:
    return advance(beginning(), STEPS)


@pytest.mark.parametrize("step", [1, 3, 4])
def test_it_is_resumed_bit_for_bit_before_at_and_after_the_change(uninterrupted: TrainingState, step: int):
    file = io.BytesIO()
    torch.save(advance(beginning(), step).state_dict(), file)
    file.seek(0)
    state = beginning()
    state.load_state_dict(torch.load(file, weights_only=True))
    advance(state, STEPS)
    for name, one in uninterrupted.model.state_dict().items():
        assert torch.equal(state.model.state_dict()[name], one), name
    assert state.loss_log.mean() == uninterrupted.loss_log.mean()


def test_its_second_stage_is_found_by_its_name():
    assert stage_switches(small_stages().stage, STEPS) == {3: "exclusive"}
    assert stage_switches(small_sdim().stage, STEPS) == {}


def test_the_terms_of_each_stage_are_noted_while_it_lasts():
    state = advance(beginning(), 3)
    shared = {"shared/loss", "shared/local", "shared/global", "shared/l1"}
    exclusive = {f"exclusive/{term}" for term in ("loss", "local", "global", "adversarial", "discrimination")}
    assert state.loss_log.mean().keys() == shared
    state.step_batch(pairs())
    assert state.loss_log.mean().keys() == shared | exclusive  # of one interval
    state.loss_log.clear()
    state.step_batch(pairs())
    assert state.loss_log.mean().keys() == exclusive


def test_the_first_stage_is_sdim_and_the_second_leaves_it_alone():
    state = advance(beginning(), 3)
    model = state.model
    assert isinstance(model, SDIMThenEDIM)
    alone = TrainingState(small_sdim().train(), adam(lr=1e-3), budget=STEPS, seed=0)
    drawn = []
    noise = model.noise
    generator = beginning().generator
    for step in range(3):
        drawn.append(noise(6, generator, "cpu")["shared/negatives"])
        alone.model.noise = lambda *_, step=step: {"negatives": drawn[step]}
        alone.step_batch(pairs(seed=step))
    after = {name: one.clone() for name, one in model.stages["shared"].state_dict().items()}
    torch.testing.assert_close(after, dict(alone.model.state_dict()))
    advance(state, STEPS)
    assert all(torch.equal(one, after[name]) for name, one in model.stages["shared"].state_dict().items())


def test_the_weight_of_dependence_may_change_within_the_second_stage():
    second = small_edim(reg_wt=0.2, weighting=DelayedSchedule(start=0.25, steps=4))
    model = SDIMThenEDIM(small_sdim(), second, shared_steps=3)
    assert [model.weights(step)["adversarial"] for step in (3, 4, 5)] == [0.05, 0.05, 0.2]


def test_who_plays_and_with_which_weights():
    model = small_stages(shared_steps=3)
    assert [model.active_players(step) for step in (0, 2, 3)] == [("shared",), ("shared",), ("exclusive",)]
    assert [set(model.weights(step)) & {"l1", "adversarial"} for step in (2, 3)] == [{"l1"}, {"adversarial"}]
    theirs = [{id(one) for one in parameters} for parameters in model.player_parameters().values()]
    assert not theirs[0] & theirs[1]
    assert theirs[0] | theirs[1] == {id(one) for one in model.parameters()}
