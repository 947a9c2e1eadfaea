"""Many runs in one loop: each is left as if it had been trained alone, and none takes others down with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.methods.vae import VAE
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run
from disentcli.training.ensemble.ensemble import EnsembleTrainer, train_ensemble
from disentcli.training.ensemble.ensemble_run import EnsembleRun, StackedBatches
from disentcli.training.signals import TrainResult

from .. import tiny_world as tiny

SEEDS = (0, 1, 5)
BOUND = 1e-5  # of weights of order 1 after 45 steps; Adam's steps are 1e-2


def new_run(root: Path, seed: int, budget: int = 45, **changes: object) -> EnsembleRun:
    """A new run of this seed."""
    data = tiny.dataset()
    beginning = tiny.state(budget=budget, seed=seed)
    options = tiny.options(budget, seed=seed, **changes)
    return EnsembleRun(tiny.new_run(root, beginning), beginning, data, tiny.splits(data), options)


def new_runs(root: Path, **changes: object) -> list[EnsembleRun]:
    return [new_run(root, seed, **changes) for seed in SEEDS]  # type: ignore[arg-type]


def alone(root: Path, seed: int, budget: int = 45) -> Run:
    """The same run, trained by itself."""
    one = new_run(root, seed, budget)
    tiny.train(one.run, one.state, one.dataset, one.splits, one.options)
    return one.run


@pytest.fixture(scope="module")
def by_themselves(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Run]:
    return {seed: alone(tmp_path_factory.mktemp("alone"), seed) for seed in SEEDS}


def check_same(found: Run, expected: Run, **which: str | int) -> None:
    for name, value in tiny.weights(expected, **which).items():
        torch.testing.assert_close(tiny.weights(found, **which)[name], value, atol=BOUND, rtol=BOUND)
    ours, theirs = read_scalars(found.records), read_scalars(expected.records)
    assert [list(line) for line in ours] == [list(line) for line in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one == pytest.approx(other, rel=1e-4)


def test_each_run_is_what_it_would_be_alone(tmp_path: Path, by_themselves: dict[int, Run]) -> None:
    runs = new_runs(tmp_path)
    assert train_ensemble(runs) == [TrainResult("completed", 45)] * 3
    for one in runs:
        expected = by_themselves[one.options.seed]
        check_same(one.run, expected)
        assert checkpoint.steps(one.run) == checkpoint.steps(expected)
        found, known = one.run.info(), expected.info()
        assert (found["status"], found["step"], found["best_step"]) == ("completed", 45, known["best_step"])
        assert not one.run.lock.held


def stop_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send this process a signal during that step."""
    usual = EnsembleTrainer.step_batch

    def step_batch(ensemble: EnsembleTrainer) -> int:
        images = usual(ensemble)
        if ensemble.step == step:
            os.kill(os.getpid(), signal.SIGTERM)
        return images

    monkeypatch.setattr(EnsembleTrainer, "step_batch", step_batch)


