"""`fig eval-metrics eval/cmnist` on a model of pairs: scores, their spread, the table, the pictures."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest

from disentcli.runs.results import read_results

from ..configs import trained
from ..conftest import PROJECT
from .in_process import Place

DATA = PROJECT / "tests" / "data"  # holds mnist/: 400 digits to train on and 100 to test on


def test_the_table_of_the_paper_from_one_command(runs: Path) -> None:
    run = trained("m/sdim", "d/cmnist28", data=DATA, runs=runs, budget=2)
    few = ("--metrics.probes.steps", "5", "--metrics.knn.retrieved", "3")
    done = Place(runs, DATA).completed("eval-metrics", "eval/cmnist", "--load", run.name, *few)
    assert done.returncode == 0, done.stderr
    result = read_results(run, "metrics-cmnist")
    assert list(result.scores["probes"]) == [
        *("S_X.digit", "S_X.background_hue", "S_X.distance"),
        *("S_Y.digit", "S_Y.digit_hue", "S_Y.distance"),
    ]
    assert result.settings["sampling"] == "360 of 360 train items + 100 of 100 test items"
    assert result.settings["mode"] == "test"
    spread = result.repeats["probes"]["S_X.digit"]
    assert len(spread["values"]) == 12
    assert spread["mean"] == pytest.approx(result.scores["probes"]["S_X.digit"])
    assert "S_X-S_Y.digit.precision@3" in result.scores["knn"]
    with h5py.File(run.results / "metrics-cmnist.h5") as file:
        assert file["probes/accuracy"].shape == (2, 3, 12)
    header, *rows = done.stdout.splitlines()[-3:]
    assert header.split() == ["own", "hue", "digit", "distance"]
    assert [row.split()[0] for row in rows] == ["S_X", "S_Y"]
    figures = {path.name for path in (run.path / "figures" / "metrics-cmnist").iterdir()}
    assert figures == {"retrieval_1.png", "retrieval_2.png"}
