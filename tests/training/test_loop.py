"""The loop: what it writes and when, and that interrupted and continued is the same as uninterrupted."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from disentcli.data.splits.splits import random_splits
from disentcli.errors import DisentError
from disentcli.runs import checkpoint
from disentcli.runs.records import Records, read_scalars
from disentcli.training.image_logging import image_grid
from disentcli.training.signals import SIGNALS

from . import tiny_world as tiny


def test_a_run_learns_and_is_completed(tmp_path: Path) -> None:
    run, outcome = tiny.start(tmp_path, budget=200)
    assert (outcome.status, outcome.exit_code, run.status(), run.info()["step"]) == (
        "completed",
        0,
        "completed",
        200,
    )
    val = [line["val/loss"] for line in read_scalars(run.records) if "val/loss" in line]
    assert val[-1] < 0.9 * val[0]
    assert not run.lock.held


def test_each_thing_happens_at_its_steps_and_once_more_at_the_end(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=45)
    lines = read_scalars(run.records)
    assert [line["step"] for line in lines] == [7, 14, 20, 21, 28, 35, 40, 42, 45]
    assert [line["step"] for line in lines if "val/kl" in line] == [20, 40, 45]
    assert [line["step"] for line in lines if "train/kl" in line] == [7, 14, 21, 28, 35, 42, 45]


def test_records_are_means_over_their_interval_and_terms_are_unweighted(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=14, records_freq=1)
    fine = read_scalars(run.records)
    coarse = read_scalars(tiny.start(tmp_path, budget=14, records_freq=7)[0].records)
    for term in ("train/loss", "train/kl", "train/reconstruction"):
        expected = sum(line[term] for line in fine[7:14]) / 7
        assert coarse[1][term] == pytest.approx(expected, rel=1e-12)
    assert fine[0]["train/loss"] == pytest.approx(fine[0]["train/reconstruction"] + fine[0]["train/kl"])


def test_the_newest_and_the_best_checkpoints_are_kept(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=60, checkpoint_keep=2)
    steps = checkpoint.steps(run)
    best = run.info()["best_step"]
    assert steps == sorted({50, 60, best})
    val = {line["step"]: line["val/loss"] for line in read_scalars(run.records) if "val/loss" in line}
    assert best == min(val, key=lambda step: val[step])
    assert checkpoint.load(run, "best")["validation_loss"] == pytest.approx(val[best])


def test_without_validation_images_there_are_pictures_but_no_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`split/all`: every image is trained on. No score is called a validation's, no checkpoint the best."""
    monkeypatch.setattr(tiny, "splits", lambda data: random_splits(len(data), 0, test_share=0, val_share=0))
    shown: list[tuple[int, str]] = []
    monkeypatch.setattr(Records, "image", lambda self, step, tag, image: shown.append((step, tag)))
    run, outcome = tiny.start(tmp_path, budget=20, viz_freq=10)
    assert outcome.status == "completed"
    assert not [key for line in read_scalars(run.records) for key in line if key.startswith("val/")]
    assert run.info().get("best_step") is None
    assert {(10, "reconstructions"), (20, "reconstructions")} <= set(shown)
    with pytest.raises(DisentError, match="has a validation loss yet"):
        checkpoint.find_step(run, "best")


@pytest.mark.parametrize("method", ["ae", "vae"])
@pytest.mark.parametrize("cut", [1, 33, 40])
def test_stopped_and_resumed_is_bit_for_bit_the_uninterrupted_run(
    tmp_path: Path, method: str, cut: int
) -> None:
    whole, _ = tiny.start(tmp_path, method)
    beginning = tiny.state(method)
    run = tiny.new_run(tmp_path, beginning)
    stop_at(beginning, cut)
    outcome = tiny.go_on(run, beginning, 60)
    assert (outcome.status, outcome.step, outcome.exit_code) == ("interrupted", cut, 128 + signal.SIGTERM)
    assert run.status() == "interrupted"
    assert tiny.resume(run, method).status == "completed"
    assert tiny.same(tiny.weights(whole), tiny.weights(run))
    assert read_scalars(whole.records) == read_scalars(run.records)


def stop_at(state: object, step: int, number: int = signal.SIGTERM) -> None:
    """Send this process a signal during that step."""
    usual = state.step_batch  # type: ignore[attr-defined]

    def step_batch(*batches: object) -> None:
        usual(*batches)
        if state.step == step:  # type: ignore[attr-defined]
            os.kill(os.getpid(), number)

    state.step_batch = step_batch  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_leaves_a_checkpoint_and_its_exit_code(tmp_path: Path, number: signal.Signals) -> None:
    beginning = tiny.state()
    run = tiny.new_run(tmp_path, beginning)
    stop_at(beginning, 13, number)
    former = signal.getsignal(number)
    assert tiny.go_on(run, beginning, 60).exit_code == 128 + number
    assert checkpoint.steps(run)[-1] == run.info()["step"] == 13
    assert run.info()["stopped_by"] == f"signal {number}"
    assert signal.getsignal(number) == former


