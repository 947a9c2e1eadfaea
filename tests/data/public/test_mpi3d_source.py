"""The MPI3D archives: streamed in blocks with the bytes that numpy.load gives, never unpickled."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.dataset_folder import open_store
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source
from disentcli.data.download.verify import WrongFile
from disentcli.data.public import mpi3d_source
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import (
    SOURCES,
    Recorder,
    mpi3d_file,
    random_images,
    small_source,
    stored_images,
)

SOURCE = small_source("mpi_toy", None, [])
FILE = SOURCE.files[0]
IMAGES = random_images(SOURCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mpi3d_toy.npz"


@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("start", [0, 1, 10, 47, 48])
def test_the_blocks_are_the_images_from_the_start_asked_for(
    path: Path, monkeypatch: pytest.MonkeyPatch, deflated: bool, start: int
) -> None:
    monkeypatch.setattr(mpi3d_source, "ROWS", 10)
    path.write_bytes(mpi3d_file(IMAGES, deflated=deflated))
    mpi3d_source.check(path, SOURCE, FILE)
    blocks = [np.empty((0, 64, 64, 3), np.uint8), *mpi3d_source.blocks([path], SOURCE, start)]
    np.testing.assert_array_equal(np.concatenate(blocks), np.load(path)["images"][start:])


def test_an_array_with_one_axis_a_factor_is_the_same(path: Path) -> None:
    path.write_bytes(mpi3d_file(IMAGES.reshape(*SOURCE.grid.sizes, 64, 64, 3)))
    mpi3d_source.check(path, SOURCE, FILE)
    np.testing.assert_array_equal(np.concatenate(list(mpi3d_source.blocks([path], SOURCE))), IMAGES)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"imgs": IMAGES, "labels": IMAGES[0]}, "no array 'images'; its arrays: imgs, labels"),
        ({"images": IMAGES.astype(np.float32)}, "is float32"),
        ({"images": IMAGES[:, :32, :32]}, r"\(48, 32, 32, 3\), not uint8 \(N, 64, 64, 3\)"),
        ({"images": np.asfortranarray(IMAGES)}, "Fortran order"),
        ({"images": IMAGES[:47]}, "it has 47 images, MPI3D toy has 48"),
        ({"images": np.array([{"a": 1}, None])}, "pickled Python objects, which are never loaded"),
    ],
)
def test_another_content_is_refused_with_what_was_found(
    path: Path, arrays: dict[str, np.ndarray], reason: str
) -> None:
    np.savez(path, **arrays)
    with pytest.raises(WrongFile, match=reason):
        mpi3d_source.check(path, SOURCE, FILE)


@pytest.mark.parametrize("category", ["toy", "realistic", "real"])
def test_the_challenge_files_are_known_by_their_number_of_images(path: Path, category: str) -> None:
    header = io.BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": (460_800, 64, 64, 3)}
    np.lib.format.write_array_header_1_0(header, described)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", header.getvalue())
    with pytest.raises(WrongFile, match=r"1,036,800 .*460,800 \(4×4×2×3×3×40×40\).*complex.*challenge"):
        mpi3d_source.check(path, SOURCES[f"mpi_{category}"], FILE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>", "it is a web page"),
        (b"\x1f\x8brest", "it begins with"),
    ],
)
def test_another_kind_of_file_is_refused(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    with pytest.raises(WrongFile, match=reason):
        mpi3d_source.check(path, SOURCE, FILE)


def test_a_truncated_archive_is_refused(path: Path) -> None:
    path.write_bytes(mpi3d_file(IMAGES)[:-5000])
    with pytest.raises(WrongFile, match="not a whole npz file"):
        mpi3d_source.check(path, SOURCE, FILE)


def test_an_array_shorter_than_its_header_says_is_refused(path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, IMAGES)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", buffer.getvalue()[:-100])
    with pytest.raises(WrongFile, match="does not fit its shape"):
        mpi3d_source.check(path, SOURCE, FILE)


@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("start", [0, 40])
def test_a_damaged_byte_is_found_while_reading(path: Path, deflated: bool, start: int) -> None:
    data = bytearray(mpi3d_file(IMAGES, deflated=deflated))
    data[20_000] ^= 0xFF
    path.write_bytes(data)
    mpi3d_source.check(path, SOURCE, FILE)
    with pytest.raises(WrongFile, match="not a whole npz file"):
        list(mpi3d_source.blocks([path], SOURCE, start))


@pytest.mark.parametrize("category", ["toy", "realistic", "real"])
def test_the_newest_place_is_asked_first(category: str) -> None:
    first, *others = SOURCES[f"mpi_{category}"].files[0].urls
    name = f"mpi3d_{category}.npz"
    assert first == f"https://huggingface.co/datasets/waleedgondal/mpi3d/resolve/main/{name}"
    assert others[-1] == f"https://storage.googleapis.com/disentanglement_dataset/Final_Dataset/{name}"


def released(data: bytes, url: str) -> Source:
    """A small MPI3D real of which `data` is the file of 2019."""
    small = small_source("mpi_real", None, [url])
    file, published = small.files[0], SOURCES["mpi_real"].files[0]
    md5 = hashlib.md5(data).hexdigest()
    changed = replace(file, md5=md5, release=published.release, other_release=published.other_release)
    return replace(small, files=(changed,))


@pytest.mark.parametrize(
    ("seed", "message"),
    [(0, "the release of 2019"), (1, "the corrected release of 2025 if it came from Hugging")],
)
def test_either_release_of_real_is_taken_and_it_is_said_which_is_on_the_disk(
    tmp_path: Path, seed: int, message: str
) -> None:
    old = mpi3d_file(random_images(small_source("mpi_real", None, [])))
    images = random_images(small_source("mpi_real", None, []), seed=seed)
    data, recorder = mpi3d_file(images), Recorder()
    with Host({"mpi3d_real.npz": data}) as host:
        folder = prepare_dataset(released(old, host.url("mpi3d_real.npz")), tmp_path, recorder.options)
    np.testing.assert_array_equal(stored_images(folder), images)
    source = open_store(folder, "").spec.source
    assert f"mpi3d_real.npz, MD5 {hashlib.md5(data).hexdigest()} (" in source
    assert message in source
    assert message in recorder.text


def test_another_toy_file_is_still_refused(tmp_path: Path) -> None:
    old = mpi3d_file(IMAGES)
    with Host({"mpi3d_toy.npz": mpi3d_file(random_images(SOURCE, seed=1))}) as host:
        source = small_source("mpi_toy", old, [host.url("mpi3d_toy.npz")])
        with pytest.raises(DisentError, match="its MD5 is"):
            prepare_dataset(source, tmp_path, Recorder().options)


def test_a_part_of_one_release_is_not_continued_with_another() -> None:
    assert not SOURCES["mpi_real"].files[0].is_certain
    assert SOURCES["mpi_toy"].files[0].is_certain
