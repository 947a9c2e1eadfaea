"""Files are whole or absent."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from disentcli.atomic_io import atomic_file, remove_abandoned, write_atomic
from disentcli.errors import DisentError


def test_text_and_bytes_arrive(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", "größer")
    write_atomic(tmp_path / "b", b"\x00")
    assert (tmp_path / "a").read_bytes() == "größer".encode()
    assert (tmp_path / "b").read_bytes() == b"\x00"


def test_an_error_keeps_the_old_file_and_leaves_no_other(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", "old")
    with pytest.raises(TypeError), atomic_file(tmp_path / "a") as file:
        file.writelines([b"new", None])
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_that_is_not_the_files_passes_through(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), atomic_file(tmp_path / "a"):
        raise ConnectionResetError


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match=r"cannot write .*missing/a"):
        write_atomic(tmp_path / "missing" / "a", "x")


def test_a_file_that_finds_no_room_is_named_and_removed(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(DisentError, match=r"cannot write .*big: File too large; make room"):
            write_atomic(tmp_path / "big", bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    names = (".a.partial-99-ab", ".b.partial-99-ab", ".a.b.partial-99-ab")
    for name in names:
        (tmp_path / name).write_text("half")
    write_atomic(tmp_path / "a", "new")
    assert {path.name for path in tmp_path.iterdir()} == {"a", *names[1:]}
    remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_that_is_being_written_is_kept(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a") as first:
        first.write(b"first")
        first.flush()
        write_atomic(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"


def test_names_with_wildcards_are_names(tmp_path: Path) -> None:
    (tmp_path / ".ab.partial-99-ab").write_text("half")
    write_atomic(tmp_path / "a[b]", "new")
    write_atomic(tmp_path / "*", "new")
    assert (tmp_path / ".ab.partial-99-ab").exists()
