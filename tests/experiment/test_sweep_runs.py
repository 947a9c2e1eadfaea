"""Stages of a sweep: made once, continued where they stopped, made anew when their start is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from disentcli.experiment import sweep_task
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.sweep_call import SweepCall, read_sweep
from disentcli.experiment.sweep_runs import existing_runs, next_step, show_sweep
from disentcli.experiment.sweep_task import complete
from disentcli.runs import checkpoint
from disentcli.runs.run import Run

from ..commands.in_process import Place
from ..configs import LIBRARY

STUDY = """
_base: [a/e/dislib, a/d/dislib, ex/shape, d/room-small]
budget: 3
viz.freq: 0
dataset: {floor-hues: 2, wall-hues: 2, object-hues: 2, scales: 2, orientations: 2, batch-size: 8}
grid: {method: [m/ae, m/vae]}
then: [eval --mode held-out --limit 8]
stages:
  decoder: {train: freeze/encoder ex/update --budget 4, then: [eval --mode held-out --limit 8]}
  both: {train: ex/update --budget 2}
"""
Step = tuple[str, ...]


@pytest.fixture
def sweep(tmp_path: Path, dataroot: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], SweepCall]:
    """The study in a file, whose commands run in this process."""
    place = Place(tmp_path / "runs", dataroot)
    place.runs.mkdir()
    study = tmp_path / "mine.yaml"
    study.write_text(STUDY)

    def fig(words: list[str], common: list[str], **_: object) -> int:
        print(" ".join(["$", *words]))
        answer = place.fig(*words, *common)
        assert answer.code in (0, 2), answer.err
        return answer.code

    monkeypatch.setattr(sweep_task, "run_fig", fig)
    words = ["sweep", str(study), "--quiet", "true", "--saveroot", str(place.runs)]
    return lambda: read_sweep(check_command([*words, "--dataroot", str(dataroot)], LIBRARY))


def commands(asked: SweepCall, capsys: pytest.CaptureFixture[str]) -> list[Step]:
    """What was called to bring the sweep to its end."""
    capsys.readouterr()
    assert not any(complete(one, asked) for one in asked.plan)
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("$")]
    return [(words[1], *(word for word in words if word in ("--load", "--resume"))) for words in lines]


def held_out(run: Run) -> float:
    scores = json.loads((run.results / "eval-held-out.json").read_text())
    assert scores["settings"]["sampling"].startswith("8 of the")
    return scores["scores"]["reconstruction"]["mse_per_pixel"]


def test_stages_start_from_their_own_run_and_are_made_once(
    sweep: Callable[[], SweepCall], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = sweep()
    row: list[Step] = [("train",), ("eval", "--load"), ("train", "--load"), ("eval", "--load")]
    assert commands(asked, capsys) == [*row, ("train", "--load")] * 2
    assert commands(asked, capsys) == []

    runs = existing_runs(asked.plan, asked.saveroot)
    first, decoder, both = (runs[one.sweep_key] for one in asked.plan[:3])
    assert [run.info()["budget"] for run in (first, decoder, both)] == [3, 4, 2]
    assert {run.info()["loaded"]["run"] for run in (decoder, both)} == {first.name}
    start, end = (checkpoint.load(decoder, step)["model"] for step in (0, "last"))
    assert all(torch.equal(start[name], one) for name, one in checkpoint.load(first)["model"].items())
    moved = {name.partition(".")[0] for name in end if not torch.equal(start[name], end[name])}
    assert moved == {"decoder"}

    header, *lines = show_sweep(asked.plan, asked.saveroot)
    assert header[:3] == ["method", "stage", "seeds"]
    assert [line[:3] for line in lines] == [
        [method, stage, "1/1"] for method in ("m/ae", "m/vae") for stage in ("first", "decoder", "both")
    ]
    column = header.index("reconstruction.mse_per_pixel")
    assert float(lines[0][column]) == pytest.approx(held_out(first), rel=1e-3)
    assert float(lines[1][column]) == pytest.approx(held_out(decoder), rel=1e-3)
    assert held_out(decoder) != held_out(first)


def test_an_interrupted_stage_is_resumed_and_one_of_a_start_that_is_gone_is_made_anew(
    sweep: Callable[[], SweepCall], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = sweep()
    row = asked.plan[:3]
    assert not any(complete(one, asked) for one in row)
    runs = existing_runs(asked.plan, asked.saveroot)
    first, decoder, both = (runs[one.sweep_key] for one in row)

    with decoder.lock:
        decoder.update(status="interrupted")
    assert next_step(existing_runs(asked.plan, asked.saveroot)[row[1].sweep_key]) == "resume"
    capsys.readouterr()
    assert complete(row[1], asked) == 0
    assert "--resume" in capsys.readouterr().out

    shutil.rmtree(first.path)
    assert not existing_runs(row, asked.saveroot)
    assert complete(row[1], asked) == 1  # there is nothing to start from
    assert not any(complete(one, asked) for one in row)
    again = existing_runs(row, asked.saveroot)
    assert not {run.name for run in again.values()} & {first.name, decoder.name, both.name}
