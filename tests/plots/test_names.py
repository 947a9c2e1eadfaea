"""Names and values that people give to factors: drawn as they are, and shortened where they are long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.plots.drawing import save, short_label
from disentcli.plots.matrices import heat_map
from disentcli.plots.metric_arrays import AxisLabels, labelled_matrices
from disentcli.plots.render_figures import LONGEST_NAME, file_name

FORMULAS = ["rate $a_$ b", r"50 % \q{ #1", "a$b$c", "x^2_"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_names_that_look_like_formulas_are_drawn_as_they_are(tmp_path: Path, ending: str) -> None:
    arrays = {"mig/mutual_information": np.eye(4)}
    ((name, matrix),) = labelled_matrices(arrays, AxisLabels(4, FORMULAS))
    path = save(heat_map(matrix), tmp_path / f"{name}.{ending}")
    assert path.stat().st_size > 1000
    assert list(matrix.columns) == FORMULAS


def test_long_names_and_values_are_shortened() -> None:
    assert short_label("b" * 28) == "b" * 28
    assert short_label("b" * 100) == "b" * 27 + "…"
    assert list(AxisLabels(1, ["b" * 100]).of("factor")) == ["b" * 27 + "…"]


def test_file_names_of_figures_stay_in_their_folder_and_apart() -> None:
    names = ["scatter_../x", "scatter_m/s", "scatter_m~2fs", *(f"scatter_{'b' * 200}{k}" for k in range(2))]
    files = [file_name(name) for name in names]
    assert not any("/" in one for one in files)
    assert len(set(files)) == len(files)
    assert max(map(len, files)) <= LONGEST_NAME
    assert file_name("scatter_größe") == "scatter_größe"
