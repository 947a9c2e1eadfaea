"""Tables and tensors of vectors: the numbers that numpy, pandas' way of writing, and torch put there."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli.data.custom.array import Array
from disentcli.data.dataset_info import describe_dataset
from disentcli.errors import CallError

from .arrays import COLOURED, EXPECTED, images, refused, save

RNG = np.random.default_rng(2)
VECTORS = RNG.normal(size=(12, 3)).round(3)
SITE = np.array(["berlin", "rome"] * 6)
DOSE = np.arange(12) % 3


def write_csv(path: Path, separator: str = ",", decimal: str = ".") -> Path:
    rows = [
        separator.join([str(k), *(f"{x}".replace(".", decimal) for x in row), SITE[k], str(DOSE[k])])
        for k, row in enumerate(VECTORS)
    ]
    path.write_text("\n".join([separator.join(["", "a", "b", "c", "factor_site", "factor_dose"]), *rows]))
    return path


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")]
)
def test_a_table_gives_vectors_and_factors(tmp_path: Path, separator: str, decimal: str) -> None:
    path = write_csv(tmp_path / "mine.csv", separator, decimal)
    data = Array(path)
    assert np.array_equal(images(data), VECTORS.astype(np.float32))
    assert data.factor_names == ("site", "dose")
    assert data.factor_values == (("berlin", "rome"), (0.0, 1.0, 2.0))
    assert np.array_equal(data.factors(), np.stack([np.arange(12) % 2, DOSE], axis=-1))
    info = describe_dataset(Array, {"path": str(path)})
    assert (info.shape, info.count, info.factor_sizes) == ((3,), 12, (2, 3))


def test_the_call_can_name_the_columns(tmp_path: Path) -> None:
    data = Array(write_csv(tmp_path / "mine.csv"), key="c,a", factors_key="factor_dose")
    assert np.array_equal(images(data), VECTORS[:, [2, 0]].astype(np.float32))
    assert data.factor_names == ("dose",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": "a,d"}, ("no column 'd'", "factor_site")),
        ({"factors_key": "place"}, ("no column 'place'",)),
        ({"factors_key": "a", "key": "a,b"}, ("'a' cannot be a factor and part of the vectors",)),
        ({"size": 32}, ("are of images",)),
        ({"mean": (0.0,) * 3}, ("--dataset.mean and --dataset.std",)),
        ({"mean": (0.0,) * 2, "std": (1.0,) * 2}, ("2 columns", "have 3")),
    ],
)
def test_wrong_columns_are_named(tmp_path: Path, options: dict[str, Any], words: tuple[str, ...]) -> None:
    message = refused(write_csv(tmp_path / "mine.csv"), CallError, **options)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,x\n2,y", ("column 'b' holds words ('x')", "--dataset.factors-key b", "--dataset.key")),
        ("a,b\n1,2\n3,", ("an empty cell in the column 'b'", "row 3")),
        ("a,b\n1,2\n3,x\n4,5", ("'x' among numbers", "'b'", "row 3")),
        ("a,b\n1,2\n3", ("row 3 has 1 columns, the header has 2",)),
        ("a,a\n1,2", ("two columns are called 'a'",)),
        ("a,b", ("no columns of numbers with rows",)),
    ],
)
def test_wrong_tables_are_named(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "mine.csv").write_text(text)
    message = refused(tmp_path / "mine.csv")
    assert all(word in message for word in words), message


def test_vectors_are_standardized_on_request_and_back(tmp_path: Path) -> None:
    vectors = np.concatenate([VECTORS * 1000 + 5, np.full((12, 1), 7.0)], axis=1)
    path = save(tmp_path / "mine.npz", images=vectors)
    data = Array(path, standardize=True)
    found = images(data).astype(np.float64)
    assert np.allclose(found[:, :3].mean(axis=0), 0, atol=1e-6)
    assert np.allclose(found[:, :3].std(axis=0), 1, atol=1e-6)
    assert (found[:, 3] == 0).all()
    assert data.scale is not None
    assert np.allclose(data.scale.undo(found), vectors, atol=1e-3)
    assert np.allclose(data.worked_out["mean"], vectors.mean(axis=0))
    assert np.allclose(data.worked_out["std"][:3], vectors.std(axis=0)[:3])
    other = Array(save(tmp_path / "other.npz", images=vectors[:5]), **data.worked_out)
    assert np.array_equal(images(other), images(data)[:5])
    assert "is of vectors" in refused(save(tmp_path / "x.npz", images=COLOURED), CallError, standardize=True)


def test_a_single_array_needs_no_name(tmp_path: Path) -> None:
    np.save(tmp_path / "mine.npy", COLOURED)
    data = Array(tmp_path / "mine.npy")
    assert np.array_equal(images(data), EXPECTED)
    assert data.resident == "disk"
    np.save(tmp_path / "fortran.npy", np.asfortranarray(COLOURED))
    assert np.array_equal(images(Array(tmp_path / "fortran.npy")), EXPECTED)
    np.save(tmp_path / "objects.npy", np.array([{}, None], dtype=object))
    assert "never loaded" in refused(tmp_path / "objects.npy")
    (tmp_path / "text.npy").write_text("a,b\n1,2")
    assert "npy file" in refused(tmp_path / "text.npy")


def test_tensors_are_read_and_nothing_else(tmp_path: Path) -> None:
    tensor = torch.from_numpy(COLOURED)
    torch.save(tensor, tmp_path / "one.pt")
    assert np.array_equal(images(Array(tmp_path / "one.pt")), EXPECTED)
    content = {"x": tensor, "labels": torch.from_numpy(DOSE), "factor_names": ["dose"], "other": {"deep": 1}}
    torch.save(content, tmp_path / "many.pt")
    data = Array(tmp_path / "many.pt", key="x", factors_key="labels")
    assert np.array_equal(images(data), EXPECTED)
    assert data.factor_names == ("dose",)
    assert data.factors()[:, 0].tolist() == DOSE.tolist()
    assert "it has: x, labels, factor_names, other" in refused(tmp_path / "many.pt")
    torch.save(torch.nn.Linear(1, 1), tmp_path / "module.pt")
    assert "never loaded" in refused(tmp_path / "module.pt")
    (tmp_path / "text.pt").write_text("hello")
    assert "torch.save" in refused(tmp_path / "text.pt")


def test_factors_can_stand_under_another_name(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=COLOURED, labels=SITE.astype("S"), flag=DOSE == 1)
    data = Array(path, factors_key="labels")
    assert data.factor_values == (("berlin", "rome"),)
    assert Array(path, factors_key="flag").factors()[:, 0].tolist() == (DOSE == 1).astype(int).tolist()
    assert Array(path).factor_names == ()
    message = refused(path, factors_key="label")
    assert "no array 'label'; it has: images, labels, flag" in message
    assert "--dataset.factors-key" in message


def test_bytes_that_are_no_words_are_named(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=COLOURED, factors=DOSE, factor_names=np.array([b"\xff"]))
    assert "factor_names must be words" in refused(path)


def test_classes_below_zero_are_classes_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = Array(save(tmp_path / "mine.npz", images=COLOURED, factors=DOSE - 1))
    assert data.factor_values == ((-1.0, 0.0, 1.0),)
    assert data.factors()[:, 0].tolist() == DOSE.tolist()
    assert "below 0 in 4 rows" in caplog.text


def test_parquet_needs_pyarrow_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    (tmp_path / "mine.parquet").write_bytes(b"")
    assert "disentcli[parquet]" in refused(tmp_path / "mine.parquet", CallError)


def test_parquet_is_read_where_pyarrow_is_installed(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"a": VECTORS[:, 0], "b": VECTORS[:, 1], "factor_site": SITE, "factor_flag": DOSE == 0}
    parquet.write_table(arrow.table(columns), tmp_path / "mine.parquet")
    data = Array(tmp_path / "mine.parquet")
    assert np.array_equal(images(data), VECTORS[:, :2].astype(np.float32))
    assert data.factor_values == (("berlin", "rome"), (0.0, 1.0))
    parquet.write_table(arrow.table({"a": [1.0, None]}), tmp_path / "gap.parquet")
    assert "an empty cell in the column 'a', row 1" in refused(tmp_path / "gap.parquet")
    (tmp_path / "text.parquet").write_text("a,b")
    assert "cannot be read as Parquet" in refused(tmp_path / "text.parquet")
