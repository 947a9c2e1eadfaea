"""The job over the studies of structural autoencoders, and the sections that its rows become."""

from __future__ import annotations

import importlib
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..commands.in_process import Place
from ..configs import LIBRARY
from ..conftest import PROJECT

#: the studies on 128 rooms, each evaluation on a few of them
ROOMS = """
viz.freq: 0
dataset: {floor-hues: 2, wall-hues: 2, object-hues: 2, scales: 2, orientations: 2, batch-size: 8}
"""
RESPONSES = f"""
_base: [study/sae-responses-room]
{ROOMS}
grid: {{model: [paper/sae/sae2, paper/sae/ae]}}
then:
  - eval --fid.features pixels --limit 8 --fid.samples 8
  - eval-metrics study/sae-metrics --metrics responses --metrics.responses.num-traversals 1 --points 100
"""

EXTRAPOLATION = f"""
_base: [study/sae-extrapolation-room]
{ROOMS}
grid: {{model: [paper/sae/ae]}}
stages: {{decoder: {{train: freeze/encoder ex/update, then: [eval --mode held-out --limit 8]}}}}
"""


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROJECT / "benchmarks")


@pytest.fixture
def job() -> ModuleType:
    return importlib.import_module("sae_studies")


@pytest.fixture
def work() -> ModuleType:
    """What all studies share: runs one at a time."""
    return importlib.import_module("study_job")


@pytest.fixture
def report() -> ModuleType:
    return importlib.import_module("sae_report")


def test_the_most_important_runs_come_first(job: ModuleType):
    plan = job.read_study(["study/sae-responses-room"], 100).plan
    main = ["paper/sae/sae12", "paper/sae/ae", "paper/sae/vae", "paper/sae/adaae12"]
    others = [model for (model,) in dict.fromkeys(one.grid_cell for one in plan) if model not in main]
    assert len(others) == 7
    expected = [(model, 0) for model in [*main, *others]]
    expected += [(model, seed) for seed in (1, 2) for model in main]
    assert [(one.grid_cell[0], one.seed) for one in plan] == expected


def test_updates_follow_their_run_and_take_a_quarter_of_its_steps(job: ModuleType):
    """80,000 and 20,000 steps, as published."""
    plan = job.read_study(["study/sae-extrapolation-room"], 80_000).plan
    first, *updates = plan[:4]
    assert dict(first.axes) == {"model": "paper/sae/sae12", "stage": "first"}
    assert [dict(one.axes)["stage"] for one in updates] == ["encoder", "decoder", "both"]
    assert all(one.start == first for one in updates)
    assert [dict(one.arguments)["budget"] for one in plan[:4]] == ["80000", *["20000"] * 3]


@dataclass
class Trial:
    """A study on small data, whose commands run in this process; `called` are their first two words."""

    job: ModuleType
    place: Place
    folder: Path
    called: list[tuple[str, ...]] = field(default_factory=list)

    def fig(self, *words: str) -> bool:
        """In place of `Job.fig`."""
        self.called.append(words[:2])
        answer = self.place.fig(*words)
        assert answer.code == 0, answer.err
        return True

    def read(self, study: str, steps: int) -> tuple[Any, Any]:
        """The study with its runs, and its rows, of which there are none yet."""
        path = self.folder / "small-study.yaml"
        path.write_text(study)
        roots = ["--saveroot", str(self.place.runs), "--dataroot", str(self.place.data)]
        return self.job.read_study([str(path)], steps, roots), self.job.Rows(
            self.folder / "rows" / "small.json"
        )


@pytest.fixture
def trial(
    job: ModuleType, work: ModuleType, tmp_path: Path, dataroot: Path, monkeypatch: pytest.MonkeyPatch
) -> Trial:
    found = Trial(job, Place(tmp_path / "runs", dataroot), tmp_path)
    monkeypatch.setattr(work.Job, "fig", lambda self, *words: found.fig(*words))
    return found


