"""Factors of arrays of one's own: which columns are classes, which are continuous, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli.data.custom.array import Array
from disentcli.data.factors import FactorSpace
from disentcli.errors import CallError
from disentcli.metrics.codefile import read_code_file

from .arrays import COLOURED, GRID, refused, save


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_a_full_grid_in_order_is_a_grid(tmp_path: Path, ending: str) -> None:
    content = {
        "images": COLOURED,
        "factors": GRID,
        "factor_names": np.array(["hue", "size", "turn"]),
        "factor_values/hue": np.array(["red", "blue"]),
        "factor_values/size": np.array([0.5, 1, 2]),
    }
    data = Array(save(tmp_path / f"mine{ending}", **content))
    expected = FactorSpace(("hue", "size", "turn"), (2, 3, 2), (("red", "blue"), (0.5, 1.0, 2.0), (0.0, 1.0)))
    assert data.grid == data.factor_space == expected
    assert np.array_equal(data.factors(), GRID)


def test_a_grid_in_another_order_is_a_table_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    order = np.random.default_rng(2).permutation(12)
    data = Array(save(tmp_path / "mine.npz", images=COLOURED[order], factors=GRID[order]))
    assert data.grid is None
    assert np.array_equal(data.factors(), GRID[order])
    assert data.factor_sizes == (2, 3, 2)
    assert "another order" in caplog.text


def test_a_repeated_combination_is_no_grid(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    factors = GRID.copy()
    factors[3] = factors[4]
    assert Array(save(tmp_path / "mine.npz", images=COLOURED, factors=factors)).grid is None
    assert "another order" not in caplog.text


def test_classes_with_gaps_become_ranks_and_keep_their_values(tmp_path: Path) -> None:
    factors = np.array([[1], [5], [3]] * 4)
    data = Array(save(tmp_path / "mine.npz", images=COLOURED, factors=factors))
    assert data.factor_sizes == (3,)
    assert data.factor_values == ((1.0, 3.0, 5.0),)
    assert data.factors()[:3, 0].tolist() == [0, 2, 1]


def test_announced_classes_are_kept_even_where_some_never_occur(tmp_path: Path) -> None:
    content = {"images": COLOURED, "factors": np.full(12, 2), "factor_sizes": np.array([5])}
    data = Array(save(tmp_path / "mine.npz", **content))
    assert data.factor_sizes == (5,)
    assert set(data.factors().ravel()) == {2}


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_words_are_classes_in_sorted_order(tmp_path: Path, ending: str) -> None:
    factors = np.array([["red", "big"], ["blue", "big"], ["green", "small"]] * 4)
    data = Array(save(tmp_path / f"mine{ending}", images=COLOURED, factors=factors))
    assert data.factor_values == (("blue", "green", "red"), ("big", "small"))
    assert data.factors()[:3].tolist() == [[2, 0], [0, 0], [1, 1]]


def test_floats_are_continuous_factors(tmp_path: Path) -> None:
    factors = np.random.default_rng(3).normal(size=(12, 2))
    data = Array(save(tmp_path / "mine.npz", images=COLOURED, factors=factors))
    assert data.factor_sizes == (0, 0)
    assert data.factor_values == ((), ())
    assert np.array_equal(data.factors(np.array([7, 1])), factors[[7, 1]])


TYPES = [np.float64, np.float32, np.float16, np.uint8, np.uint64, bool]


@pytest.mark.parametrize(
    ("dtype", "ending"),
    [(np.longdouble, ".npz"), *((dtype, ending) for dtype in TYPES for ending in (".npz", ".h5"))],
)
def test_whole_numbers_of_every_type_are_classes(tmp_path: Path, dtype: type, ending: str) -> None:
    factors = (GRID[:, :2] > 0 if dtype is bool else 2 * GRID[:, :2]).astype(dtype)
    data = Array(save(tmp_path / f"mine{ending}", images=COLOURED, factors=factors))
    assert data.factor_values == (
        ((0.0, 1.0), (0.0, 1.0)) if dtype is bool else ((0.0, 2.0), (0.0, 2.0, 4.0))
    )
    assert data.factors().dtype == np.int64
    np.testing.assert_array_equal(data.factors(), GRID[:, :2] > 0 if dtype is bool else GRID[:, :2])


def test_a_column_of_floats_is_one_of_classes_by_itself(tmp_path: Path) -> None:
    """As in a file of codes, whose factors are read by the same rule."""
    factors = np.stack([GRID[:, 1] * 1.0, GRID[:, 1] * 0.5, GRID[:, 1] - 1.0], axis=-1)
    path = save(tmp_path / "mine.npz", images=COLOURED, factors=factors, codes=COLOURED[:, :, 0, 0] / 255)
    data = Array(path)
    assert data.factor_sizes == (3, 0, 3)
    assert data.factor_values == ((0.0, 1.0, 2.0), (), (-1.0, 0.0, 1.0))
    assert [size > 0 for size in read_code_file(path).factor_sizes] == [True, False, True]


def test_a_grid_written_as_floats_is_a_grid(tmp_path: Path) -> None:
    data = Array(save(tmp_path / "mine.npz", images=COLOURED, factors=GRID * 1.0))
    assert data.factor_space is not None
    assert data.factor_space.sizes == (2, 3, 2)


def test_size_0_says_that_whole_numbers_are_continuous(tmp_path: Path) -> None:
    content = {"images": COLOURED, "factors": GRID * 1.0, "factor_sizes": np.array([0, 3, 0])}
    data = Array(save(tmp_path / "mine.npz", **content))
    assert data.factor_sizes == (0, 3, 0)
    assert data.factors().dtype == np.float64


@pytest.mark.parametrize(
    ("factors", "fingerprint"),
    [
        (GRID * 1.0, "ecdc8a532bbf3fe7"),
        ((GRID * 2.0 - 1)[::-1].astype("f4"), "70114475596ec478"),
        (GRID * np.array([3, 1, 0.5]), "dd99b31d5c3f56e8"),
    ],
)
def test_runs_on_classes_written_as_floats_keep_their_data(
    tmp_path: Path, factors: np.ndarray, fingerprint: str
) -> None:
    """Fingerprints of November 2026, when such columns were continuous."""
    assert Array(save(tmp_path / "mine.npz", images=COLOURED, factors=factors)).fingerprint == fingerprint


def test_sizes_say_which_columns_of_a_float_table_are_classes(tmp_path: Path) -> None:
    factors = np.stack([np.arange(12) % 3, np.linspace(0, 1, 12)], axis=-1)
    content = {"images": COLOURED, "factors": factors, "factor_sizes": np.array([3, 0])}
    data = Array(save(tmp_path / "mine.npz", **content))
    assert data.factor_sizes == (3, 0)
    assert data.factor_values == ((0.0, 1.0, 2.0), ())
    assert np.array_equal(data.factors(), factors)


CLASSES = np.array([[0, 1], [2, 0], [1, 1]] * 4)
NAMES = np.array(["hue", "size"])


def with_class(value: int) -> np.ndarray:
    changed = CLASSES.copy()
    changed[7, 1] = value
    return changed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"factors": with_class(-1), "factor_names": NAMES, "factor_sizes": np.array([3, 2])},
            ("the class -1", "'size'", "row 7"),
        ),
        (
            {"factors": with_class(4), "factor_names": NAMES, "factor_sizes": np.array([3, 2])},
            ("the class 4", "0…1", "'size'", "row 7"),
        ),
        ({"factors": CLASSES[:11]}, ("11 rows of factors for 12 images",)),
        ({"factors": np.where(with_class(9) == 9, np.nan, 1.5)}, ("nan", "'factor_1'", "row 7")),
        ({"factors": CLASSES, "factor_names": np.array(["hue"])}, ("2 factors have 1 names: hue",)),
        ({"factors": CLASSES, "factor_names": np.array(["hue", "hue"])}, ("two factors are called 'hue'",)),
        ({"factors": CLASSES, "factor_names": np.array(["hue", ""])}, ("factor 1 has an empty name",)),
        ({"factors": CLASSES, "factor_names": np.array([1, 2])}, ("factor_names must be 2 words",)),
        ({"factors": CLASSES, "factor_sizes": np.array([3])}, ("factor_sizes must be one", "[3]")),
        ({"factors": CLASSES, "factor_sizes": np.array([3.0, 2])}, ("whole numbers, not float64",)),
        (
            {"factors": CLASSES + 0.5, "factor_sizes": np.array([4, 0])},
            ("0.5 where a class was announced", "'factor_0'", "row 0"),
        ),
        ({"factors": CLASSES[None]}, ("factors must be (N, F), not (1, 12, 2)",)),
        (
            {"factors": CLASSES.astype(str), "factor_sizes": np.array([3, 2])},
            ("where numbers are expected", "'factor_0'"),
        ),
        ({"factors": CLASSES, "factor_values/shape": NAMES}, ("'factor_values/shape' belongs to no factor",)),
        (
            {"factors": CLASSES, "factor_names": NAMES, "factor_values/hue": np.array(["red", "blue"])},
            ("the class 2, beyond 0…1", "'hue'", "row 1"),
        ),
        (
            {
                "factors": CLASSES,
                "factor_names": NAMES,
                "factor_sizes": np.array([3, 2]),
                "factor_values/hue": np.array(["red", "blue"]),
            },
            ("2 values for 3 classes", "'hue'"),
        ),
    ],
)
def test_wrong_factors_are_named(tmp_path: Path, content: dict[str, Any], words: tuple[str, ...]) -> None:
    message = refused(save(tmp_path / "mine.npz", images=COLOURED, **content))
    assert all(word in message for word in (*words, "mine.npz")), message


@pytest.mark.parametrize("stored", [(2, 0, 1), (1, 0, 2), (0, 2, 1)])
def test_a_grid_in_another_order_of_its_factors_is_one_if_so_asked(
    stored: tuple[int, ...], tmp_path: Path
) -> None:
    """`stored`: the factors of 2, 3 and 4 values, the slowest first."""
    sizes, names = (2, 3, 4), ("a", "b", "c")
    factors = np.empty((24, 3), np.int64)
    factors[:, list(stored)] = list(np.ndindex(*(sizes[k] for k in stored)))
    images = np.arange(24 * 16, dtype=np.uint32).astype(np.uint8).reshape(24, 4, 4)
    np.savez(tmp_path / "grid.npz", images=images, factors=factors, factor_names=list(names))
    plain, grid = (Array(tmp_path / "grid.npz", as_grid=as_grid) for as_grid in (False, True))
    assert plain.factor_space is None
    assert plain.factor_names == names
    assert grid.factor_space is not None
    assert grid.factor_names == tuple(names[k] for k in stored)
    assert np.array_equal(grid.factors(np.arange(24)), factors[:, list(stored)])
    assert torch.equal(grid.batch(np.arange(24)), plain.batch(np.arange(24)))
    assert grid.fingerprint == plain.fingerprint
    info = Array.info(
        path=tmp_path / "grid.npz",
        key=None,
        factors_key=None,
        layout=None,
        size=None,
        pad=False,
        as_grid=True,
    )
    assert info.factor_names == grid.factor_names


def test_rows_in_no_order_are_no_grid_and_a_warning_says_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    factors = np.array(list(np.ndindex(2, 3)))
    images = np.zeros((6, 4, 4), np.uint8)
    np.savez(tmp_path / "shuffled.npz", images=images, factors=factors[[3, 0, 1, 2, 5, 4]])
    Array(tmp_path / "shuffled.npz")
    assert "numpy.lexsort" in caplog.text
    with pytest.raises(CallError, match="not each combination of the factors once"):
        Array(tmp_path / "shuffled.npz", as_grid=True)
    np.savez(tmp_path / "none.npz", images=images)
    with pytest.raises(CallError, match="there are no factors"):
        Array(tmp_path / "none.npz", as_grid=True)
    np.savez(tmp_path / "columns.npz", images=images, factors=factors[:, ::-1])
    Array(tmp_path / "columns.npz")
    assert "--dataset.as-grid yes takes them as a full grid of factor_1, factor_0" in caplog.text
