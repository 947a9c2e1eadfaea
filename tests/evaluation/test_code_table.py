"""The columns and arrays that `fig encode` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.evaluation.code_table import CodeTable, write_codes
from disentcli.metrics.codefile import read_code_file

TABLE = CodeTable(
    codes=np.arange(8, dtype=np.float32).reshape(4, 2),
    factors=np.array([[1, 3, 0, 0.25], [0, 2, 1, 0.5], [1, 0, 1, 0.75], [0, 1, 0, 1.5]]),
    factor_names=("site", "dose", "scale", "angle"),
    factor_sizes=(2, 4, 2, 0),
    factor_values=(("A", "B"), (0.0, 1.0, 5.0, 10.0), (0.5, 0.75), ()),
)


def test_classes_are_written_as_what_they_stand_for() -> None:
    columns = {name: column.tolist() for name, column in TABLE.columns().items()}
    assert columns["factor_site"] == ["B", "A", "B", "A"]
    assert columns["factor_dose"] == [10, 5, 0, 1]
    assert columns["factor_scale"] == [0, 1, 1, 0]  # fractions would be read as a continuous factor
    assert columns["factor_angle"] == [0.25, 0.5, 0.75, 1.5]


@pytest.mark.parametrize("ending", ["csv", "npz", "h5"])
def test_what_is_written_is_read_as_it_was(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"codes.{ending}"
    write_codes(path, TABLE)
    found = read_code_file(path)
    assert np.array_equal(found.codes, TABLE.codes)
    assert np.array_equal(found.factors, TABLE.factors)
    assert tuple(found.factor_sizes) == TABLE.factor_sizes
