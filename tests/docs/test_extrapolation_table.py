"""The table of the extrapolation study: rows of the study, with ours beside the published ones."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from ..configs import LIBRARY
from ..conftest import PROJECT


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PROJECT / "benchmarks")
    return importlib.import_module("sae_extrapolation")


@pytest.mark.parametrize("study", ["study/sae-extrapolation", "study/sae-extrapolation-room"])
def test_rows_and_stages_are_those_of_the_study(script: ModuleType, study: str) -> None:
    layers = LIBRARY.lineage(study)
    grid, stages = (next(layer[key] for layer in layers if key in layer) for key in ("grid", "stages"))
    assert grid["model"] == list(script.PUBLISHED)
    assert ["first", *stages] == list(script.STAGES)


def test_ours_stand_beside_the_published_ones(script: ModuleType) -> None:
    row = "paper/sae/ae"
    errors = {
        (row, "first"): [10.0, 12.0],
        (row, "encoder"): [5.0, 6.0],
        (row, "decoder"): [1.0, 1.2],
    }
    lines = script.table(errors).splitlines()
    (ours,) = [line for line in lines if line.startswith("| AE ")]
    assert ours == "| AE | 2 | 11.0 ± 1.4 (11.81) | 5.50 ± 0.71 (7.31) | 1.10 ± 0.14 (0.38) | – (0.35) |"
    assert "| SAE-12 | 0 | – (13.21) | – (7.70) | – (0.42) | – (0.34) |" in lines
    assert script.verdict(errors).splitlines()[-1] == (
        "* AE: yes. Of the error before, the update of the encoder leaves 50% (published 62%), "
        "that of the decoder 10% (3%)"
    )
    assert "AE: no" in script.verdict({**errors, (row, "decoder"): [4.0]})
    assert script.verdict({}) == ""


def test_rows_of_the_job_are_shown_in_place_of_its_runs(script: ModuleType) -> None:
    def row(stage: str, steps: int, error: float) -> dict[str, object]:
        scores = {"eval-held-out": {"reconstruction.mse_per_pixel": error}}
        return {"model": "paper/sae/ae", "stage": stage, "steps": steps, "scores": scores}

    rows = [row("first", 800, 0.012), row("first", 400, 0.5), row("decoder", 200, 0.001)]
    errors = script.recorded(rows)
    assert errors == {("paper/sae/ae", "first"): [12.0], ("paper/sae/ae", "decoder"): [1.0]}
