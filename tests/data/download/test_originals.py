"""`--from`: files fetched by hand are checked like any other, and stay where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.data.download.pipeline import prepare_dataset
from disentcli.errors import CallError, DisentError

from .download_samples import Recorder, mpi3d_file, random_images, small_source, stored_images

PLAIN = small_source("mpi_complex", None, [])
IMAGES = random_images(PLAIN)
FILE = mpi3d_file(IMAGES)
SOURCE = small_source("mpi_complex", FILE, [])


@pytest.mark.parametrize("name", ["anything.npz", "real3d_complicated_shapes_ordered.npz"])
def test_a_file_is_formatted_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILE)
    recorder = Recorder()
    folder = prepare_dataset(SOURCE, tmp_path / "data", recorder.options, local_path=tmp_path / name)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)
    assert (tmp_path / name).read_bytes() == FILE
    assert "freed" not in recorder.text


@pytest.mark.parametrize("name", ["real3d_complicated_shapes_ordered.npz", "mpi3d_real_complex.npz"])
def test_a_folder_is_searched_for_the_names_of_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILE)
    folder = prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=tmp_path)
    np.testing.assert_array_equal(stored_images(folder), IMAGES)


def test_a_folder_without_the_file_is_named_with_what_was_sought(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"the folder has no real3d_complicated_shapes_ordered\.npz or"):
        prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"there is no file or folder .*none\.npz"):
        prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (FILE[:-1], "it has .* bytes, the published file has"),
        (FILE[:-300] + bytes(300), "it is not a whole npz file .its end is missing"),
        (bytes([*FILE[:5000], FILE[5000] ^ 1, *FILE[5001:]]), "its MD5 is"),
    ],
)
def test_a_wrong_file_is_named_and_left_alone(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DisentError, match=rf"a.npz is not real3d_.* of MPI3D complex: {reason}"):
        prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() == content
    assert not (tmp_path / "data" / "mpi_complex").exists()


def test_a_damaged_file_without_checksum_leaves_nothing_formatted(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(bytes([*FILE[:5000], FILE[5000] ^ 1, *FILE[5001:]]))
    with pytest.raises(DisentError, match=r"a.npz is damaged: .*Bad CRC"):
        prepare_dataset(PLAIN, tmp_path / "data", Recorder().options, local_path=tmp_path / "a.npz")
    assert list((tmp_path / "data").iterdir()) == []
    assert (tmp_path / "a.npz").exists()
