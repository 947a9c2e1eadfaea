"""A run whose data file was replaced: each command refuses, or with --data-changed notes it in results."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from disentcli import load_run
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError, DisentError
from disentcli.runs.run import Run
from disentcli.scripts.compare import compare
from disentcli.scripts.encode import encode
from disentcli.scripts.eval import evaluate
from disentcli.scripts.eval_metrics import eval_metrics
from disentcli.scripts.figures import draw_figures
from disentcli.scripts.report import report
from disentcli.tables.score_tables import data_notes

from ..configs import trained
from ..toy_runs import make_run

FEW = {"points": 60, "test_points": 30, "metrics": "mig"}
Script = Callable[[Settings], int]


def save(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, 3, (200, 2))
    images = np.repeat(rng.integers(0, 256, (200, 32, 1), dtype=np.uint8), 32, axis=2)
    np.savez(path, images=images, factors=factors)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs on d.npz, and the results of each as they are on its own data."""
    place = tmp_path_factory.mktemp("changed")
    save(place / "d.npz", seed=0)
    for name in ("one", "two"):
        run = make_run(place, name, data={"_type": "array", "path": str(place / "d.npz")})
        call(evaluate, run, ident="own")
    return place


@pytest.fixture
def run(place: Path) -> Run:
    return Run.find(place / "runs", "one")


@pytest.fixture
def replaced(place: Path) -> Iterator[None]:
    """Other images and factors in d.npz, while a test lasts."""
    save(place / "d.npz", seed=1)
    yield
    save(place / "d.npz", seed=0)


def call(script: Script, run: Run, *words: str, **values: Any) -> int:
    names = {} if words else {"load": run.name}
    roots = {"saveroot": str(run.path.parent)} | ({} if script is compare else {"device": "cpu"})
    sheet = ConfigLayer({**roots, **names, **values}, COMMAND_LINE)
    return script(Settings([sheet], script=script.__name__, words=words))


def read(run: Run, ident: str) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((run.path / "results" / f"{ident}.json").read_text())["settings"]
    return settings


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_results_name_the_data_they_are_of(run: Run, tmp_path: Path) -> None:
    recorded = run.info()["data"]
    call(eval_metrics, run, ident="named", **FEW)
    call(encode, run, out=str(tmp_path / "codes.npz"))
    assert read(run, "own")["data"] == read(run, "named")["data"] == recorded
    assert read(run, "own")["data_changed"] is False
    with np.load(tmp_path / "codes.npz") as file:
        assert (str(file["data"]), bool(file["data_changed"])) == (recorded, False)


