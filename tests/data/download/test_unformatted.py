"""Files that are kept: the IDX files of MNIST and Fashion-MNIST, checked by the MD5 of what they hold."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source
from disentcli.data.public.mnist import FashionMNIST
from disentcli.errors import CallError, DisentError

from .download_host import Host
from .download_samples import SOURCES, Recorder, idx_files, small_mnist

FILES = idx_files()
IMAGES = "train-images-idx3-ubyte"


@pytest.fixture
def host() -> Iterator[Host]:
    with Host(dict(FILES)) as host:
        yield host


@pytest.fixture
def source(host: Host) -> Source:
    return small_mnist(FILES, host.url(""))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_files_come_as_they_are(source: Source, tmp_path: Path) -> None:
    recorder = Recorder()
    assert contents(prepare_dataset(source, tmp_path, recorder.options)) == FILES
    assert "MNIST is in" in recorder.text


def test_a_file_without_a_published_checksum_is_told_by_its_md5(source: Source, tmp_path: Path) -> None:
    first, *others = source.files
    bare = replace(first, md5=None, md5_unpacked=None, checksum_unknown=True)
    recorder = Recorder()
    prepare_dataset(replace(source, files=(bare, *others)), tmp_path, recorder.options)
    (told,) = [line for line in recorder.text.splitlines() if "no checksum of it is published" in line]
    md5 = hashlib.md5(FILES[first.name], usedforsecurity=False).hexdigest()
    assert told.startswith(f"{first.name}: ")
    assert f"nor has its host https; the MD5 of what came is {md5}" in told
    again = Recorder()
    known = replace(bare, md5=md5)  # as a table of mirrors gives it
    prepare_dataset(replace(source, files=(known, *others)), tmp_path, again.options, force=True)
    assert "checksum" not in again.text


def test_only_what_is_missing_or_wrong_is_fetched(source: Source, host: Host, tmp_path: Path) -> None:
    folder = prepare_dataset(source, tmp_path, Recorder().options)
    (folder / f"{IMAGES}.gz").write_bytes(FILES["train-labels-idx1-ubyte.gz"])
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    host.requests.clear()
    recorder = Recorder()
    prepare_dataset(source, tmp_path, recorder.options)
    assert {request.path for request in host.requests} == {f"/{IMAGES}.gz", "/t10k-labels-idx1-ubyte.gz"}
    assert "it is not an IDX file of images" in recorder.text
    kept = contents(folder)
    assert kept.pop(f"{IMAGES}.gz.corrupt") == FILES["train-labels-idx1-ubyte.gz"]
    assert kept == FILES


def test_what_is_there_is_not_fetched_again_unless_forced(source: Source, host: Host, tmp_path: Path) -> None:
    prepare_dataset(source, tmp_path, Recorder().options)
    host.requests.clear()
    recorder = Recorder()
    prepare_dataset(source, tmp_path, recorder.options)
    assert host.requests == []
    assert "already in" in recorder.text
    prepare_dataset(source, tmp_path, recorder.options, force=True)
    assert len(host.requests) == 4


def test_unpacked_files_are_as_good(source: Source, host: Host, tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    for name, data in FILES.items():
        (tmp_path / "mnist" / name.removesuffix(".gz")).write_bytes(gzip.decompress(data))
    prepare_dataset(source, tmp_path, Recorder().options)
    assert host.requests == []


def test_a_mirror_that_unpacks_is_noticed(source: Source, host: Host, tmp_path: Path) -> None:
    host.files[f"{IMAGES}.gz"] = gzip.decompress(FILES[f"{IMAGES}.gz"])
    folder = prepare_dataset(source, tmp_path, Recorder().options)
    assert contents(folder)[IMAGES] == gzip.decompress(FILES[f"{IMAGES}.gz"])
    assert f"{IMAGES}.gz" not in contents(folder)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (FILES[f"{IMAGES}.gz"][:-20], "not a whole gzip file"),
        (FILES["t10k-images-idx3-ubyte.gz"], "its MD5, unpacked, is"),
        (b"", "it is empty"),
        (gzip.compress(gzip.decompress(FILES[f"{IMAGES}.gz"]) + b"!", mtime=0), "its header speaks of"),
        (gzip.compress(gzip.decompress(FILES[f"{IMAGES}.gz"])[:-1], mtime=0), "its header speaks of"),
    ],
)
def test_a_wrong_file_is_named_and_kept_aside(
    source: Source, host: Host, tmp_path: Path, content: bytes, reason: str
) -> None:
    host.files[f"{IMAGES}.gz"] = content
    with pytest.raises(DisentError, match=rf"{IMAGES}.gz: .*{reason}"):
        prepare_dataset(source, tmp_path, Recorder().options)
    assert not (tmp_path / "mnist" / f"{IMAGES}.gz").exists()
    assert (tmp_path / "downloads" / "mnist" / f"{IMAGES}.gz.corrupt").read_bytes() == content


def test_files_fetched_by_hand_are_copied(source: Source, host: Host, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name, data in FILES.items():
        packed = "images" in name
        (given / (name if packed else name.removesuffix(".gz"))).write_bytes(
            data if packed else gzip.decompress(data)
        )
    before = contents(given)
    assert contents(prepare_dataset(source, tmp_path, Recorder().options, local_path=given)) == before
    assert contents(given) == before
    assert host.requests == []


def test_what_a_killed_copy_left_is_removed(source: Source, tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / f".{IMAGES}.gz.partial-123-abcd").write_bytes(b"half")
    assert contents(prepare_dataset(source, tmp_path, Recorder().options)) == FILES


def test_one_file_fetched_by_hand_is_not_enough(source: Source, tmp_path: Path) -> None:
    (tmp_path / "one.gz").write_bytes(b"")
    with pytest.raises(CallError, match="MNIST has 4 files: name the folder"):
        prepare_dataset(source, tmp_path, Recorder().options, local_path=tmp_path / "one.gz")


def test_fashion_mnist_comes_the_same_way_and_its_classes_have_names(tmp_path: Path) -> None:
    files = idx_files(seed=1)
    with Host(dict(files)) as host:
        source = small_mnist(files, host.url(""), "fashion")
        assert contents(prepare_dataset(source, tmp_path, Recorder().options)) == files
    data = FashionMNIST(str(tmp_path))
    labels = [gzip.decompress(files[f"{part}-labels-idx1-ubyte.gz"])[8:] for part in ("train", "t10k")]
    assert data.factors().ravel().tolist() == list(b"".join(labels))
    assert (data.shape, data.factor_names, data.factor_sizes) == ((1, 32, 32), ("class",), (10,))
    assert data.factor_values[0][9] == "ankle boot"
    assert describe_dataset(FashionMNIST, {"pad": False}).shape == (1, 28, 28)


@pytest.mark.parametrize(("wanted", "other"), [("mnist", "fashion"), ("fashion", "mnist")])
def test_files_of_the_other_dataset_are_refused(tmp_path: Path, wanted: str, other: str) -> None:
    files = {name: idx_files(seed=seed) for seed, name in enumerate(("mnist", "fashion"))}
    source = small_mnist(files[wanted], "http://127.0.0.1/", wanted)
    for name, data in files[other].items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DisentError, match=rf"is not {IMAGES}.gz of .*: its MD5, unpacked, is"):
        prepare_dataset(source, tmp_path / "data", Recorder().options, local_path=tmp_path)
    assert not list((tmp_path / "data").glob("*"))


def test_every_checksum_of_the_two_is_of_its_own() -> None:
    sums = [file.md5_unpacked for name in ("mnist", "fashion") for file in SOURCES[name].files]
    assert len(set(sums)) == 8
