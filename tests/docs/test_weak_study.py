"""The study of weak disentanglement: its runs, and the tables that its rows become."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from disentcli.experiment.sweep_call import SweepCall

from ..configs import LIBRARY
from ..conftest import PROJECT


@pytest.fixture(scope="module", autouse=True)
def benchmarks() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PROJECT / "benchmarks")
        yield


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return importlib.import_module("weak_report")


@pytest.fixture(scope="module")
def asked() -> SweepCall:
    """The study; reading it checks each run and each call that follows."""
    return importlib.import_module("weak_study").read_study(["study/weak"])


def row(choice: str, data: str, seed: int = 0, **scores: float) -> dict[str, Any]:
    """A row with these scores of relation_accuracy; `_` is for `.`."""
    named = {f"relation_accuracy.{name.replace('_', '.')}": value for name, value in scores.items()}
    place = {"choice": choice, "data": data, "stage": "first", "seed": seed, "steps": 2500}
    return {**place, "scores": {"weak": named}}


def test_the_report_knows_every_choice_and_data_set_of_the_study(report: ModuleType) -> None:
    (grid,) = [layer["grid"] for layer in LIBRARY.lineage("study/weak") if "grid" in layer]
    assert grid == {"choice": list(report.CHOICES), "data": list(report.DATA)}


def test_all_runs_of_a_seed_come_before_those_of_the_next(asked: SweepCall) -> None:
    assert [one.seed for one in asked.plan] == [0] * 30 + [1] * 30 + [2] * 30
    assert {dict(one.arguments)["budget"] for one in asked.plan} == {"2500"}


def test_a_shorter_study_warms_up_for_as_large_a_share(asked: SweepCall) -> None:
    short = importlib.import_module("weak_study").read_study(["study/weak"], 40).plan
    assert {dict(one.arguments)["budget"] for one in short} == {"40"}
    assert {dict(one.arguments)["model.warm-up-steps"] for one in short} == {"16"}
    (model,) = [layer["model"] for layer in LIBRARY.lineage("study/weak-model")[:1]]
    assert model["warm_up_steps"] == 0.4 * 2500
    assert [one.grid_cell for one in short] == [one.grid_cell for one in asked.plan]


def test_without_rows_nothing_is_told(report: ModuleType) -> None:
    assert report.best({}, "study/weak-rooms", report.IMAGES) == report.NOT_YET
    lines = "\n".join(report.tables({}, "", report.RELATION_COLUMNS))
    assert lines.count(" – |") == 3 * 10 * (len(report.RELATION_COLUMNS) + 1)


def test_the_best_choice_has_the_best_mean_and_less_error_is_better(report: ModuleType) -> None:
    data = "study/weak-sprites"
    rows = [
        row(choice, data, seed, images_accuracy=0.1 * place + 0.01 * seed, images_mse=0.001 * place)
        for place, choice in enumerate(report.CHOICES)
        for seed in range(3)
    ]
    cells = report.by_cell(rows, ("choice", "data"))
    assert report.best(cells, data, report.IMAGES) == (
        "encoder frozen in the second stage: 0.910 ± 0.010 (0.010 ± 0.010)"
    )
    assert report.best(cells, data, report.ERROR).startswith("default: 0")
    assert report.best(cells, data, report.KEPT) == "–"
    assert report.best(cells, "study/weak-rooms", report.IMAGES) == "–"


def test_costs_are_differences_of_one_seed(report: ModuleType) -> None:
    data, other = "study/weak-symbols", list(report.CHOICES)[2]
    rows = [row(report.DEFAULT, data, seed, images_accuracy=one) for seed, one in enumerate((0.5, 0.9, 0.1))]
    rows += [row(other, data, seed, images_accuracy=one) for seed, one in ((0, 0.4), (1, 0.7))]
    cells = report.by_cell(rows, ("choice", "data"))
    assert report.costs(cells, other, data, report.IMAGES) == pytest.approx([-0.1, -0.2])
    assert report.shown(report.costs(cells, other, data, report.IMAGES)) == "-0.150 ± 0.071"


def test_the_page_says_what_the_rows_hold(report: ModuleType) -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    written = report.page(text, report.Rows.of_study(report.STUDY).read())
    assert text == written, "python benchmarks/weak_report.py writes it anew"
