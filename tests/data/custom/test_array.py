"""Arrays of one's own: every accepted form gives the images of numpy's arithmetic, the rest is refused."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from disentcli.data import resources
from disentcli.data.custom import array
from disentcli.data.custom import array_file as blocks_of
from disentcli.data.custom.array import Array
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.factors import FactorSpace
from disentcli.errors import CallError, DisentError
from disentcli.metrics.codefile import read_code_file

COLOURED = np.random.default_rng(0).integers(0, 256, (12, 6, 5, 3), dtype=np.uint8)
GREY = COLOURED[..., 0]
EXPECTED = COLOURED.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
GRID = np.stack(np.unravel_index(np.arange(12), (2, 3, 2)), axis=-1)


def save(path: Path, compressed: bool = False, **content: Any) -> Path:
    """A file of these arrays, an npz or an HDF5 file by its ending."""
    if path.suffix == ".npz":
        (np.savez_compressed if compressed else np.savez)(path, **content)
        return path
    with h5py.File(path, "w") as file:
        for name, value in content.items():
            value = np.asarray(value)
            text = value.astype(h5py.string_dtype()) if value.dtype.kind == "U" else value
            packing = {"compression": "gzip", "chunks": (5, *value.shape[1:])} if compressed else {}
            file.create_dataset(name, data=text, **packing if value.ndim and len(value) > 5 else {})
    return path


def images(data: Array) -> np.ndarray:
    return data.batch(torch.arange(len(data))).numpy()


def refused(path: Path, kind: type[DisentError] = DisentError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        Array(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("ending", [".npz", ".h5", ".hdf5"])
@pytest.mark.parametrize("compressed", [False, True])
def test_images_come_back_from_every_kind_of_file(tmp_path: Path, ending: str, compressed: bool) -> None:
    data = Array(save(tmp_path / f"mine{ending}", compressed, images=COLOURED))
    assert (data.name, data.shape, len(data)) == ("mine", (3, 6, 5), 12)
    assert np.array_equal(images(data), EXPECTED)
    assert data.resident == ("ram" if compressed else "disk")


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_small_blocks_change_nothing(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_of, "BLOCK_BYTES", 5 * 90)
    floats = COLOURED / 255
    for compressed in (False, True):
        path = save(tmp_path / f"{compressed}{ending}", compressed, images=floats)
        assert np.array_equal(images(Array(path)), EXPECTED)


@pytest.mark.parametrize(
    ("stored", "options"),
    [
        (COLOURED.transpose(0, 3, 1, 2), {}),
        (COLOURED.transpose(0, 3, 1, 2), {"layout": "nchw"}),
        (COLOURED, {"layout": "nhwc"}),
        (np.asfortranarray(COLOURED), {}),
        (COLOURED.astype(np.float32) / 255, {}),
        ((COLOURED / 255).transpose(0, 3, 1, 2), {}),
        ((COLOURED / 255).astype(">f8"), {}),
        ((COLOURED / 255).astype(np.float16), {}),
    ],
)
@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_layouts_and_types_give_the_same_images(
    tmp_path: Path, stored: np.ndarray, options: dict[str, Any], ending: str
) -> None:
    data = Array(save(tmp_path / f"mine{ending}", images=stored), **options)
    assert data.shape == (3, 6, 5)
    assert np.array_equal(images(data), EXPECTED)


@pytest.mark.parametrize("stored", [GREY, GREY[..., None], GREY[:, None], GREY / 255])
def test_one_channel_needs_no_axis_of_its_own(tmp_path: Path, stored: np.ndarray) -> None:
    data = Array(save(tmp_path / "mine.npz", images=stored))
    assert data.shape == (1, 6, 5)
    assert np.array_equal(images(data), EXPECTED[:, :1])


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8])
@pytest.mark.parametrize("channels_first", [False, True])
def test_images_of_zero_and_one_are_black_and_white(
    tmp_path: Path, dtype: type, channels_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    bits = COLOURED > 100
    stored = bits.transpose(0, 3, 1, 2) if channels_first else bits
    data = Array(save(tmp_path / "mine.npz", images=stored.astype(dtype)))
    assert data.packed
    assert np.array_equal(images(data), bits.transpose(0, 3, 1, 2))
    assert ("nothing but 0 and 1" in caplog.text) == (dtype is np.uint8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_vectors_come_as_they_are(tmp_path: Path, dtype: type, ending: str) -> None:
    vectors = np.random.default_rng(1).normal(size=(9, 5)).astype(dtype)
    data = Array(save(tmp_path / f"vectors{ending}", images=vectors))
    assert data.shape == (5,)
    assert np.array_equal(images(data), vectors.astype(np.float32))
    assert data.resident == ("disk" if dtype is np.float32 else "ram")


def test_vectors_that_lie_at_an_odd_byte_are_copied(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(9, 5)).astype(np.float32)
    for name in ("v", "vv", "vvv", "vvvv"):
        data = Array(save(tmp_path / "vectors.npz", **{name: vectors}), key=name)
        assert np.array_equal(images(data), vectors)
        assert data.resident == ("disk" if len(name) == 2 else "ram")


def test_another_key_can_hold_the_images(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", x_train=COLOURED, y=GREY)
    assert np.array_equal(images(Array(path, key="x_train")), EXPECTED)
    assert Array(path, key="y").shape == (1, 6, 5)


def test_arrays_in_a_group_of_an_hdf5_file_are_found(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.h5", **{"train/images": COLOURED, "a/b/images": GREY})
    assert np.array_equal(images(Array(path, key="train/images")), EXPECTED)
    assert "it has: train/images (" in refused(path)


def test_files_without_factors_have_none(tmp_path: Path) -> None:
    data = Array(save(tmp_path / "mine.npz", images=COLOURED))
    assert data.factor_names == ()
    assert data.factors().shape == (12, 0)
    assert data.grid is None


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


def test_the_fingerprint_follows_images_and_factors(tmp_path: Path) -> None:
    other = COLOURED.copy()
    other[7, 0, 0, 0] ^= 1
    contents: list[dict[str, Any]] = [
        {"images": COLOURED},
        {"images": other},
        {"images": COLOURED, "factors": GRID},
        {"images": COLOURED, "factors": GRID[::-1].copy()},
    ]
    prints = [Array(save(tmp_path / f"{k}.npz", **one)).fingerprint for k, one in enumerate(contents)]
    assert len(set(prints)) == 4
    again = Array(save(tmp_path / "again.h5", compressed=True, images=COLOURED)).fingerprint
    assert again == prints[0]


def test_the_info_knows_what_the_headers_say(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=COLOURED.transpose(0, 3, 1, 2), factors=GRID)
    info = describe_dataset(Array, {"path": str(path)})
    assert (info.shape, info.count, info.factor_sizes) == ((3, 6, 5), 12, (2, 3, 2))
    assert describe_dataset(Array).shape == ()


CLASSES = np.array([[0, 1], [2, 0], [1, 1]] * 4)
NAMES = np.array(["hue", "size"])


def with_class(value: int) -> np.ndarray:
    changed = CLASSES.copy()
    changed[7, 1] = value
    return changed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"factors": with_class(-1), "factor_names": NAMES}, ("the class -1", "'size'", "row 7")),
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


def broken(value: float) -> np.ndarray:
    floats = COLOURED / 255
    floats[9, 2, 1, 0] = value
    return floats


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (broken(np.nan), ("row 9 holds nan",)),
        (broken(1.2), ("row 9 holds 1.2", "beyond [0, 1]")),
        (broken(-0.1), ("row 9 holds -0.1",)),
        (COLOURED.astype(np.int64), ("int64 (12, 6, 5, 3)", "expected uint8")),
        (COLOURED.reshape(12, -1), ("uint8 (12, 90)", "float vectors (N, D)")),
        (COLOURED[0, 0, 0].astype(np.float32), ("the shape (3,)",)),
        (COLOURED[:0], ("is empty", "(0, 6, 5, 3)")),
        (COLOURED[:, :0], ("is empty",)),
        (np.full((4, 3), np.inf), ("row 0 holds inf",)),
        (np.full((4, 3), 1e300), ("row 0 holds inf",)),
    ],
)
@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_wrong_images_are_named(
    tmp_path: Path, stored: np.ndarray, words: tuple[str, ...], ending: str
) -> None:
    message = refused(save(tmp_path / f"mine{ending}", images=stored))
    assert all(word in message for word in (*words, f"mine{ending}", "'images'")), message


def test_half_a_level_beyond_is_rounding(tmp_path: Path) -> None:
    data = Array(save(tmp_path / "mine.npz", images=np.stack([broken(1.0001)[9], broken(-1e-6)[9]])))
    assert images(data)[:, 0, 2, 1].tolist() == [1, 0]


@pytest.mark.parametrize("shape", [(5, 3, 8, 3), (5, 8, 8, 8)])
def test_channels_that_cannot_be_told_must_be_said(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = save(tmp_path / "mine.npz", images=np.full(shape, 7, np.uint8))
    assert "--dataset.layout nhwc or nchw" in refused(path, CallError)
    assert Array(path, layout="nchw").shape == shape[1:]
    assert Array(path, layout="nhwc").shape == (shape[3], *shape[1:3])


def test_a_layout_must_fit_the_dimensions(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=GREY)
    assert "can be nhw, not nchw" in refused(path, CallError, layout="nchw")


def test_a_missing_array_lists_those_that_are_there(tmp_path: Path) -> None:
    message = refused(save(tmp_path / "mine.npz", x=COLOURED, y=GREY))
    assert "no array 'images'; it has: x, y" in message
    assert "--dataset.key" in message


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=np.array([{}, None], dtype=object), x=GREY)
    assert "holds pickled Python objects" in refused(path)
    assert len(Array(path, key="x")) == 12


def test_rows_of_various_lengths_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file.create_dataset("images", (3,), dtype=h5py.vlen_dtype(np.uint8))
    assert "various lengths" in refused(tmp_path / "mine.h5")


@pytest.mark.parametrize("kind", ["external link", "soft link", "external storage", "virtual"])
def test_nothing_is_read_from_other_files(tmp_path: Path, kind: str) -> None:
    save(tmp_path / "other.h5", images=COLOURED)
    (tmp_path / "raw").write_bytes(COLOURED.tobytes())
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        if kind == "external link":
            file["images"] = h5py.ExternalLink("other.h5", "images")
        elif kind == "soft link":
            file["images"] = h5py.SoftLink("/elsewhere")
        elif kind == "external storage":
            file.create_dataset(
                "images", COLOURED.shape, np.uint8, external=[(str(tmp_path / "raw"), 0, COLOURED.nbytes)]
            )
        else:
            layout = h5py.VirtualLayout(COLOURED.shape, np.uint8)
            layout[...] = h5py.VirtualSource(str(tmp_path / "other.h5"), "images", COLOURED.shape)
            file.create_virtual_dataset("images", layout)
    assert "never followed" in refused(tmp_path / "mine.h5")


def test_files_of_other_kinds_are_wrong_calls(tmp_path: Path) -> None:
    np.save(tmp_path / "mine.npy", COLOURED)
    assert ".npz, .h5, .hdf5 files, not from '.npy'" in refused(tmp_path / "mine.npy", CallError)
    assert str(tmp_path / "no.npz") in refused(tmp_path / "no.npz", CallError)
    assert "d/folder" in refused(tmp_path, CallError)


def test_a_changed_byte_of_images_that_are_mapped_is_damage(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=COLOURED)
    data = bytearray(path.read_bytes())
    data[data.index(COLOURED.tobytes()) + 1000] ^= 1
    path.write_bytes(data)
    assert "is not a whole npz file" in refused(path)


@pytest.mark.parametrize("ending", [".npz", ".h5"])
@pytest.mark.parametrize("compressed", [False, True])
def test_cut_files_are_damaged(tmp_path: Path, ending: str, compressed: bool) -> None:
    path = save(tmp_path / f"mine{ending}", compressed, images=COLOURED)
    path.write_bytes(path.read_bytes()[:-200])
    assert "is not a whole" in refused(path)


def test_flipped_bytes_of_a_compressed_array_are_found(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", compressed=True, images=COLOURED)
    content = bytearray(path.read_bytes())
    content[400] ^= 255
    path.write_bytes(content)
    assert "is not a whole npz file" in refused(path)


@pytest.mark.parametrize("ending", [".npz", ".h5"])
def test_files_of_something_else_are_damaged(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"mine{ending}").write_bytes(b"<html>not here</html>")
    assert "is not a whole" in refused(tmp_path / f"mine{ending}")


def test_an_array_whose_header_lies_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.npz", images=COLOURED)
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(tmp_path / "mine.npz", "w") as bad:
        bad.writestr("images.npy", good.read("images.npy")[:-10])
    assert "does not fit its shape" in refused(tmp_path / "mine.npz")


def test_more_than_the_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "mine.npz", compressed=True, images=COLOURED)
    monkeypatch.setattr(resources.os, "sysconf", lambda _: 32)
    message = refused(path)
    assert "takes 1,080 bytes of RAM, of 1,024 bytes here" in message
    assert "numpy.savez" in message


def test_floats_are_said_to_become_levels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger=array.__name__.rpartition(".")[0]):
        Array(save(tmp_path / "mine.npz", images=COLOURED / 255))
    assert "float64: kept as 256 levels" in caplog.text
