"""Arrays of one's own: accepted forms give the images of numpy's arithmetic, others are refused."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from disentcli.data.custom import array
from disentcli.data.custom import array_file as blocks_of
from disentcli.data.custom.array import Array
from disentcli.data.dataset_info import describe_dataset
from disentcli.errors import CallError

from .arrays import COLOURED, EXPECTED, GREY, GRID, broken, images, refused, save


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


def test_floats_are_said_to_become_levels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger=array.__name__.rpartition(".")[0]):
        Array(save(tmp_path / "mine.npz", images=COLOURED / 255))
    assert "float64: kept as 256 levels" in caplog.text
