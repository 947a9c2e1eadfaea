"""Codes and factors from files: what is read, and a message for every wrong file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from disentcli.errors import CallError, DisentError, Unsupported
from disentcli.metrics.codefile import read_code_file
from disentcli.metrics.file_context import FileContext

CODES = np.linspace(-1, 1, 24).reshape(12, 2)
FACTORS = np.stack([np.arange(12) % 3, np.arange(12) // 3, np.zeros(12, int)], axis=1)
ARRAYS = {"codes": CODES, "factors": FACTORS, "factor_names": np.array(["hue", "size", "pose"])}

Write = Callable[..., Path]


@pytest.fixture
def npz(tmp_path: Path) -> Write:
    def write(**arrays: Any) -> Path:
        np.savez(tmp_path / "codes.npz", **{**ARRAYS, **arrays})
        return tmp_path / "codes.npz"

    return write


def csv_of(path: Path, header: str, rows: np.ndarray) -> Path:
    np.savetxt(path, rows, header=header, comments="", delimiter=",", fmt="%.17g")
    return path


def test_npz_and_hdf5_hold_arrays(npz: Write, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "codes.h5", "w") as file:
        file.update({**ARRAYS, "factor_names": [name.encode() for name in ARRAYS["factor_names"]]})
    for path in (npz(), tmp_path / "codes.h5"):
        found = read_code_file(path)
        np.testing.assert_array_equal(found.codes, CODES)
        np.testing.assert_array_equal(found.factors, FACTORS)
        assert found.factor_names == ("hue", "size", "pose")
        assert found.factor_sizes == (3, 4, 1)
        assert found.code_indices is None


def test_csv_names_codes_factors_and_indices_in_its_header(tmp_path: Path) -> None:
    rows = np.concatenate([CODES, FACTORS[:, :2], np.arange(24).reshape(12, 2)], axis=1)
    path = csv_of(tmp_path / "a.csv", "code_0,code_1,factor_hue,factor_size,index_0,index_1", rows)
    found = read_code_file(path)
    np.testing.assert_array_equal(found.codes, CODES)
    assert found.factors.dtype == np.int64
    assert found.factor_names == ("hue", "size")
    np.testing.assert_array_equal(found.code_indices, np.arange(24).reshape(12, 2))


def test_sizes_and_continuous_factors(npz: Write) -> None:
    assert read_code_file(npz(factor_sizes=[5, 5, 5])).factor_sizes == (5, 5, 5)
    continuous = read_code_file(npz(factors=FACTORS + 0.25))
    assert continuous.factor_sizes == (0, 0, 0)
    assert continuous.factors.dtype == np.float64


@pytest.mark.parametrize("dtype", ["u1", "u8", "i2", "f2", "f4", ">f8", np.longdouble, bool])
def test_whole_numbers_of_every_type_are_classes(npz: Write, dtype: str) -> None:
    factors = (FACTORS > 1 if dtype is bool else FACTORS).astype(dtype)
    found = read_code_file(npz(factors=factors, codes=CODES.astype("f4" if dtype is bool else dtype)))
    assert (found.factors.dtype, found.codes.dtype) == (np.int64, np.float64)
    np.testing.assert_array_equal(found.factors, factors.astype(int))


def test_a_factor_is_a_class_or_continuous_by_its_own_column(npz: Write) -> None:
    found = read_code_file(npz(factors=FACTORS + np.array([0, 0.25, 0])))
    assert found.factor_sizes == (3, 0, 1)
    assert read_code_file(npz(factors=FACTORS - np.array([1, 0, 0]))).factor_sizes == (3, 4, 1)


def test_sizes_say_what_is_continuous(npz: Write) -> None:
    found = read_code_file(npz(factor_sizes=[3.0, 0.0, 1.0]))
    assert found.factor_sizes == (3, 0, 1)
    assert found.factors.dtype == np.float64


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"codes": np.full((12, 2), np.nan)}, "not finite: row 0, column 0 is nan"),
        ({"factors": FACTORS[:5]}, "12 rows of codes but 5 of factors"),
        ({"codes": CODES[None]}, r"not of shape \(1, 12, 2\)"),
        ({"codes": CODES[:0], "factors": FACTORS[:0]}, "are empty"),
        ({"codes": CODES.astype(str)}, "must be real numbers"),
        ({"factor_names": np.array(["hue"])}, "factor_names has 1 entries, but there are 3 factors"),
        ({"factor_sizes": np.array([3, 2, 1])}, "'size' has the size 2, but values from 0 to 3"),
        (
            {"factor_sizes": np.array([3.7, 4, 1])},
            r"one whole number for each factor .*, not \[3.7, 4.0, 1.0\]",
        ),
        ({"factor_sizes": np.array([3, -4, 1])}, "one whole number for each factor"),
        ({"factor_sizes": np.array([3, np.nan, 1])}, "one whole number for each factor"),
        ({"factor_sizes": np.array(["3", "4", "1"])}, "one whole number for each factor"),
        ({"factors": FACTORS / 2, "factor_sizes": [2, 2, 1]}, "'hue' has the size 2, but 0.5 is no class"),
        (
            {"factors": np.full((12, 3), 2**63, "u8")},
            "too large for classes: row 0, column 0 is 9223372036854775808",
        ),
        ({"code_indices": np.zeros((12, 3), int)}, r"shape \(12, 3\), not that of the codes, \(12, 2\)"),
        ({"code_indices": CODES}, "code_indices must be whole numbers"),
        ({"codes": np.array([[{}]] * 12)}, "arrays of objects are not read, for they can run code"),
    ],
)
def test_wrong_arrays_are_refused_under_the_name_of_the_file(
    npz: Write, arrays: dict[str, Any], message: str
) -> None:
    with pytest.raises(CallError, match=rf"codes\.npz: .*{message}"):
        read_code_file(npz(**arrays))


def test_wrong_files_are_refused(tmp_path: Path) -> None:
    def refused(name: str, message: str, content: str | None = None) -> None:
        if content is not None:
            (tmp_path / name).write_text(content)
        with pytest.raises(DisentError, match=message):
            read_code_file(tmp_path / name)

    np.savez(tmp_path / "other.npz", z=CODES, y=FACTORS)
    refused("other.npz", "no array 'codes'; there is z, y; name .*: --codes-key z --factors-key y")
    refused("codes.npz", "there is no file")
    refused("codes.pkl", r"ends in \.npz, \.h5")
    refused("codes.npz", r"cannot be read as \.npz", "no archive")
    refused("codes.h5", r"cannot be read as \.h5", "no hdf5")
    refused("a.csv", "columns code_…, .* --codes-key a,b --factors-key c; it names z0, hue", "z0,hue\n1,2\n")
    refused("a.csv", "it names nothing", "")
    refused("a.csv", "'x' among numbers in the column 'code_0', row 3", "code_0,factor_0\n1,2\nx,2\n3,2\n")
    refused("a.csv", "'code_0' of the codes holds words", "code_0,factor_0\nx,2\ny,2\n")
    refused("a.csv", "row 2 has 1 columns, the header has 2", "code_0,factor_0\n1\n")
    refused("a.csv", "are empty", "code_0,factor_0\n")


def test_arrays_can_have_other_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", z=CODES, y=FACTORS[:, 0])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.update({"z": CODES, "y": FACTORS[:, 0]})
    for name in ("a.npz", "a.h5"):
        found = read_code_file(tmp_path / name, "z", "y")
        np.testing.assert_array_equal(found.codes, CODES)
        np.testing.assert_array_equal(found.factors, FACTORS[:, :1])
        with pytest.raises(CallError, match="no array 'labels'; there is "):
            read_code_file(tmp_path / name, "z", "labels")


def test_codes_without_factors_are_codes(npz: Write, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", codes=CODES)
    csv_of(tmp_path / "a.csv", "code_0,code_1", CODES)
    for name in ("a.npz", "a.csv"):
        found = read_code_file(tmp_path / name)
        assert (found.codes.shape, found.factors.shape, found.factor_names) == ((12, 2), (12, 0), ())
        inputs = FileContext(found)
        assert inputs.on_full_grid() is None
        assert len(inputs.codes) == 8
        with pytest.raises(Unsupported, match="the file has no factors"):
            inputs.factors  # noqa: B018


def test_words_and_truth_values_are_classes(npz: Write, tmp_path: Path) -> None:
    words = np.array(["red", "blue", "green"])[FACTORS[:, 0]]
    ranks = np.unique(words, return_inverse=True)[1]
    for factors in (words, words.astype("S"), np.stack([words, FACTORS[:, 1].astype(str)], axis=1)):
        found = read_code_file(npz(factors=factors, factor_names=np.array(["a", "b"])[: factors.ndim]))
        np.testing.assert_array_equal(found.factors[:, 0], ranks)
        assert found.factor_sizes == (3, 4)[: factors.ndim]
    rows = [f"{x};{y};{word};{word == 'red'}" for (x, y), word in zip(CODES, words, strict=True)]
    for separator in (";", "\t"):
        text = "\n".join(["code_0;code_1;factor_hue;factor_warm", *rows]).replace(";", separator)
        (tmp_path / "a.csv").write_text(text)
        found = read_code_file(tmp_path / "a.csv")
        np.testing.assert_array_equal(found.codes, CODES)
        np.testing.assert_array_equal(found.factors, np.stack([ranks, words == "red"], axis=1))


def test_columns_are_named_one_by_one_or_by_how_they_begin(tmp_path: Path) -> None:
    csv_of(tmp_path / "a.csv", "z0,z1,hue,size", np.concatenate([CODES, FACTORS[:, :2]], axis=1))
    for codes_key in ("z0,z1", "z"):
        found = read_code_file(tmp_path / "a.csv", codes_key, "size,hue")
        np.testing.assert_array_equal(found.codes, CODES)
        np.testing.assert_array_equal(found.factors, FACTORS[:, [1, 0]])
        assert found.factor_names == ("size", "hue")
    with pytest.raises(CallError, match="no columns 'z0,z9'; it has: z0, z1, hue, size"):
        read_code_file(tmp_path / "a.csv", "z0,z9")


def test_constant_factors_are_left_out(npz: Write) -> None:
    inputs = FileContext(read_code_file(npz()), test_points=3, train_size=7, in_order=True)
    np.testing.assert_array_equal(inputs.test_factors, FACTORS[7:10, :2])
    assert inputs.factor_names == ("hue", "size")
    assert inputs.constant == ["pose"]


def test_what_a_file_cannot_support_has_its_reason(npz: Write) -> None:
    whole = FileContext(read_code_file(npz()), train_size=12)
    with pytest.raises(Unsupported, match="all 12 points of the file train"):
        whole.test_codes  # noqa: B018
    with pytest.raises(Unsupported, match="needs a model"):
        whole.sampler  # noqa: B018
    with pytest.raises(Unsupported, match="every factor of the file has a single value"):
        FileContext(read_code_file(npz(factors=np.zeros((12, 3))))).factors  # noqa: B018
    with pytest.raises(CallError, match="--train-size 13: the file has 12 points"):
        FileContext(read_code_file(npz()), train_size=13)


@pytest.mark.parametrize("kind", ["external link", "external storage", "virtual", "endless"])
def test_arrays_elsewhere_and_without_end_are_not_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "raw").write_bytes(CODES.tobytes())
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["codes"] = CODES
    path = tmp_path / "codes.h5"
    with h5py.File(path, "w") as file:
        file["factors"] = FACTORS
        if kind == "external link":
            file["codes"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "codes")
        elif kind == "external storage":
            file.create_dataset(
                "codes", CODES.shape, float, external=[(str(tmp_path / "raw"), 0, CODES.nbytes)]
            )
        elif kind == "virtual":
            layout = h5py.VirtualLayout(CODES.shape, float)
            layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "codes", CODES.shape)
            file.create_virtual_dataset("codes", layout)
        else:
            file.create_dataset("codes", (10**12, 2), float, chunks=(1024, 2))
    with pytest.raises(DisentError, match="codes"):
        read_code_file(path)


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_text_that_is_called_otherwise_is_said_to_be_text(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"codes{ending}"
    path.write_text("code_0,factor_hue\n0.5,1\n")
    with pytest.raises(DisentError, match=r"it is text; if it is a table, call it \.csv"):
        read_code_file(path)


def test_files_beside_one_that_is_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "codes.npz").touch()
    with pytest.raises(CallError, match=r"there is no file .*/code\.npz; in .* there is codes\.npz"):
        read_code_file(tmp_path / "code.npz")
