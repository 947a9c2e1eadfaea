"""A dataset folder is written by streaming, survives interruption, and is checked when it is opened."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest

from disentcli.data import dataset_folder_writer
from disentcli.data.dataset_folder import StoreSpec, open_store
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.dataset_lock import exclusive
from disentcli.data.factors import FactorSpace
from disentcli.errors import DisentError

SPACE = FactorSpace(("colour", "size"), (4, 5))
SPEC = StoreSpec("small", (3, 2, 2), 20, factors=SPACE, source="made here")


def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 2, 2, 3), dtype=np.uint8)


def write(folder: Path, images: np.ndarray, spec: StoreSpec = SPEC, block: int = 7) -> None:
    with exclusive(folder), StoreWriter(folder, spec) as writer:
        for start in range(writer.done, len(images), block):
            writer.write(images[start : start + block])


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "small", pictures())
    store = open_store(tmp_path / "small", "run `fig make small`")
    assert np.array_equal(store.images, pictures())
    assert store.spec == SPEC
    assert store.sha256 == hashlib.sha256(pictures().tobytes()).hexdigest()


def test_images_are_a_plain_npy_file(tmp_path: Path) -> None:
    write(tmp_path / "small", pictures())
    assert np.array_equal(np.load(tmp_path / "small" / "images.npy", allow_pickle=False), pictures())


def test_nothing_but_the_folder_is_left(tmp_path: Path) -> None:
    write(tmp_path / "small", pictures())
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    assert sorted(path.name for path in (tmp_path / "small").iterdir()) == ["images.npy", "meta.json"]


def test_factors_of_images_that_are_no_grid_are_kept(tmp_path: Path) -> None:
    labels = np.arange(20)[:, None]
    with StoreWriter(tmp_path / "small", SPEC) as writer:
        writer.write(pictures())
        writer.factors = labels
    assert np.array_equal(open_store(tmp_path / "small", "").factors, labels)


def interrupted(folder: Path, images: np.ndarray, after: int, group: int = 1) -> None:
    def write_and_stop() -> None:
        with StoreWriter(folder, SPEC, group=group) as writer:
            writer.write(images[:after])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()


def test_an_interrupted_writer_goes_on_where_it_was(tmp_path: Path) -> None:
    interrupted(tmp_path / "small", pictures(), after=9)
    assert not (tmp_path / "small").exists()
    with StoreWriter(tmp_path / "small", SPEC) as writer:
        assert writer.done == 9
        writer.write(pictures()[9:])
    store = open_store(tmp_path / "small", "")
    assert np.array_equal(store.images, pictures())
    assert store.sha256 == hashlib.sha256(pictures().tobytes()).hexdigest()


def test_only_whole_groups_are_kept(tmp_path: Path) -> None:
    interrupted(tmp_path / "small", pictures(), after=9, group=4)
    with StoreWriter(tmp_path / "small", SPEC, group=4) as writer:
        assert writer.done == 8
        writer.write(pictures()[8:])
    assert np.array_equal(open_store(tmp_path / "small", "").images, pictures())


def test_what_another_plan_left_is_not_continued(tmp_path: Path) -> None:
    interrupted(tmp_path / "small", pictures(), after=9)
    other = StoreSpec("other", SPEC.shape, SPEC.count)
    with StoreWriter(tmp_path / "small", other) as writer:
        assert writer.done == 0
        writer.write(pictures())


def kill_while_writing(folder: Path) -> None:
    import os
    import signal

    dataset_folder_writer.SYNC_BYTES = 50
    with exclusive(folder), StoreWriter(folder, SPEC) as writer:
        for picture in pictures()[:13]:
            writer.write(picture[None])
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_kill_costs_no_more_than_what_was_not_synced(tmp_path: Path) -> None:
    child = multiprocessing.get_context("fork").Process(target=kill_while_writing, args=(tmp_path / "small",))
    child.start()
    child.join()
    assert child.exitcode == -9
    with exclusive(tmp_path / "small"), StoreWriter(tmp_path / "small", SPEC) as writer:
        assert writer.done == 10
        writer.write(pictures()[10:])
    assert np.array_equal(open_store(tmp_path / "small", "").images, pictures())


def render_unless_there(folder: Path, queue: multiprocessing.Queue[bool]) -> None:
    with exclusive(folder):
        if not folder.exists():
            write_blocks(folder)
            queue.put(True)


def write_blocks(folder: Path) -> None:
    with StoreWriter(folder, SPEC) as writer:
        writer.write(pictures())


def test_of_many_processes_one_writes_and_the_others_wait(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    wrote = context.Queue()
    children = [
        context.Process(target=render_unless_there, args=(tmp_path / "small", wrote)) for _ in range(6)
    ]
    for child in children:
        child.start()
    assert wrote.get(timeout=30)
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert wrote.empty()


def test_an_older_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "small", pictures())
    write(tmp_path / "small", pictures()[::-1])
    assert np.array_equal(open_store(tmp_path / "small", "").images, pictures()[::-1])
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_too_few_images_leave_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="5 images instead of 20"):
        write(tmp_path / "small", pictures()[:5])
    assert list(tmp_path.iterdir()) == []


def test_too_many_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="more images than the 20 expected"):
        write(tmp_path / "small", np.concatenate([pictures(), pictures()]))
    assert list(tmp_path.iterdir()) == []


def test_missing_space_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(DisentError, match=r"small needs 240 bytes in .* where 1 bytes are free"):
        StoreWriter(tmp_path / "data" / "small", SPEC)
    assert list(tmp_path.iterdir()) == []


def write_with_a_limit(folder: Path, most: int, errors: multiprocessing.Queue[str]) -> None:
    """The kernel refuses files of more than `most` bytes, as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        write(folder, pictures())
    except DisentError as error:
        errors.put(str(error))


@pytest.mark.parametrize("most", [0, 10, 200])
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, most: int) -> None:
    context = multiprocessing.get_context("fork")
    errors = context.Queue()
    child = context.Process(target=write_with_a_limit, args=(tmp_path / "small", most, errors))
    child.start()
    assert "is full: small needs 240 bytes; make room" in errors.get(timeout=30)
    child.join()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DisentError, match=r"file may not be written .*--dataroot"):
        write(tmp_path / "file" / "small", pictures())


def test_a_missing_folder_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match=r"3ds is not in .*: run `fig download-dataset 3ds`"):
        open_store(tmp_path / "3ds", "run `fig download-dataset 3ds`")


def test_a_truncated_file_says_by_how_much_and_what_to_do(tmp_path: Path) -> None:
    write(tmp_path / "small", pictures())
    path = tmp_path / "small" / "images.npy"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DisentError, match=r"100 bytes too short; delete the folder .* run `fig make`"):
        open_store(tmp_path / "small", "run `fig make`")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2, this version reads 1"),
        ({"count": 21}, r"holds uint8 \(20, 2, 2, 3\), not uint8 \(21, 2, 2, 3\)"),
        ({"shape": "x"}, "meta.json is damaged or foreign"),
    ],
)
def test_a_foreign_meta_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write(tmp_path / "small", pictures())
    path = tmp_path / "small" / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DisentError, match=message):
        open_store(tmp_path / "small", "run `fig make`")


def test_a_file_of_objects_is_not_unpickled(tmp_path: Path) -> None:
    write(tmp_path / "small", pictures())
    np.save(tmp_path / "small" / "factors.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(DisentError, match="not a readable NPY file"):
        open_store(tmp_path / "small", "run `fig make`")