def test_a_larger_budget_continues_the_run(tmp_path: Path) -> None:
    whole, _ = tiny.start(tmp_path, budget=60)
    run, _ = tiny.start(tmp_path, budget=30)
    assert tiny.resume(run, budget=60).step == 60
    assert tiny.same(tiny.weights(whole), tiny.weights(run))


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=30)
    before = read_scalars(run.records)
    assert tiny.resume(run, budget=30).status == "completed"
    assert read_scalars(run.records) == before


def test_the_time_limit_stops_with_exit_code_0(tmp_path: Path) -> None:
    run, outcome = tiny.start(tmp_path, budget=10**6, time_limit=0.2 / 60)
    assert (outcome.status, outcome.exit_code, run.info()["stopped_by"]) == ("interrupted", 0, "time limit")
    assert 0 < outcome.step == checkpoint.steps(run)[-1]


def test_minutes_bring_a_checkpoint_before_its_step(tmp_path: Path) -> None:
    run, _ = tiny.start(
        tmp_path, budget=30, checkpoint_freq=0, validation_freq=0, checkpoint_minutes=1e-9, checkpoint_keep=99
    )
    assert checkpoint.steps(run) == list(range(31))


def test_a_loss_that_is_not_finite_names_step_term_and_checkpoint(tmp_path: Path) -> None:
    beginning = tiny.state()
    usual = beginning.model.losses

    def losses(*arguments: object) -> dict[str, torch.Tensor]:
        found = usual(*arguments)  # type: ignore[arg-type]
        return {**found, "kl": found["kl"] / 0} if beginning.step == 25 else found

    beginning.model.losses = losses  # type: ignore[method-assign,assignment]
    run = tiny.new_run(tmp_path, beginning)
    with pytest.raises(
        DisentError, match=r"(?s)at step 26 .*: kl is (inf|nan).*step-000000020\.pt.*--resume"
    ):
        tiny.go_on(run, beginning, 60)
    assert run.status() == "failed"
    assert "Traceback" in (run.path / "error.txt").read_text()
    assert checkpoint.steps(run)[-1] == run.info()["step"] == 20
    assert tiny.resume(run).status == "completed"
    assert not (run.path / "error.txt").exists()


def test_weights_that_are_not_finite_are_never_kept(tmp_path: Path) -> None:
    beginning = tiny.state()
    with torch.no_grad():
        beginning.model.decoder.layers[0].bias[0] = float("nan")
    with pytest.raises(DisentError, match=r"the weight decoder\.layers\.0\.bias"):
        beginning.state_dict()


def test_pictures_and_validation_do_not_touch_the_training(tmp_path: Path) -> None:
    plain, _ = tiny.start(tmp_path, validation_freq=0, viz_freq=0, records_freq=0, checkpoint_freq=0)
    watched, _ = tiny.start(tmp_path, validation_freq=1, viz_freq=1, records_freq=1, checkpoint_freq=1)
    assert tiny.same(tiny.weights(plain), tiny.weights(watched))


def test_a_run_can_be_trained_beside_the_main_thread(tmp_path: Path) -> None:
    ends: list[object] = []
    thread = threading.Thread(target=lambda: ends.append(tiny.start(tmp_path, budget=5)[1].status))
    thread.start()
    thread.join()
    assert ends == ["completed"]


def test_what_json_holds_is_json(tmp_path: Path) -> None:
    run, _ = tiny.start(tmp_path, budget=10)
    for line in (run.records / "scalars.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(name))


def test_a_full_disk_fails_the_run_with_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    beginning = tiny.state()
    run = tiny.new_run(tmp_path, beginning)
    with monkeypatch.context() as patched:
        patched.setattr("disentcli.runs.records.Records.flush", full)
        with pytest.raises(
            DisentError, match=r"cannot write .*No space left on device; make room, then: .*--resume"
        ):
            tiny.go_on(run, beginning, 60)
    assert run.status() == "failed"
    assert tiny.resume(run).status == "completed"


def test_a_run_whose_folder_is_removed_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beginning = tiny.state()
    run = tiny.new_run(tmp_path, beginning)
    whole_save = checkpoint.save

    def save(*args: Any) -> Path:
        shutil.rmtree(run.path, ignore_errors=True)
        return whole_save(*args)

    monkeypatch.setattr(checkpoint, "save", save)
    with pytest.raises(DisentError, match="was moved or removed while it was trained"):
        tiny.go_on(run, beginning, 60)
    assert not run.path.exists()


def test_pictures_are_tiled_row_by_row() -> None:
    images = torch.arange(6.0).view(6, 1, 1, 1).expand(6, 3, 2, 2)
    grid = image_grid(images, 3)
    assert grid.shape == (3, 4, 6)
    assert grid[0, ::2, ::2].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert torch.equal(grid[:, 2:, 4:], images[5])


def test_a_kill_of_the_maker_leaves_no_run_and_its_rest_is_swept_away(tmp_path: Path) -> None:
    rest = tmp_path / ".tiny.partial-1-ab"
    rest.mkdir()
    (rest / "config.yaml").touch()
    tiny.new_run(tmp_path, tiny.state())
    assert rest.exists()  # it might still be at work
    os.utime(rest, (0, 0))
    tiny.new_run(tmp_path, tiny.state())
    assert not rest.exists()