def test_interrupted_runs_go_on_alone_or_together(
    tmp_path: Path, by_themselves: dict[int, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(33, monkeypatch)
    runs = new_runs(tmp_path)
    results = train_ensemble(runs)
    assert [one.exit_code for one in results] == [128 + signal.SIGTERM] * 3
    for one in runs:
        assert (one.run.status(), checkpoint.steps(one.run)[-1]) == ("interrupted", 33)
        assert one.run.info()["stopped_by"] == f"signal {signal.SIGTERM}"

    assert tiny.resume(runs[0].run, budget=45, seed=0).status == "completed"
    assert train_ensemble([continued(one) for one in runs[1:]]) == [TrainResult("completed", 45)] * 2
    for one in runs:
        check_same(one.run, by_themselves[one.options.seed])


def continued(former: EnsembleRun) -> EnsembleRun:
    """The run from its newest checkpoint, in a state built anew."""
    state = tiny.state(budget=45, seed=former.options.seed)
    state.load_state_dict(checkpoint.load(former.run))
    return EnsembleRun(Run(former.run.path), state, former.dataset, former.splits, former.options)


def spoil(which: Sequence[EnsembleRun], step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From this step on, their losses are not finite."""
    usual, spoilt = VAE.weights, [one.state.model for one in which]

    def weights(model: VAE, at: int) -> dict[str, float]:
        return usual(model, at) | ({"kl": float("nan")} if model in spoilt and at >= step else {})

    monkeypatch.setattr(VAE, "weights", weights)


def test_a_run_that_fails_does_not_take_the_others_with_it(
    tmp_path: Path,
    by_themselves: dict[int, Run],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs = new_runs(tmp_path)
    bad = runs[1]
    spoil([bad], 25, monkeypatch)
    results = train_ensemble(runs)
    assert [one.status for one in results] == ["completed", "failed", "completed"]
    assert [one.exit_code for one in results] == [0, 1, 0]
    assert (bad.run.status(), bad.run.info()["step"], checkpoint.steps(bad.run)[-1]) == ("failed", 20, 20)
    assert not bad.run.lock.held
    assert "at step 26" in (bad.run.path / "error.txt").read_text()
    assert f"{bad.run.name} failed: at step 26 the loss stopped being finite" in caplog.text
    assert f"fig train --resume {bad.run.name}" in caplog.text
    for one in (runs[0], runs[2]):
        check_same(one.run, by_themselves[one.options.seed])

    monkeypatch.undo()
    assert tiny.resume(bad.run, budget=45, seed=1).status == "completed"
    check_same(bad.run, by_themselves[1])


def test_where_all_fail_the_call_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = new_runs(tmp_path, records_freq=0, validation_freq=0, checkpoint_freq=0)
    spoil(runs, 3, monkeypatch)
    assert train_ensemble(runs) == [TrainResult("failed", 0)] * 3


def test_an_error_of_the_machine_fails_all_and_keeps_their_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = new_runs(tmp_path)

    def broken(of: EnsembleTrainer) -> int:
        raise RuntimeError("the device is lost")

    monkeypatch.setattr(EnsembleTrainer, "step_batch", broken)
    with pytest.raises(RuntimeError, match="the device is lost"):
        train_ensemble(runs)
    for one in runs:
        assert (one.run.status(), checkpoint.steps(one.run)) == ("failed", [0])
        assert "the device is lost" in (one.run.path / "error.txt").read_text()


def test_minutes_bring_checkpoints_of_all(tmp_path: Path) -> None:
    runs = new_runs(
        tmp_path, budget=4, checkpoint_freq=0, validation_freq=0, checkpoint_minutes=1e-9, checkpoint_keep=9
    )
    train_ensemble(runs)
    assert [checkpoint.steps(one.run) for one in runs] == [[0, 1, 2, 3, 4]] * 3


def test_one_checkpoint_is_kept_in_the_end_as_of_a_run_alone(tmp_path: Path) -> None:
    runs = new_runs(tmp_path, budget=25, validation_freq=0, checkpoint_keep=1)
    train_ensemble(runs)
    assert [checkpoint.steps(one.run) for one in runs] == [[25]] * 3


@pytest.mark.parametrize("shared", [True, False])
def test_batches_are_each_runs_own(tmp_path: Path, shared: bool) -> None:
    runs = new_runs(tmp_path)
    if shared:
        first = runs[0].dataset
        runs = [EnsembleRun(one.run, one.state, first, one.splits, one.options) for one in runs]
    batches = StackedBatches(runs)
    for step in (0, 11):
        found = batches.batch(step)
        assert found.shape == (3, 16, *tiny.SHAPE)
        for one, batch in zip(runs, found, strict=True):
            order = SeededBatchSampler(one.splits.train, 16, one.options.seed)
            assert torch.equal(batch, one.dataset.batch(order.batch(step)))
