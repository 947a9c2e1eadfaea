"""Callbacks: each does its work at its own steps, with the right values, and nothing is done in between."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from disentcli.runs import checkpoint
from disentcli.runs.loggers.collection import LoggerCollection
from disentcli.runs.loggers.logger import Logger
from disentcli.runs.records import Records, read_scalars
from disentcli.training.callbacks import TrainingCallbacks, is_due, open_callbacks
from disentcli.training.checkpointing import CheckpointManager
from disentcli.training.options import TrainOptions
from disentcli.training.progress import Progress
from disentcli.training.validation import eval_mode, mean_losses

from . import tiny_world as tiny

FREQUENCIES = ("records_freq", "print_freq", "viz_freq", "validation_freq", "checkpoint_freq")


class Spy(Logger):
    """Notes what it receives."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.events += [(tag, step) for tag in values]

    def image(self, step: int, tag: str, image: Tensor) -> None:
        self.events.append((tag, step))

    def flush(self, step: int) -> None:
        self.events.append(("flush", step))

    def steps(self, name: str) -> list[int]:
        return [step for event, step in self.events if event == name]


@pytest.mark.parametrize(
    "frequencies", [(7, 5, 50, 20, 10), (0, 0, 0, 0, 0), (0, 0, 30, 0, 8), (1, 0, 0, 0, 0)]
)
def test_the_next_step_is_the_first_at_which_anything_is_due(frequencies: tuple[int, ...]) -> None:
    budget = 60
    options = TrainOptions(budget, **dict(zip(FREQUENCIES, frequencies, strict=True)))  # type: ignore[arg-type]
    for step in range(budget):
        later = range(step + 1, budget)
        expected = next((s for s in later if any(is_due(s, freq) for freq in frequencies)), budget)
        assert options.next_due_step(step) == expected


def test_between_the_steps_at_which_something_is_due_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    shown: list[Mapping[str, float]] = []
    whole = TrainingCallbacks.on_step_end

    def on_step_end(callbacks: TrainingCallbacks) -> None:
        steps.append(callbacks.state.step)
        whole(callbacks)

    monkeypatch.setattr(TrainingCallbacks, "on_step_end", on_step_end)
    monkeypatch.setattr(Progress, "show", lambda bar, losses, rate: shown.append(losses))
    spy = Spy()
    frequencies = {"print_freq": 12, "validation_freq": 20, "viz_freq": 0, "checkpoint_freq": 25}
    tiny.start(tmp_path, budget=45, loggers=LoggerCollection({"spy": spy}), **frequencies)
    assert steps == [7, 12, 14, 20, 21, 24, 25, 28, 35, 36, 40, 42, 45]
    assert len(shown) == 3
    assert spy.steps("flush") == [7, 14, 20, 21, 28, 35, 40, 42, 45]
    assert spy.steps("train/loss") == spy.steps("lr") == [7, 14, 21, 28, 35, 42, 45]
    assert spy.steps("val/loss") == [20, 40, 45]


def test_a_step_is_recorded_shown_validated_and_saved_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy()
    fsync, save = Records.fsync, CheckpointManager.save
    monkeypatch.setattr(Records, "fsync", lambda one: (spy.events.append(("fsync", 0)), fsync(one))[1])
    monkeypatch.setattr(
        CheckpointManager, "save", lambda one, loss=None: (spy.events.append(("save", 0)), save(one, loss))[1]
    )
    every = dict.fromkeys(FREQUENCIES, 2)
    tiny.start(tmp_path, budget=2, loggers=LoggerCollection({"spy": spy}), **every)
    order = list(dict.fromkeys(name for name, _ in spy.events if not name.endswith(("kl", "reconstruction"))))
    assert order == [
        "train/loss", "lr", "reconstructions", "samples", "val/loss", "flush", "fsync", "save",
    ]  # fmt: skip


