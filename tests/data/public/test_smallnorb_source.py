"""SmallNORB: six files become one grid, ordered by their labels; labels that do not fit are named."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source
from disentcli.data.download.verify import WrongFile
from disentcli.data.formats.norb import read_matrix
from disentcli.data.public import smallnorb_source
from disentcli.data.public.published_grids import SMALLNORB
from disentcli.data.public.smallnorb import SmallNORB
from disentcli.errors import CallError, DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder, stored_images
from ..download.factor_samples import norb_files, norb_images, norb_matrix, small

SOURCE = small("smallnorb")
IMAGES = norb_images(SOURCE)
FILES = norb_files(SOURCE, IMAGES)
TRAIN_DAT, TRAIN_CAT, TRAIN_INFO, TEST_DAT, TEST_CAT, TEST_INFO = (file.name for file in SOURCE.files)


def given(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def made(root: Path, files: dict[str, bytes] = FILES, source: Source = SOURCE) -> Path:
    return prepare_dataset(source, root / "data", Recorder().options, local_path=given(root / "given", files))


def made_smaller(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((64, 64), Image.Resampling.LANCZOS))


def test_the_grid_is_the_published_one() -> None:
    assert (SMALLNORB.sizes, SMALLNORB.size) == ((5, 10, 9, 18, 6), 48_600)
    assert SMALLNORB.values[2] == tuple(range(30, 75, 5))
    assert SMALLNORB.values[3] == tuple(range(0, 360, 20))


@pytest.mark.parametrize(("name", "camera"), [("smallnorb", 0), ("smallnorb_right", 1)])
def test_the_shuffled_images_are_sorted_into_the_grid(name: str, camera: int, tmp_path: Path) -> None:
    images = stored_images(made(tmp_path, source=small(name)))
    assert images.shape == (80, 64, 64, 1)
    for place in range(80):
        np.testing.assert_array_equal(images[place, ..., 0], made_smaller(IMAGES[place, camera]))


def test_a_broken_download_is_continued_and_nothing_is_left_beside(tmp_path: Path) -> None:
    with Host(dict(FILES)) as host:
        host.faults.extend(["", "", "", f"truncate {len(FILES[TEST_DAT]) // 2}"])
        source = small("smallnorb", FILES, host.url(""))
        recorder = Recorder()
        folder = prepare_dataset(source, tmp_path, recorder.options)
        assert host.sent == sum(map(len, FILES.values()))
        assert [path.name for path in tmp_path.iterdir()] == ["smallnorb"]
        prepare_dataset(source, tmp_path, recorder.options)
        assert host.sent == sum(map(len, FILES.values()))
    assert "6 files in" in recorder.text
    assert (folder / "meta.json").read_text().count("MD5") == 6


def test_a_wrong_file_among_the_six_is_set_aside_and_fetched_alone(tmp_path: Path) -> None:
    with Host(FILES | {TEST_INFO: FILES[TRAIN_INFO]}) as host:
        source = small("smallnorb", FILES, host.url(""))
        with pytest.raises(DisentError, match=rf"{TEST_INFO}: its MD5 is"):
            prepare_dataset(source, tmp_path, Recorder().options)
        host.files[TEST_INFO] = FILES[TEST_INFO]
        host.requests.clear()
        prepare_dataset(source, tmp_path, Recorder().options)
        assert [request.path for request in host.requests] == [f"/{TEST_INFO}"]
    assert [path.name for path in (tmp_path / "downloads").rglob("*") if path.is_file()] == [
        f"{TEST_INFO}.corrupt"
    ]


@pytest.mark.parametrize("start", [0, 1, 41, 79, 80])
def test_the_blocks_begin_where_they_are_asked_to(
    start: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smallnorb_source, "ROWS", 17)
    folder = given(tmp_path / "given")
    paths = [folder / file.name for file in SOURCE.files]
    whole = np.concatenate(list(smallnorb_source.blocks(paths, SOURCE, camera=0)))
    rest = [np.empty((0, 64, 64, 1), np.uint8), *smallnorb_source.blocks(paths, SOURCE, start, camera=0)]
    np.testing.assert_array_equal(np.concatenate(rest), whole[start:])


def test_unpacked_files_are_as_good(tmp_path: Path) -> None:
    unpacked = {name.removesuffix(".gz"): gzip.decompress(data) for name, data in FILES.items()}
    np.testing.assert_array_equal(
        stored_images(made(tmp_path / "a", unpacked)), stored_images(made(tmp_path / "b"))
    )


def test_a_folder_that_lacks_one_is_named_with_it(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=rf"the folder has no {TEST_CAT}"):
        made(tmp_path, {name: data for name, data in FILES.items() if name != TEST_CAT})


def changed(name: str, change: object) -> dict[str, bytes]:
    kind, shape = ("|u1", (40, 2, 96, 96)) if "dat" in name else ("<i4", (40, 4) if "info" in name else (40,))
    content = gzip.decompress(FILES[name])
    array = np.frombuffer(
        content, kind, int(np.prod(shape)), len(content) - int(np.prod(shape)) * int(kind[-1])
    )
    assert callable(change)
    return FILES | {name: norb_matrix(change(array.reshape(shape).copy()))}


def swap_instances(info: np.ndarray) -> np.ndarray:
    info[3, 0] = 4 if info[3, 0] != 4 else 6
    return info


def put(row: int, column: int, value: int) -> object:
    def change(array: np.ndarray) -> np.ndarray:
        array[row, column] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        (TRAIN_INFO, swap_instances, "2 images are of .*; there should be one"),
        (TEST_INFO, put(5, 0, 9), "its image 5 is of instance 9; this half has the instances 0, 1, 2, 3, 5"),
        (
            TRAIN_INFO,
            put(2, 2, 3),
            r"its image 2 has the category and info \[.*, 3, .*\], which no image can",
        ),
        (TRAIN_INFO, put(2, 3, -1), "which no image can have"),
        (TEST_CAT, lambda cat: cat * 0, "2 images are of category animal, instance 0"),
        (
            TRAIN_DAT,
            lambda dat: dat[:39],
            r"its matrix is uint8 \(39, 2, 96, 96\), not uint8 \(40, 2, 96, 96\)",
        ),
        (TRAIN_DAT, lambda dat: dat.astype(np.int32), "its matrix is int32"),
        (TEST_CAT, lambda cat: cat[:, None], r"int32 \(40, 1\), not int32 \(40,\)"),
    ],
)
def test_contents_that_contradict_are_named(name: str, change: object, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DisentError, match=reason):
        made(tmp_path, changed(name, change))
    assert not (tmp_path / "data" / "smallnorb").exists()


def test_the_file_that_contradicts_is_the_one_set_aside(tmp_path: Path) -> None:
    files = changed(TEST_INFO, put(5, 0, 9))
    with Host(dict(files)) as host:
        source = small("smallnorb", files, host.url(""))
        with pytest.raises(DisentError, match=rf"{TEST_INFO} is damaged: .*\n.*kept aside"):
            prepare_dataset(source, tmp_path, Recorder().options)
    assert [path.name for path in tmp_path.rglob("*.corrupt")] == [f"{TEST_INFO}.corrupt"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"<html>", "it is a web page"),
        (gzip.compress(b"x", mtime=0), "not a NORB matrix"),
        (FILES[TEST_DAT][:9], "not a whole gzip file"),
        (gzip.compress(struct.pack("<6i", 0x1E3D4C55, 900, 1, 1, 1, 1), mtime=0), "not a NORB matrix"),
    ],
)
def test_another_kind_of_file_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(WrongFile, match=reason):
        read_matrix(tmp_path / "a", "<i4", (40,))


def test_a_truncated_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="not a whole gzip file"):
        made(tmp_path, FILES | {TEST_DAT: FILES[TEST_DAT][:-30]})
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize(("more", "reason"), [(b"!", "goes on after"), (None, "ends after 39 of 40 rows")])
def test_a_matrix_of_another_length_is_refused(more: bytes | None, reason: str, tmp_path: Path) -> None:
    content = gzip.decompress(FILES[TRAIN_CAT])
    (tmp_path / "a").write_bytes(content + more if more else content[:-1])
    with pytest.raises(WrongFile, match=reason):
        read_matrix(tmp_path / "a", "<i4", (40,))


def test_the_dataset_shows_the_instance_or_hides_it(tmp_path: Path) -> None:
    made(tmp_path)
    root = str(tmp_path / "data")
    shown, hidden = SmallNORB(root), SmallNORB(root, instance="hidden")
    assert shown.factor_names == ("category", "instance", "elevation", "azimuth", "lighting")
    assert hidden.factor_names == ("category", "elevation", "azimuth", "lighting")
    assert describe_dataset(SmallNORB, {"instance": "hidden"}).factor_sizes == (5, 9, 18, 6)
    assert describe_dataset(SmallNORB).factor_sizes == (5, 10, 9, 18, 6)
    wanted = np.tile([[1, 0, 1, 0]], (200, 1))
    found = hidden.find(wanted, np.random.default_rng(0))
    np.testing.assert_array_equal(hidden.factors(found), wanted)
    assert len(np.unique(shown.factors(found)[:, 1])) == 10
    images = shown.batch(torch.arange(80))
    assert images.min() >= 0
    assert images.max() <= 1


def test_the_official_test_half_is_kept_apart_when_asked_for(tmp_path: Path) -> None:
    made(tmp_path)
    root = str(tmp_path / "data")
    data = SmallNORB(root, official_test=True)
    assert SmallNORB(root).test_indices is None
    assert data.test_indices is not None
    assert len(data.test_indices) == 40
    assert set(data.factors(data.test_indices)[:, 1]) == {0, 1, 2, 3, 5}


def test_each_camera_has_its_own_folder(tmp_path: Path) -> None:
    made(tmp_path, source=small("smallnorb_right"))
    assert len(SmallNORB(str(tmp_path / "data"), camera="right")) == 80
    with pytest.raises(DisentError, match=r"smallnorb is not in .*: run `fig download-dataset smallnorb`"):
        SmallNORB(str(tmp_path / "data"))