def test_an_interrupted_run_is_continued_and_its_row_says_what_it_took(
    work: ModuleType, trial: Trial, monkeypatch: pytest.MonkeyPatch
):
    asked, rows = trial.read(RESPONSES, 12)
    one = asked.plan[0]
    assert (one.grid_cell, one.seed) == (("paper/sae/ae",), 0)
    with monkeypatch.context() as patch:
        patch.setattr(work.Job, "minutes_left", lambda self: 1e-6)
        assert work.Job([], 0).complete(one, asked, rows) == "stopped"
    assert not rows.has(one)
    assert work.Job([], time.monotonic() + 6_000).complete(one, asked, rows) == "done"
    assert [words[0] for words in trial.called] == ["train", "train", "eval", "eval-metrics"]
    assert trial.called[1][1] == "--resume"

    (row,) = rows.read()
    assert rows.has(one)
    assert (row["model"], row["stage"], row["seed"], row["steps"]) == ("paper/sae/ae", "first", 0, 12)
    assert row["seconds"] > 0
    assert {"responses.causal_disentanglement_score"} <= set(row["scores"]["metrics-sae"])
    assert {"frechet_pixels.hybrid", "frechet_pixels.reconstruction"} <= set(row["scores"]["eval-val"])
    assert len(row["arrays"]["metrics-sae"]["response_matrix"]) == 12


def test_a_run_that_is_gone_is_made_again_for_the_update_that_starts_from_it(work: ModuleType, trial: Trial):
    asked, rows = trial.read(EXTRAPOLATION, 8)
    first, update = asked.plan[:2]
    one_job = work.Job([], time.monotonic() + 6_000)
    assert one_job.complete(first, asked, rows) == "done"
    for run in trial.place.runs.iterdir():
        shutil.rmtree(run)
    trial.called.clear()
    assert one_job.complete(update, asked, rows) == "done"
    assert [words[:2] for words in trial.called[:2]] == [
        ("train", "paper/sae/ae"),
        ("train", "freeze/encoder"),
    ]
    assert trial.called[2:] == [("eval", "--mode")]
    assert [(row["stage"], row["steps"]) for row in rows.read()] == [("first", 8), ("decoder", 2)]
    errors = [row["scores"]["eval-held-out"]["reconstruction.mse_per_pixel"] for row in rows.read()]
    assert errors[0] != errors[1]


def test_a_signal_stops_the_command_at_work_and_the_job(work: ModuleType):
    one_job = work.Job([], time.monotonic() + 6_000)
    one_job.child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    assert one_job.minutes_left() > 99
    one_job.on_signal(signal.SIGINT, None)
    assert one_job.child.wait(60) == -signal.SIGTERM
    assert one_job.minutes_left() == 0
    assert not one_job.fig("train")


def test_a_study_says_what_the_report_shows(report: ModuleType):
    (grid,) = [layer["grid"] for layer in LIBRARY.lineage(*report.STUDY) if "grid" in layer]
    assert set(grid["model"]) == set(report.MODELS)


def test_longer_runs_take_the_place_of_shorter_ones(report: ModuleType):
    def row(seed: int, steps: int, score: float) -> dict[str, object]:
        scores = {"responses-0.5.10": {"responses.causal_disentanglement_score": score}}
        return {"model": "paper/sae/sae12", "stage": "first", "seed": seed, "steps": steps, "scores": scores}

    rows = [row(0, 100, 0.1), row(0, 5_000, 0.8), row(1, 5_000, 0.9)]
    (line,) = [one for one in report.causal_section(rows) if one.startswith("| SAE-12 |")]
    assert line == "| SAE-12 | .928 | 0.850 ± 0.071 | – | – | – (.97) | – (.89) | – | – | 2 | 5,000 |"


def test_what_is_above_what_is_said_with_the_numbers(report: ModuleType):
    assert report.comparison([0.9, 0.8], [0.4]) == "yes (0.850 ± 0.071 against 0.4)"
    assert report.comparison([0.1], [0.4]) == "no (0.1 against 0.4)"
    assert report.comparison([0.9, 0.3], [0.4]).startswith("the seeds overlap (")
    assert report.comparison([], [0.4]) == "not measured yet"


def test_the_page_says_what_the_rows_hold(report: ModuleType):
    text = report.PAGE.read_text(encoding="utf-8")
    written = report.page(text, report.Rows.of_study(report.STUDY).read())
    assert text == written, "python benchmarks/sae_report.py writes it anew"
