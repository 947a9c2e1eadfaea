"""Images made as large as a network takes, of files and of arrays: Pillow's resizing, numpy's padding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.data.custom.array import Array
from disentcli.data.custom.folder import Folder
from disentcli.data.dataset_info import describe_dataset
from disentcli.errors import CallError

from . import arrays, image_folders
from .arrays import save
from .image_folders import COLOURED, fill, load, refused

RNG = np.random.default_rng(1)
DIGITS = RNG.integers(0, 256, (7, 28, 28), dtype=np.uint8)


@pytest.mark.parametrize("ending", [".npz", ".h5", ".npy"])
def test_arrays_are_padded_to_the_next_power_of_two(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"digits{ending}"
    np.save(path, DIGITS) if ending == ".npy" else save(path, images=DIGITS)
    data = Array(path, pad=True)
    expected = np.pad(DIGITS, ((0, 0), (2, 2), (2, 2)))
    assert data.shape == (1, 32, 32)
    assert np.array_equal(np.rint(arrays.images(data)[:, 0] * 255), expected)
    assert describe_dataset(Array, {"path": str(path), "pad": "yes"}).shape == (1, 32, 32)


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("floats", [False, True])
def test_arrays_are_resized_as_pillow_does(tmp_path: Path, channels_first: bool, floats: bool) -> None:
    coloured = RNG.integers(0, 256, (3, 20, 28, 3), dtype=np.uint8)
    stored = coloured.transpose(0, 3, 1, 2) if channels_first else coloured
    data = Array(save(tmp_path / "mine.npz", images=stored / 255 if floats else stored), size=32)
    resized = [
        np.asarray(Image.fromarray(one).resize((32, 32), Image.Resampling.LANCZOS)) for one in coloured
    ]
    assert data.shape == (3, 32, 32)
    assert np.array_equal(
        np.rint(arrays.images(data) * 255),
        np.stack(resized).transpose(0, 3, 1, 2),
    )


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8])
def test_black_and_white_stays_so_when_it_is_padded(tmp_path: Path, dtype: type) -> None:
    bits = DIGITS > 100
    data = Array(save(tmp_path / "mine.npz", images=bits.astype(dtype)), pad=True, size=40)
    assert np.array_equal(arrays.images(data)[:, 0], np.pad(bits, ((0, 0), (6, 6), (6, 6))))


def test_vectors_have_no_size(tmp_path: Path) -> None:
    path = save(tmp_path / "mine.npz", images=RNG.normal(size=(5, 4)))
    assert "holds vectors: --dataset.size" in arrays.refused(path, CallError, size=32)
    assert "must be positive" in arrays.refused(path, CallError, size=0)


def test_files_of_any_proportions_are_shrunk_and_padded(place: Path) -> None:
    fill(place, ["a.png"])  # 10 × 8
    wide = np.full((16, 64, 3), 200, np.uint8)
    Image.fromarray(wide).save(place / "b.png")
    shown = image_folders.images(load(place, size=32, pad=True))
    assert np.array_equal(shown[0], np.pad(COLOURED[0], ((11, 11), (12, 12), (0, 0))))
    assert np.array_equal(shown[1], np.pad(np.full((8, 32, 3), 200), ((12, 12), (0, 0), (0, 0))))


def test_files_of_one_size_are_padded_to_the_next_power_of_two(place: Path) -> None:
    fill(place, ["a.png", "b.png"])
    data = load(place, pad=True)
    assert data.shape == describe_dataset(Folder, {"path": str(place), "pad": True}).shape == (3, 16, 16)
    assert np.array_equal(image_folders.images(data)[0], np.pad(COLOURED[0], ((3, 3), (4, 4), (0, 0))))
    assert "--dataset.pad" in refused(fill(place, ["c.png"], COLOURED[:, :4, :4]))


@pytest.mark.parametrize("bits", [12, 16])
def test_whole_numbers_of_more_bits_become_levels(tmp_path: Path, bits: int) -> None:
    deep = RNG.integers(0, 2**bits, (6, 5, 4)).astype(np.uint16)
    path = save(tmp_path / "mine.npz", images=deep)
    assert "--dataset.bits 16" in arrays.refused(path)
    expected = np.rint(deep / (2**bits - 1) * 255)
    assert np.array_equal(np.rint(arrays.images(Array(path, bits=bits))[:, 0] * 255), expected)
    assert f"beyond 0…{2 ** (bits - 4) - 1}" in arrays.refused(path, bits=bits - 4)
