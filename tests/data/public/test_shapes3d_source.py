"""The 3D-Shapes file: read by blocks with the bytes that h5py gives; anything else is named."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from disentcli.data.download.verify import WrongFile
from disentcli.data.formats import hdf5
from disentcli.data.public import shapes3d_source

from ..download.download_samples import random_images, shapes3d_file, small_source

SOURCE = small_source("3ds", None, [])
FILE = SOURCE.files[0]
IMAGES = random_images(SOURCE)


def written(path: Path, chunk: tuple[int, ...] = (16, 16, 16, 1)) -> Path:
    path.write_bytes(shapes3d_file(IMAGES, SOURCE, chunk))
    return path


@pytest.mark.parametrize("chunk", [(16, 16, 16, 1), (7, 64, 64, 3), (96, 4, 8, 1), (1, 64, 64, 3)])
@pytest.mark.parametrize("start", [0, 1, 50, 95, 96])
def test_the_blocks_are_the_images_from_the_start_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: tuple[int, ...], start: int
) -> None:
    monkeypatch.setattr(hdf5, "BLOCK_BYTES", 20 * 64 * 64 * 3)
    path = written(tmp_path / "a.h5", chunk)
    shapes3d_source.check(path, SOURCE, FILE)
    blocks = [
        np.empty((0, 64, 64, 3), np.uint8),
        *map(np.copy, shapes3d_source.blocks([path], SOURCE, start)),
    ]
    np.testing.assert_array_equal(np.concatenate(blocks), IMAGES[start:])


def test_chunks_of_very_many_images_are_read_within_bounds_of_memory() -> None:
    row = 64 * 64 * 3
    assert hdf5._rows((30_000, 4, 8, 1), row) == 30_000  # 369 MB: each chunk is decompressed once
    assert hdf5._rows((240_000, 2, 4, 1), row) * row <= hdf5.MOST_BYTES
    assert hdf5._rows(None, row) * row <= hdf5.BLOCK_BYTES


def changed(path: Path, change: str) -> Path:
    with h5py.File(written(path), "r+") as file:
        if change == "no labels":
            del file["labels"]
        elif change == "float images":
            del file["images"]
            file["images"] = np.zeros(IMAGES.shape, np.float32)
        elif change == "fewer images":
            images = file["images"][:-1]
            del file["images"]
            file["images"] = images
        elif change == "shuffled":
            file["labels"][...] = file["labels"][()][::-1]
        elif change == "nan":
            file["labels"][5, 3] = np.nan
        elif change == "link":
            del file["images"]
            file["images"] = h5py.ExternalLink("/etc/passwd", "/images")
        elif change == "external":
            del file["images"]
            file.create_dataset(
                "images", IMAGES.shape, np.uint8, external=[("/etc/passwd", 0, IMAGES.nbytes)]
            )
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("no labels", "no dataset 'labels'; its keys: images"),
        ("float images", "'images' is float32"),
        ("fewer images", r"'images' is uint8 \(95, 64, 64, 3\), not uint8 \(96, 64, 64, 3\)"),
        ("shuffled", "not in the order of the full grid: label 'floor_hue' of image 0 is 0.1, not 0"),
        ("nan", "label 'scale' of image 5 is nan, not"),
        ("link", "no dataset 'images'"),
        ("external", "'images' lies in another file"),
    ],
)
def test_another_content_is_refused_with_what_was_found(tmp_path: Path, change: str, reason: str) -> None:
    with pytest.raises(WrongFile, match=reason):
        shapes3d_source.check(changed(tmp_path / "a.h5", change), SOURCE, FILE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"<html>Sign in</html>", "it is a web page"),
        (b"\x1f\x8brest", "it begins with"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(WrongFile, match=reason):
        shapes3d_source.check(tmp_path / "a.h5", SOURCE, FILE)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5")
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WrongFile, match="not a whole HDF5 file"):
        shapes3d_source.check(path, SOURCE, FILE)


def test_a_damaged_chunk_is_found_while_reading(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5")
    data = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        chunk = file["images"].id.get_chunk_info(30)
    data[chunk.byte_offset + 20 : chunk.byte_offset + 60] = bytes(40)
    path.write_bytes(data)
    shapes3d_source.check(path, SOURCE, FILE)
    with pytest.raises(WrongFile, match="not a whole HDF5 file"):
        list(shapes3d_source.blocks([path], SOURCE))
