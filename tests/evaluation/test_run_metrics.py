"""Several runs and seeds: each number is of the part, points and seed that it is said to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from disentcli import load_run
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.methods.inference import Inference
from disentcli.metrics.udr import udr
from disentcli.runs.run import Run
from disentcli.scripts.eval_metrics import eval_metrics

from ..toy_runs import make_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("several")


@pytest.fixture(scope="module")
def runs(folder: Path) -> list[Run]:
    """Two runs on 90 images of no grid, whose splits are drawn from different seeds."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (90, 32, 32), dtype=np.uint8)
    np.savez(folder / "own.npz", images=images, factors=rng.integers(0, 3, (90, 2)))
    data = {"_type": "array", "path": str(folder / "own.npz")}
    return [make_run(folder, f"own-{seed}", method="vae", data=data, seed=seed) for seed in (0, 1)]


def call(folder: Path, **values: Any) -> int:
    roots = {"saveroot": str(folder / "runs"), "dataroot": str(folder / "data"), "device": "cpu"}
    sheet = ConfigLayer({**roots, "load": "own-*", "metrics": "mig", **values}, COMMAND_LINE)
    return eval_metrics(Settings([sheet], script="eval-metrics"))


def stored(run: Run, ident: str) -> dict[str, Any]:
    return json.loads((run.results / f"{ident}.json").read_text())


def test_results_of_another_part_are_not_shown_for_this_one(
    folder: Path, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, ident="same", mode="test") == 0
    first = [stored(run, "same") for run in runs]
    assert [one["settings"]["sampling"] for one in first] == ["all 18 test images"] * 2
    assert call(folder, ident="same", mode="test") == 0  # the same call: nothing is computed anew
    capsys.readouterr()
    assert call(folder, ident="same", mode="train") == 2
    assert "--overwrite" in capsys.readouterr().err
    assert [stored(run, "same") for run in runs] == first


def test_each_run_says_what_it_was_measured_on(
    folder: Path, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, ident="said") == 0
    said = capsys.readouterr().err
    for run in runs:
        assert f"{run.name}, step 5: all 90 images; seed 0" in said


def test_runs_are_compared_on_one_part_that_all_have(
    folder: Path, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, metrics="udr", ident="agree", mode="test") == 0
    assert "udr: all 18 test images; seed 0" in capsys.readouterr().err
    test = load_run(runs[0].path, dataroot=folder / "data").splits.test
    codes = []
    for run in reversed(runs):  # newest first
        loaded = load_run(run.path, dataroot=folder / "data")
        codes.append(Inference(loaded.model, loaded.items).encode_with_divergence(test))
    order = np.random.default_rng(0).permutation(len(test))
    expected = udr([code[order] for code, _ in codes], [divergence for _, divergence in codes])
    for run, value in zip(reversed(runs), expected["per_run"], strict=True):
        found = stored(run, "agree-udr")
        assert found["scores"]["udr"]["udr"] == pytest.approx(float(value), abs=1e-5)
        assert (found["settings"]["mode"], found["settings"]["points"]) == ("test", 18)
        assert (found["settings"]["step"], found["settings"]["steps"]) == (5, [5] * len(runs))


def test_runs_are_not_compared_on_parts_that_differ(folder: Path, runs: list[Run]) -> None:
    with pytest.raises(
        Exception, match=r"the val part of own-\S+ is not that of own-.*test, held-out or all"
    ):
        call(folder, metrics="udr", ident="differ", mode="val")
    assert not list(runs[0].results.glob("differ*"))


def test_repeats_draw_anew_where_one_measurement_takes_all(folder: Path, runs: list[Run]) -> None:
    assert call(folder, load=runs[0].name, ident="thrice", repeats=3, quiet=True) == 0
    found = stored(runs[0], "thrice")
    assert found["settings"]["sampling"] == "60 of the 90 images, without replacement"
    assert len(set(found["repeats"]["mig"]["mig"]["values"])) == 3