@pytest.mark.parametrize(
    ("script", "values"),
    [
        (evaluate, {"ident": "x"}),
        (eval_metrics, {"ident": "x", **FEW}),
        (encode, {"out": "codes.npz"}),
        (draw_figures, {"ident": "x", "only": "scatter"}),
    ],
)
def test_changed_data_are_refused_and_nothing_is_written(
    run: Run, replaced: None, script: Script, values: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    before = files(run.path)
    with pytest.raises(DisentError, match=rf"{run.name} was trained on: .*d\.npz\) has .*\n.*--data-changed"):
        call(script, run, **values)
    assert files(run.path) == before
    assert not [*tmp_path.iterdir()]


def test_changed_data_are_used_knowingly_and_every_result_says_so(
    run: Run, replaced: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = {"data_changed": True}
    with pytest.warns(UserWarning, match="the results are of the changed data"):
        call(evaluate, run, ident="known", **accepted)
    with pytest.warns(UserWarning, match="the results are of the changed data"):
        call(eval_metrics, run, ident="known-metrics", **FEW, **accepted)
    with pytest.warns(UserWarning, match="the results are of the changed data"):
        call(encode, run, out=str(tmp_path / "codes.npz"), **accepted)
    own = run.info()["data"]
    for ident in ("known", "known-metrics"):
        settings = read(run, ident)
        assert (settings["data_changed"], settings["data_of_run"]) == (True, own)
        assert settings["data"] != own
    with np.load(tmp_path / "codes.npz") as file:
        assert (bool(file["data_changed"]), str(file["data_of_run"])) == (True, own)
    of_codes = {"codes": str(tmp_path / "codes.npz"), "out": str(tmp_path / "r.json")}
    assert (
        eval_metrics(Settings([ConfigLayer({**of_codes, **FEW}, COMMAND_LINE)], script="eval-metrics")) == 0
    )
    of_file = json.loads((tmp_path / "r.json").read_text())["settings"]
    assert (of_file["data_changed"], of_file["data_of_run"]) == (True, own)
    assert "codes of other data than their run was trained on" in capsys.readouterr().err


def test_a_report_has_no_slider_of_changed_data_or_says_what_it_shows(run: Run, replaced: None) -> None:
    page = run.path / "report.html"
    assert call(report, run, run.name) == 0
    assert "No slider: the data are not those that" in page.read_text()
    with pytest.warns(UserWarning, match="changed data"):
        assert call(report, run, run.name, data_changed=True) == 0
    assert "The images are not of the data that the run was trained on." in page.read_text()


def test_the_python_interface_refuses_and_can_be_told(run: Run, replaced: None) -> None:
    with pytest.raises(DisentError, match="data_changed=True"):
        load_run(run.path)
    with pytest.warns(UserWarning, match="changed data"):
        loaded = load_run(run.path, data_changed=True)
    assert loaded.data.changed
    assert loaded.data.recorded == run.info()["data"]


def test_results_on_changed_data_are_not_taken_for_those_of_the_run(
    run: Run, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call on a pattern passes over finished evaluations: one of changed data is none."""
    save(place / "d.npz", seed=1)
    with pytest.warns(UserWarning, match="changed data"):
        call(eval_metrics, run, ident="each", load="one*", data_changed=True, **FEW)
    save(place / "d.npz", seed=0)
    assert call(eval_metrics, run, ident="each", load="one*", **FEW) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_comparing_results_of_different_data_is_warned_of(
    run: Run, replaced: None, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Run.find(run.path.parent, "two")
    assert not data_notes([run, other], "own")
    with pytest.warns(UserWarning, match="changed data"):
        call(evaluate, other, ident="own", overwrite=True, data_changed=True)
    notes = data_notes([run, other], "own")
    assert notes[0].startswith(f"{other.name} has results on data that it was not trained on")
    assert notes[1].startswith("results on different data of one dataset are side by side")
    assert all(one.name in notes[1] for one in (run, other))
    call(compare, run, "one", "two", ident="own")
    assert "warning: results on different data" in capsys.readouterr().err


def test_runs_are_not_compared_with_each_other_on_different_data(place: Path, run: Run) -> None:
    """UDR takes codes of the same images."""
    save(place / "e.npz", seed=2)
    make_run(place, "udr-a", method="vae", data={"_type": "array", "path": str(place / "d.npz")})
    make_run(place, "udr-b", method="vae", data={"_type": "array", "path": str(place / "e.npz")})
    with pytest.raises(CallError, match=r"on the same data; udr-._\d+-\d+ has others than udr-"):
        call(eval_metrics, run, load="udr-*", metrics="udr", ident="udr", points=50)


def test_a_new_run_from_weights_says_when_its_data_changed(tmp_path: Path) -> None:
    save(tmp_path / "d.npz", seed=0)
    place = {"data": tmp_path / "data", "runs": tmp_path / "runs"}

    def train_on(file: str, **changes: Any) -> Run:
        return trained(
            "m/ae", "d/array", budget=2, **{"dataset.path": str(tmp_path / file)}, **place, **changes
        )

    first = train_on("d.npz", name="first")
    save(tmp_path / "d.npz", seed=1)
    save(tmp_path / "e.npz", seed=2)
    with pytest.warns(
        UserWarning, match=rf"{first.name} was trained on: .*; the new run is trained on these"
    ):
        same = train_on("d.npz", load=first.name, name="same")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other = train_on("e.npz", load=first.name, name="other")
    assert len({one.info()["data"] for one in (first, same, other)}) == 3
    with pytest.raises(DisentError, match=rf"{first.name} was trained on: .*\n.*--load {first.name}"):
        trained(resume=first.name, budget=4, **place)