def test_records_hold_the_means_of_the_steps_and_the_losses_on_validation_images(tmp_path: Path) -> None:
    beginning = tiny.state()
    run = tiny.new_run(tmp_path, beginning)
    usual, seen = beginning.loss_log.add, []

    def add(step: int, losses: Mapping[str, Tensor]) -> None:
        seen.append({term: float(loss) for term, loss in losses.items()})
        usual(step, losses)

    beginning.loss_log.add = add  # type: ignore[method-assign]
    tiny.go_on(run, beginning, 20, records_freq=8, validation_freq=20)
    lines = {line["step"]: line for line in read_scalars(run.records)}
    for step, interval in ((8, seen[:8]), (16, seen[8:16]), (20, seen[16:])):
        for term in ("loss", "kl", "reconstruction"):
            expected = sum(losses[term] for losses in interval) / len(interval)
            assert lines[step][f"train/{term}"] == pytest.approx(expected, rel=1e-12)
    data = tiny.dataset()
    trained = tiny.state()
    trained.load_state_dict(checkpoint.load(run, 20))
    with eval_mode(trained.model):
        expected_losses = mean_losses(trained.model, data, tiny.splits(data).val, 16, 20)
    assert {term: lines[20][f"val/{term}"] for term in expected_losses} == expected_losses
    assert checkpoint.load(run, 20)["validation_loss"] == expected_losses["loss"]


def test_slow_steps_are_recorded_by_the_clock_and_those_of_the_frequency_stay_as_they_are(
    tmp_path: Path,
) -> None:
    lines = []
    for minutes in (None, 1e-9):
        run = tiny.new_run(tmp_path, beginning := tiny.state())
        tiny.go_on(run, beginning, 20, records_freq=8, validation_freq=20, records_minutes=minutes)
        lines.append({line["step"]: line for line in read_scalars(run.records)})
    assert sorted(lines[0]) == [8, 16, 20]
    assert sorted(lines[1]) == list(range(1, 21))
    assert {step: lines[1][step] for step in lines[0]} == lines[0]
    assert all("train/loss" in line for line in lines[1].values())


def test_without_a_frequency_nothing_is_recorded_by_the_clock(tmp_path: Path) -> None:
    run = tiny.new_run(tmp_path, beginning := tiny.state())
    tiny.go_on(run, beginning, 10, records_freq=0, validation_freq=0, records_minutes=1e-9)
    assert not [line for line in read_scalars(run.records) if line["step"] < 10]


def test_the_last_step_of_a_call_that_was_stopped_is_recorded_and_each_step_stands_once(
    tmp_path: Path,
) -> None:
    run = tiny.new_run(tmp_path, beginning := tiny.state())
    usual = beginning.step_batch

    def step_batch(*batches: object) -> None:
        usual(*batches)  # type: ignore[arg-type]
        if beginning.step == 13:
            os.kill(os.getpid(), signal.SIGTERM)

    beginning.step_batch = step_batch  # type: ignore[method-assign, assignment]
    tiny.go_on(run, beginning, 30, records_freq=10)
    assert [line["step"] for line in read_scalars(run.records)] == [10, 13]
    tiny.resume(run, budget=30)
    steps = [line["step"] for line in read_scalars(run.records)]
    assert steps == sorted(set(steps))
    assert 13 not in steps


def test_callbacks_have_work_where_anything_but_the_bar_is_due(tmp_path: Path) -> None:
    beginning, data = tiny.state(), tiny.dataset()
    options = tiny.options(45, viz_freq=0, print_freq=1)
    with open_callbacks(
        tiny.new_run(tmp_path, beginning), beginning, data, tiny.splits(data), options
    ) as callbacks:
        found = [step for step in range(1, 46) if callbacks.has_work(step)]
    assert found == [7, 10, 14, 20, 21, 28, 30, 35, 40, 42, 45]


def test_the_end_is_told_to_run_json_and_the_loggers(tmp_path: Path) -> None:
    ends: list[str] = []

    class Ends(Spy):
        def on_end(self, run: object, status: str) -> None:
            ends.append(status)

    loggers = LoggerCollection({"ends": Ends()})
    run, _ = tiny.start(tmp_path, budget=10, loggers=loggers)
    assert (ends, run.status(), run.info()["stopped_by"]) == (["completed"], "completed", None)
    tiny.resume(run, budget=10**6, time_limit=0.05 / 60, loggers=loggers)
    assert (ends[1], run.status(), run.info()["stopped_by"]) == ("interrupted", "interrupted", "time limit")
    assert torch.isfinite(tiny.weights(run)["encoder.layers.0.weight"]).all()
