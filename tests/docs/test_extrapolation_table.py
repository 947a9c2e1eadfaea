"""The table of the extrapolation study: rows of the study, with ours beside the published ones."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from ..configs import LIBRARY
from ..conftest import PROJECT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("x", PROJECT / "benchmarks" / "sae_extrapolation.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("study", ["study/sae-extrapolation", "study/sae-extrapolation-room"])
def test_rows_and_stages_are_those_of_the_study(script: ModuleType, study: str) -> None:
    layers = LIBRARY.lineage(study)
    grid, stages = (next(layer[key] for layer in layers if key in layer) for key in ("grid", "stages"))
    assert grid["row"] == list(script.PUBLISHED)
    assert ["first", *stages] == list(script.STAGES)


def test_ours_stand_beside_the_published_ones(script: ModuleType) -> None:
    row = "hybrid a/conv12 m/ae"
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
