"""Images that are no full grid: their labels become factors.npy, and say how many images there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.dataset_folder import open_store
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import FormatReader, RemoteFile, Source
from disentcli.data.download.verify import WrongFile, check_md5
from disentcli.errors import DisentError

from ..download.download_samples import Recorder

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), dtype=np.uint8)
LABELS = np.random.default_rng(1).normal(size=(5, 2))


def check(path: Path, source: Source, file: RemoteFile) -> None:
    if path.read_bytes()[:6] != b"\x93NUMPY":
        raise WrongFile("it is no array")


def blocks(paths: Sequence[Path], source: Source, start: int) -> Iterator[np.ndarray]:
    yield np.load(paths[0], allow_pickle=False)[start:]


def labels(paths: Sequence[Path], source: Source) -> np.ndarray:
    return np.load(paths[1], allow_pickle=False)


SOURCE = Source(
    name="points",
    title="Points",
    call="points",
    reader=FormatReader(check, blocks, labels),
    files=(RemoteFile("images.npy", (), 500), RemoteFile("labels.npy", (), 200)),
    licence="CC0",
    citation="nobody",
    homepage="https://example.org",
    image=(8, 8, 1),
    factor_names=("x", "y"),
    factor_sizes=(0, 0),
    factor_values=((), ()),
)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    (tmp_path / "given").mkdir()
    np.save(tmp_path / "given" / "images.npy", IMAGES)
    np.save(tmp_path / "given" / "labels.npy", LABELS)
    return tmp_path / "given"


@pytest.mark.parametrize("count", [0, 5])
def test_the_labels_are_stored_beside_the_images(given: Path, tmp_path: Path, count: int) -> None:
    recorder = Recorder()
    folder = prepare_dataset(
        replace(SOURCE, count=count), tmp_path / "data", recorder.options, local_path=given
    )
    store = open_store(folder, "")
    np.testing.assert_array_equal(store.images, IMAGES)
    assert store.factors is not None
    np.testing.assert_array_equal(store.factors, LABELS)
    assert "5 images, CC0" in recorder.text
    prepare_dataset(replace(SOURCE, count=count), tmp_path / "data", recorder.options, local_path=given)
    assert "is already in" in recorder.text


def test_labels_of_another_number_of_images_are_refused(given: Path, tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="it has labels of 5 images, Points has 6"):
        prepare_dataset(replace(SOURCE, count=6), tmp_path / "data", Recorder().options, local_path=given)
    np.save(given / "labels.npy", LABELS[:4])
    with pytest.raises(DisentError, match="more images than the 4 expected"):
        prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=given)
    assert not list((tmp_path / "data").glob("*"))


def test_what_only_the_files_know_is_open_in_the_info() -> None:
    info = SOURCE.info()
    assert (info.count, info.shape, info.factor_names, info.factor_sizes) == (
        None,
        (1, 8, 8),
        ("x", "y"),
        (0, 0),
    )
    assert info.obtain == "fig download-dataset points"


def test_the_same_data_may_come_in_another_form(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    found = "0cc175b9c0f1b6a831c399e269772661"
    file = RemoteFile("a", (), 1, md5="0" * 32, other_md5s=(found,))
    assert check_md5(tmp_path / "a", file, quiet=True) == found
    with pytest.raises(WrongFile, match=f"its MD5 is {found}, the published one is 000"):
        check_md5(tmp_path / "a", replace(file, other_md5s=()), quiet=True)
