"""When checkpoints are written, which are kept, and what a run is left as by an error."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch

from disentcli.errors import DisentError
from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.training import checkpointing
from disentcli.training.checkpointing import CheckpointManager, checkpointed_run
from disentcli.training.loss_log import NotFinite
from disentcli.training.state import TrainingState

from . import tiny_world as tiny


class Clock:
    """A clock that stands still until it is set."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(checkpointing, "time", made)
    return made


@pytest.fixture
def state() -> TrainingState:
    return tiny.state()


@pytest.fixture
def run(tmp_path: Path, state: TrainingState) -> Run:
    return tiny.new_run(tmp_path, state)


def manager_of(run: Run, state: TrainingState, **options: object) -> CheckpointManager:
    """The manager of a run, and nothing to prepare."""
    return CheckpointManager(run, state, tiny.options(60, **options), lambda: None)


def save_at(manager: CheckpointManager, *steps: int) -> None:
    """A checkpoint of each of these steps."""
    for step in steps:
        manager.state.step = step
        manager.save()


def test_only_a_smaller_validation_loss_is_the_best(run: Run, state: TrainingState) -> None:
    manager = manager_of(run, state)
    losses = [None, 3.0, 3.0, float("nan"), 2.0, 2.5]
    found = []
    for state.step, loss in enumerate(losses, 1):
        found.append(manager.is_best(loss))
    assert found == [False, True, False, False, True, False]
    assert (state.best_step, state.best_loss) == (5, 2.0)


def test_a_step_is_saved_once_with_its_validation_loss(run: Run, state: TrainingState) -> None:
    prepared: list[int] = []
    manager = CheckpointManager(run, state, tiny.options(60), lambda: prepared.append(state.step))
    manager.save(1.0)  # of step 0, which the run was made with
    state.step = 4
    manager.save(2.5)
    manager.save(9.0)
    assert prepared == [4]
    assert checkpoint.steps(run) == [0, 4]
    assert checkpoint.load(run, 4)["validation_loss"] == 2.5
    assert (run.info()["step"], run.info()["status"]) == (4, "running")


def test_the_newest_the_best_and_the_common_step_are_kept(run: Run, state: TrainingState) -> None:
    manager = manager_of(run, state, checkpoint_keep=2)
    state.best_step = 3
    save_at(manager, 3, 5, 7)
    manager.keep_common_step(7)
    save_at(manager, 9, 11, 13)
    assert checkpoint.steps(run) == [3, 7, 11, 13]
    manager.keep_common_step(13)
    assert checkpoint.steps(run) == [3, 11, 13]


def test_minutes_count_from_the_last_checkpoint(clock: Clock, run: Run, state: TrainingState) -> None:
    manager = manager_of(run, state, checkpoint_minutes=2.0)
    clock.now += 119.9
    assert not manager.is_due()
    clock.now += 0.2
    assert manager.is_due()
    save_at(manager, 1)
    assert not manager.is_due()
    clock.now += 1e9
    assert manager.is_due()
    assert not manager_of(run, state, checkpoint_minutes=None).is_due()


def test_seconds_of_all_calls_are_added_up(clock: Clock, run: Run, state: TrainingState) -> None:
    for _ in range(2):
        manager = manager_of(run, state)
        clock.now += 1.5
        manager.update_status("interrupted", stopped_by="signal 15")
        clock.now += 100.0
    assert run.info()["wall_seconds"] == 3.0
    assert (run.info()["status"], run.info()["stopped_by"]) == ("interrupted", "signal 15")


def test_a_run_that_is_opened_is_locked_and_begins_at_the_step_of_its_state(
    run: Run, state: TrainingState
) -> None:
    save_at(manager_of(run, state), 10, 20)
    state.best_step, state.best_loss, state.step = 20, 1.0, 20
    with checkpointed_run(run, state, tiny.options(60), lambda: None):
        assert run.lock.held
        assert (run.status(), state.best_step) == ("running", 20)
    state.step = 10  # resumed from there: what came later is computed anew
    with checkpointed_run(run, state, tiny.options(60), lambda: None):
        assert checkpoint.steps(run) == [0, 10]
    with checkpointed_run(run, state, tiny.options(60), lambda: None):
        assert (state.best_step, state.best_loss) == (None, float("inf"))  # its checkpoint is gone
    assert not run.lock.held


ERRORS = {
    "of its own": (ValueError("no such thing"), ValueError, "^no such thing$"),
    "not finite": (
        NotFinite(12, "kl", float("nan")),
        DisentError,
        r"(?s)at step 12 .*step-000000010\.pt; go on .*\nfig train --resume tiny_.* --model\.optim\.lr 1e-4$",
    ),
    "no room": (
        OSError(errno.ENOSPC, "No space left on device"),
        DisentError,
        "cannot write .*No space left on device; make room, then: fig train --resume tiny_",
    ),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_leaves_the_run_failed_at_its_last_checkpoint(
    kind: str, run: Run, state: TrainingState
) -> None:
    error, shown, message = ERRORS[kind]

    def fail() -> None:
        with checkpointed_run(run, state, tiny.options(60), lambda: None) as manager:
            save_at(manager, 10)
            state.step = 12
            raise error

    with pytest.raises(shown, match=message):
        fail()
    assert (run.status(), run.info()["step"]) == ("failed", 10)
    assert f"{type(error).__name__}" in (run.path / "error.txt").read_text()
    assert not run.lock.held
    state.step = 10
    with checkpointed_run(run, state, tiny.options(60), lambda: None):
        assert not (run.path / "error.txt").exists()


def test_a_weight_that_is_not_finite_leaves_the_last_good_checkpoint(run: Run, state: TrainingState) -> None:
    manager = manager_of(run, state)
    save_at(manager, 10)
    with torch.no_grad():
        state.model.decoder.layers[0].bias[0] = float("inf")
    with pytest.raises(NotFinite, match=r"at step 11 .*the weight decoder\.layers\.0\.bias"):
        save_at(manager, 11)
    assert checkpoint.steps(run) == [0, 10]
    assert run.info()["step"] == 10
