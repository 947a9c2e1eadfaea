"""`fig sweep`: a grid of short runs, called again, with one run that fails."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

import pytest
from scipy import stats

from disentcli.experiment import sweep_task

from ..conftest import Fig
from .in_process import Call

DIGITS = Path(__file__).parents[1] / "data"  # holds mnist/
CALL = (
    "sweep",
    "train",
    "m/vae",
    "d/sprites32",
    "--dataset.scales",
    1,
    "--dataset.orientations",
    1,
    "--quiet",
)


@pytest.fixture
def here(here: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
    """`fig sweep` called in this process, as are the calls that it makes."""

    def run(words: Sequence[str], common: Sequence[str], **_: object) -> int:
        print(f"$ fig {' '.join(words)}")
        done = here(*words, *common)
        print(done.stdout, end="")
        print(done.stderr, end="", file=sys.stderr)
        return done.returncode

    monkeypatch.setattr(sweep_task, "run_fig", run)
    return here


def runs_of(folder: Path) -> dict[str, dict[str, object]]:
    return {path.parent.name: json.loads(path.read_text()) for path in folder.glob("*/run.json")}


def test_a_sweep_on_data_elsewhere_makes_its_runs_once_and_tables_their_scores(
    here: Call, tmp_path: Path
) -> None:
    out = tmp_path / "table.csv"
    call = ("sweep", "train", "m/vae", "d/mnist", "--quiet", "--budget", 2, "--seeds", "0-1")
    call += ("--then", "[eval --limit 8 --quiet]", "--saveroot", tmp_path, "--dataroot", DIGITS)
    first = here(*call, "--out", out)
    assert first.returncode == 0, first.stderr
    runs = runs_of(tmp_path)
    assert sorted(run["seed"] for run in runs.values()) == [0, 1]
    losses = [
        json.loads((tmp_path / name / "results/eval-val.json").read_text())["scores"]["losses"]["loss"]
        for name in runs
    ]
    (row,) = csv.DictReader(out.open())
    assert row["seeds"] == "2/2"
    told_mean, told_half = map(float, row["losses.loss"].split(" ± "))
    half = stats.t.ppf(0.975, 1) * stdev(losses) / 2**0.5
    assert told_half == pytest.approx(half, rel=0.06)  # two digits
    assert told_mean == pytest.approx(mean(losses), abs=0.06 * half)

    again = here(*call)
    assert again.returncode == 0
    assert "$ fig" not in again.stdout
    assert runs_of(tmp_path) == runs


def test_a_failed_run_is_told_and_does_not_stop_the_others(here: Call, tmp_path: Path) -> None:
    swept = here(
        *CALL,
        "--budget",
        2,
        "--grid",
        "dataset.batch-size=100000,8",
        "--grid",
        "reg-wt=1",
        "--saveroot",
        tmp_path,
    )
    assert swept.returncode == 1
    assert "failed: fig train m/vae d/sprites32" in swept.stderr
    assert [run["status"] for run in runs_of(tmp_path).values()] == ["completed"]
    assert [line.split()[-1] for line in swept.stdout.splitlines()[-2:]] == ["0/1", "1/1"]


def test_an_interrupted_run_is_resumed_and_a_dry_run_says_so(here: Call, tmp_path: Path) -> None:
    root = ("--saveroot", tmp_path)
    assert here(*CALL, "--budget", 2, *root).returncode == 0
    (run,) = tmp_path.glob("*/run.json")
    info = {**json.loads(run.read_text()), "status": "interrupted"}
    del info["crc32"]  # it is of what was written
    run.write_text(json.dumps(info))
    dry = here(*CALL, "--budget", 2, "--seeds", "0,1", "--dry-run", *root)
    assert [line.split()[0] for line in dry.stdout.splitlines()] == ["resume", "train"]
    assert here(*CALL, "--budget", 2, *root).returncode == 0
    assert [one["status"] for one in runs_of(tmp_path).values()] == ["completed"]


def test_a_run_of_a_config_that_changed_since_is_told(here: Call, tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    call = ("sweep", study, "--dataset.scales", 1, "--dataset.orientations", 1, "--quiet")
    call += ("--saveroot", tmp_path)
    study.write_text("_base: [m/vae, d/sprites32]\nbudget: 2\nreg-wt: 1\nseeds: 1\n")
    assert here(*call).returncode == 0
    ((name, run),) = runs_of(tmp_path).items()

    study.write_text("# a remark\n_base: [m/vae, d/sprites32]\nreg_wt: 1\nbudget: 2\nseeds: 0,1\n")
    assert "warning" not in here(*call, "--dry-run").stderr

    study.write_text("_base: [m/vae, d/sprites32]\nbudget: 2\nreg-wt: 4\nseeds: 1\n")
    again = here(*call)
    assert again.returncode == 0
    assert f"{name} was made before {study} changed" in again.stderr
    assert runs_of(tmp_path) == {name: run}


def test_an_evaluation_whose_config_changed_since_is_made_again(fig: Fig, here: Call, tmp_path: Path) -> None:
    """The first call and those that it makes are processes of their own, as a user's are."""
    few = tmp_path / "few.yaml"
    words = (*CALL, "--budget", 2, "--then", f"[eval {few} --quiet]", "--saveroot", tmp_path)

    def calls(sweep: Call) -> list[str]:
        swept = sweep(*words)
        assert swept.returncode == 0, swept.stderr
        return [line.split()[2] for line in swept.stdout.splitlines() if line.startswith("$ fig")]

    few.write_text("limit: 8\n")
    assert calls(fig) == ["train", "eval"]
    assert calls(here) == []
    few.write_text("limit: 16\n")
    assert calls(here) == ["eval"]


def test_wrong_calls_are_short(here: Call, tmp_path: Path) -> None:
    for words, complaint in (
        (("sweep",), "name what to train"),
        (("sweep", "train", "m/vaee"), "m/vae"),
        ((*CALL, "--seeds", "x"), "--seeds x"),
        ((*CALL, "--grid", "reg-wt"), "KEY=VALUE"),
    ):
        swept = here(*words, "--saveroot", tmp_path)
        assert swept.returncode == 2
        assert complaint in swept.stderr
        assert len(swept.stderr.splitlines()) <= 4
