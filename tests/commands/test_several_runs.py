"""`fig eval-metrics` on several runs and with repeats, and metrics while training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .in_process import Call
from .messages import VAE

FEW = ("--points", 100, "--test-points", 50, "--metrics", "mig,irs")


@pytest.fixture(scope="module")
def pair(here: Call, runs: Path) -> list[Path]:
    """Two short runs, the first with a metric at each validation."""
    for name, more in (
        ("pair-a", ("--validation.metrics", "mig,irs", "--validation.freq", 2)),
        ("pair-b", ()),
    ):
        done = here("train", *VAE, "--name", name, "--seed", len(more), "--budget", 4, *more)
        assert done.returncode == 0, done.stderr
    return sorted(runs.glob("pair-*"))


def test_validation_metrics_are_recorded_and_stay_in_the_runs_config(pair: list[Path]) -> None:
    lines = [json.loads(line) for line in (pair[0] / "records" / "scalars.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "val/mig.mig" in line] == [2, 4]
    assert "mig,irs" in (pair[0] / "config.yaml").read_text()


def test_a_wrong_validation_metric_is_refused_before_the_training(here: Call, runs: Path) -> None:
    done = here("train", *VAE, "--name", "refused", "--validation.metrics", "migg")
    assert (done.returncode, "did you mean mig" in done.stderr) == (2, True)
    assert not list(runs.glob("refused*"))


def test_a_pattern_evaluates_each_run_and_one_failure_does_not_stop_it(
    here: Call, runs: Path, pair: list[Path]
) -> None:
    broken = runs / "pair-c_damaged"
    shutil.copytree(pair[0], broken)
    for path in (broken / "checkpoints").iterdir():
        path.write_bytes(b"no checkpoint")
    done = here("eval-metrics", "--load", "pair-*", *FEW, "--metrics", "mig,irs,udr")
    shutil.rmtree(broken)
    assert done.returncode != 0
    assert "pair-c_damaged (" in done.stderr
    assert "not evaluated: pair-c_damaged" in done.stderr
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["score", *sorted((run.name for run in pair), reverse=True)]
    *rows, warning = rows
    assert [row.split()[0] for row in rows] == ["mig", "mig.ceiling", "irs", "irs.num_active_dims", "udr"]
    assert warning.startswith("warning: mig: few points"), warning  # once for all runs
    stored = json.loads((pair[0] / "results" / "metrics-standard-udr.json").read_text())
    assert set(stored["scores"]["udr"]) == {"udr"}

    again = here("eval-metrics", "--load", "pair-*", *FEW)
    assert again.returncode == 0, again.stderr
    assert " s\n" not in again.stderr  # nothing is computed anew
    assert rows[0] in again.stdout


def test_repeats_of_a_run_encode_each_image_once_and_show_intervals(here: Call, pair: list[Path]) -> None:
    done = here("eval-metrics", "--load", pair[1].name, *FEW, "--repeats", 3, "--ident", "thrice")
    assert done.returncode == 0, done.stderr
    result = json.loads((pair[1] / "results" / "thrice.json").read_text())
    spread = result["repeats"]["mig"]["mig"]
    assert spread["std"] > 0
    assert result["scores"]["mig"]["mig"] == pytest.approx(sum(spread["values"]) / 3)
