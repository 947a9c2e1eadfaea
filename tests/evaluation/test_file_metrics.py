"""Where the scores of a file of codes may be written, and what is said of its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.evaluation.file_metrics import find_target, warn
from disentcli.metrics.codefile import CodeFile
from disentcli.metrics.file_context import FileContext


def test_scores_go_to_the_named_file_or_nowhere(tmp_path: Path) -> None:
    assert find_target(None, tmp_path / "codes.npz", overwrite=False) is None
    out = tmp_path / "scores.json"
    assert find_target(str(out), tmp_path / "codes.npz", overwrite=False) == out


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("scores.txt", r"scores\.txt: scores are written as \.json, and arrays as \.h5 beside it"),
        ("missing/scores.json", r"there is no folder .*missing to write scores\.json into; make it first"),
        ("codes.json", r"codes\.json: its arrays would be written over .*codes\.h5; choose another name"),
        ("other.json", r"other\.json: its arrays would be written over .*other\.h5; choose another name"),
    ],
)
def test_a_file_that_would_be_lost_is_refused(tmp_path: Path, out: str, message: str) -> None:
    for name in ("codes.h5", "other.h5"):
        (tmp_path / name).touch()
    with pytest.raises(CallError, match=message):
        find_target(str(tmp_path / out), tmp_path / "codes.h5", overwrite=False)


def test_arrays_of_another_program_are_replaced_on_demand_but_never_the_codes(tmp_path: Path) -> None:
    for name in ("codes.h5", "other.h5"):
        (tmp_path / name).touch()
    source = tmp_path / "codes.h5"
    assert find_target(str(tmp_path / "other.json"), source, overwrite=True) == tmp_path / "other.json"
    with pytest.raises(CallError, match=r"its arrays would be written over .*codes\.h5"):
        find_target(str(tmp_path / "codes.json"), source, overwrite=True)


def test_constant_factors_and_values_that_only_test_rows_have_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    factors = np.stack([np.zeros(12), np.arange(12) // 3, np.arange(12) % 2], axis=1).astype(int)
    file = CodeFile(factors * 1.0, factors, ("floor", "shape", "size"), (1, 4, 2))
    warn(FileContext(file, train_size=6, in_order=True))
    said = capsys.readouterr().err
    assert "left out, because they never change: floor\n" in said
    assert "the rows that train lack values of shape that the test rows have" in said
    warn(FileContext(file, train_size=6))
    assert "lack values" not in capsys.readouterr().err
