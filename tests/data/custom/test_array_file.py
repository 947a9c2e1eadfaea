"""Files of arrays that are refused: without the array, of another kind, damaged, larger than the memory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from disentcli.data import resources
from disentcli.data.custom.array import Array
from disentcli.errors import CallError

from .arrays import COLOURED, GREY, refused, save


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
    (tmp_path / "mine.mat").write_bytes(b"")
    assert ".npz, .h5, .hdf5, .npy, .pt" in refused(tmp_path / "mine.mat", CallError)
    assert "not from '.mat'" in refused(tmp_path / "mine.mat", CallError)
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


@pytest.mark.parametrize("ending", [".npz", ".h5", ".npy", ".pt"])
def test_text_that_is_called_otherwise_is_said_to_be_text(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"mine{ending}"
    path.write_text("größe,hue\n1,2\n" * 200, encoding="utf-8")
    assert "it is text; if it is a table, call it .csv" in refused(path)


def test_what_lies_beside_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("images.npz", "labels.csv", ".hidden"):
        (tmp_path / name).touch()
    with pytest.raises(CallError, match=rf"in {tmp_path} there is images.npz"):
        Array(str(tmp_path / "image.npz"))


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
