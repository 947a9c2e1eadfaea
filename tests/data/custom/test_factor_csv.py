"""Factors of a folder of image files: from a CSV, or from its sub-folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from disentcli.data.custom.folder import Folder
from disentcli.data.dataset_info import describe_dataset
from disentcli.errors import CallError

from .image_folders import NUMBERED, fill, load, refused


def test_sub_folders_are_classes(place: Path) -> None:
    data = load(fill(place, ["cat/1.png", "cat/2.png", "dog/1.png", "top.png"]))
    assert data.factor_names == ("folder",)
    assert data.factor_values == ((".", "cat", "dog"),)
    assert data.factors()[:, 0].tolist() == [1, 1, 2, 0]


CSV = """file,shape,size,angle
10.png,square,3,0.5
2.png,heart,1,1e-1
./1.png,square,1,.25
"11.png",ellipse,3,3

100.png,heart,3,-2.5
0.png,heart,7,7
"""


def test_a_csv_in_any_order_gives_the_factors(place: Path) -> None:
    fill(place, NUMBERED)
    (place.parent / "factors.csv").write_text(CSV, encoding="utf-8-sig")
    data = load(place, factors=place.parent / "factors.csv")
    assert data.factor_names == ("shape", "size", "angle")
    assert data.factor_sizes == (3, 3, 0)
    assert data.factor_values == (("ellipse", "heart", "square"), (1.0, 3.0, 7.0), ())
    expected = [[1, 2, 7], [2, 0, 0.25], [1, 0, 0.1], [2, 1, 0.5], [0, 1, 3], [1, 1, -2.5]]
    assert data.factors().tolist() == expected


def test_whole_numbers_with_a_decimal_point_are_classes(place: Path) -> None:
    """As pandas writes a column of whole numbers in which there was a gap."""
    fill(place, NUMBERED)
    rows = [f"{name},{k}.0,{k - 1.0},{k}.5" for k, name in enumerate(NUMBERED)]
    (place.parent / "factors.csv").write_text("\n".join(["file,hue,x,angle", *rows]))
    data = load(place, factors=place.parent / "factors.csv")
    assert data.factor_sizes == (6, 6, 0)
    assert data.factor_values[1] == (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    assert data.factors()[:, 0].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_column_is_continuous_where_the_call_says_so(place: Path) -> None:
    fill(place, NUMBERED)
    (place.parent / "factors.csv").write_text(CSV)
    table = {"factors": place.parent / "factors.csv"}
    data = load(place, **table, continuous=("size",))
    assert data.factor_sizes == (3, 0, 0)
    assert data.factors()[:, 1].tolist() == [7, 1, 1, 3, 3, 3]
    info = describe_dataset(Folder, {"path": str(place), **table, "continuous": ["size"]})
    assert info.factor_sizes == (3, 0, 0)
    assert "has no factor 'sise' to be continuous; it has shape, size, angle" in refused(
        place, CallError, **table, continuous=("sise",)
    )
    assert "--dataset.factors names one" in refused(place, CallError, continuous=("size",))


def test_a_csv_that_is_the_full_grid_in_order_makes_a_grid(place: Path) -> None:
    fill(place, NUMBERED)
    rows = [f"{name},{k // 3},{'abc'[k % 3]}" for k, name in enumerate(NUMBERED)]
    (place.parent / "factors.csv").write_text("\n".join(["file,u,v", *rows[::-1]]))
    data = load(place, factors=place.parent / "factors.csv")
    assert data.grid is not None
    assert data.grid.sizes == (2, 3)
    assert data.grid.values[1] == ("a", "b", "c")
    assert data.factors()[4].tolist() == [1, 1]


def test_the_fingerprint_follows_the_factors(place: Path) -> None:
    plain = load(fill(place, NUMBERED)).fingerprint
    (place.parent / "factors.csv").write_text(CSV)
    assert load(place, factors=place.parent / "factors.csv").fingerprint != plain


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("square,3,0.5", "square,,0.5"), ("an empty cell", "'size'", "row 2 (10.png)")),
        (("square,3,0.5", "square,three,0.5"), ("'three' among numbers", "'size'", "row 2 (10.png)")),
        (("heart,3,-2.5", "heart,3,nan"), ("nan, not a finite number", "'angle'", "row 7 (100.png)")),
        (("heart,3,-2.5", "heart,3"), ("row 7 has 3 columns, the header has 4",)),
        (("100.png", "99.png"), ("1 images have no row, '100.png' first",)),
        (("100.png", "10.png"), ("row 7 is of '10.png', as is row 2",)),
        (("100.png,heart,3,-2.5\n", ""), ("1 images have no row, '100.png' first",)),
        (("file,shape,size,angle\n", ""), ("the first row names the image '10.png'", "header")),
        ((CSV, ""), ("a header with the names of the factors is needed",)),
        (("shape,size", "size,size"), ("two columns are called 'size'",)),
        (("shape,size", ",size"), ("factor 0 has an empty name",)),
        (('"11.png"', '"11.png'), ("cannot be read as CSV",)),
    ],
)
def test_wrong_tables_are_named(place: Path, changed: tuple[str, str], words: tuple[str, ...]) -> None:
    fill(place, NUMBERED)
    (place.parent / "table.csv").write_text(CSV.replace(*changed))
    message = refused(place, factors=place.parent / "table.csv")
    assert all(word in message for word in (*words, "table.csv")), message


def test_a_missing_table_is_a_wrong_call(place: Path) -> None:
    fill(place, NUMBERED)
    assert "there is no file" in refused(place, CallError, factors=place / "no.csv")


def test_other_encodings_are_refused(place: Path) -> None:
    fill(place, NUMBERED)
    (place.parent / "table.csv").write_bytes(CSV.replace("heart", "cœur").encode("utf-16"))
    assert "CSV in UTF-8" in refused(place, factors=place.parent / "table.csv")


def test_a_csv_with_the_first_column_fastest_is_a_grid_if_so_asked(place: Path) -> None:
    fill(place, NUMBERED)
    rows = [f"{name},{k % 3},{'xy'[k // 3]}" for k, name in enumerate(NUMBERED)]
    (place.parent / "factors.csv").write_text("\n".join(["file,hue,shape", *rows]))
    table = {"factors": place.parent / "factors.csv"}
    assert load(place, **table).factor_space is None
    data = load(place, **table, as_grid=True)
    assert data.factor_space is not None
    assert (data.factor_names, data.factor_sizes) == (("shape", "hue"), (2, 3))
    assert data.factors().tolist() == [[k // 3, k % 3] for k in range(6)]
    info = describe_dataset(
        Folder, {"path": str(place), "factors": str(place.parent / "factors.csv"), "as_grid": True}
    )
    assert info.factor_names == data.factor_names
