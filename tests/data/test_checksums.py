"""Damaged dataset folders: a short error or the right images and factors, never others."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from disentcli.data import checksums
from disentcli.data.checksums import BLOCK, BLOCKS, check_images, sample_sha256
from disentcli.data.dataset_folder import StoreSpec, open_store
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.factors import FactorSpace
from disentcli.errors import DisentError

SPACE = FactorSpace(("colour", "size"), (4, 5), ((0.1, 0.2, 0.3, 0.4), ("a", "b", "c", "d", "e")))
GRID = StoreSpec("grid", (3, 2, 2), 20, factors=SPACE, source="made here", licence="CC0", citation="né 2026")
TABLE = StoreSpec("table", (3, 2, 2), 20)
LARGE = StoreSpec("large", (1, 64, 64), 1000)  # 4 MB: more than the sample
AGAIN = "run `fig make`"


def write(folder: Path, spec: StoreSpec) -> Path:
    rng = np.random.default_rng(0)
    with StoreWriter(folder, spec) as writer:
        writer.write(rng.integers(0, 256, (spec.count, *spec.row_shape), dtype=np.uint8))
        if spec is TABLE:
            writer.factors = rng.normal(size=(spec.count, 2))
    return folder


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("stored")
    return {spec.name: write(place / spec.name, spec) for spec in (GRID, TABLE)}


def content(folder: Path) -> tuple[StoreSpec, bytes, bytes | None]:
    store = open_store(folder, AGAIN)
    return store.spec, store.images.tobytes(), None if store.factors is None else store.factors.tobytes()


def one_byte_each(data: bytes) -> Iterator[bytes]:
    for place, byte in enumerate(data):
        yield data[:place] + bytes([byte ^ (0x01, 0xFF, 0x20)[place % 3]]) + data[place + 1 :]


def half(data: bytes) -> Iterator[bytes]:
    middle = len(data) // 2
    yield from (b"", data[:middle], data[middle:])
    yield from (data[:middle] + bytes(len(data) - middle), bytes(middle) + data[middle:])


@pytest.mark.parametrize("damage", [one_byte_each, half])
@pytest.mark.parametrize(
    ("name", "file"),
    [("grid", "meta.json"), ("grid", "images.npy"), ("table", "meta.json"), ("table", "factors.npy")],
)
def test_each_damage_to_each_file_is_an_error_or_changes_nothing(
    stored: dict[str, Path], name: str, file: str, damage: Callable[[bytes], Iterator[bytes]]
) -> None:
    folder, noticed = stored[name], 0
    right = content(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for data in damage(before[folder / file]):
        (folder / file).write_bytes(data)
        try:
            found, message = content(folder), AGAIN
        except DisentError as error:
            found, message = right, str(error)
            noticed += 1
        for changed in {file, "meta.json"}:
            (folder / changed).write_bytes(before[folder / changed])
        assert found == right, data
        assert AGAIN in message
        assert len(message) < 600
    assert noticed


def overwrite(path: Path, start: int, count: int) -> None:
    with open(path, "r+b") as file:
        file.seek(start)
        old = file.read(count)
        file.seek(start)
        file.write(bytes(byte ^ 0xFF for byte in old))


def test_the_sample_is_of_a_fixed_size_and_finds_any_long_stretch(tmp_path: Path) -> None:
    images = write(tmp_path / "large", LARGE) / "images.npy"
    size = images.stat().st_size
    longest = -(-(size - BLOCK) // (BLOCKS - 1))  # from the end of a block to the end of the next
    for start in (128, 20_000, 1_000_000, 2_345_678, size - longest):
        overwrite(images, start, longest)
        with pytest.raises(
            DisentError, match=r"damaged: .*images\.npy: .*delete the folder .* run `fig make`"
        ):
            open_store(tmp_path / "large", AGAIN)
        overwrite(images, start, longest)
    open_store(tmp_path / "large", AGAIN)


def test_one_byte_between_the_blocks_is_found_by_reading_all(tmp_path: Path) -> None:
    folder = write(tmp_path / "large", LARGE)
    overwrite(folder / "images.npy", BLOCK + 100, 1)
    store = open_store(folder, AGAIN)
    with pytest.raises(DisentError, match=r"damaged: .*images\.npy: .*run `fig make`"):
        check_images(folder, store.sha256, store.images.nbytes, AGAIN)


def test_the_sample_reads_a_megabyte_at_most(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(10 * 2**30)  # 10 GiB that take no room
    zeros = checksums.hashlib.sha256(bytes(BLOCKS * BLOCK)).hexdigest()
    assert sample_sha256(tmp_path / "sparse") == zeros


def as_before(folder: Path) -> None:
    """Without sums, as earlier versions wrote the folder."""
    path = folder / "meta.json"
    meta = json.loads(path.read_text())
    del meta["sums"]
    path.write_text(json.dumps(meta))


def test_an_older_folder_is_read_wholly_once_and_gets_its_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "large", LARGE)
    right, meta = content(folder), (folder / "meta.json").read_bytes()
    as_before(folder)
    assert content(folder) == right
    assert (folder / "meta.json").read_bytes() == meta
    monkeypatch.setattr(checksums, "check_images", lambda *_: pytest.fail("read again"))
    assert content(folder) == right


def test_an_older_folder_that_is_damaged_is_refused_and_gets_no_sums(tmp_path: Path) -> None:
    folder = write(tmp_path / "large", LARGE)
    as_before(folder)
    overwrite(folder / "images.npy", BLOCK + 100, 1)
    for _ in range(2):
        with pytest.raises(DisentError, match=r"damaged: .*images\.npy"):
            open_store(folder, AGAIN)


def test_an_older_folder_that_may_not_be_written_is_opened_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write(tmp_path / "small", GRID)
    right = content(folder)
    as_before(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert content(folder) == right
    assert "could not be checked" in caplog.text
    assert "--verify" in caplog.text
