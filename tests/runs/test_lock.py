"""Locks: one holder at a time, freed by a kill, and never taken on a file that its holder has removed."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from disentcli import file_lock as module
from disentcli.errors import DisentError
from disentcli.file_lock import FileLock
from disentcli.runs.lock import RunLock, is_locked


def results_lock(folder: Path) -> FileLock:
    return FileLock(folder / "results.lock", "the results", "wait for it")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)


def test_the_file_names_its_holder_and_goes_away_with_the_lock(tmp_path: Path) -> None:
    lock = results_lock(tmp_path)
    assert not lock.held
    with lock:
        assert lock.held
        assert lock.path.read_text() == f"pid {os.getpid()} on {socket.gethostname()}"
        assert lock.acquire() is lock  # as often as one likes
    assert not lock.held
    assert list(tmp_path.iterdir()) == []
    lock.release()  # nothing to give back


@pytest.mark.usefixtures("impatient")
def test_a_second_holder_is_refused_and_told_who_holds_it_and_what_to_do(tmp_path: Path) -> None:
    with results_lock(tmp_path), pytest.raises(DisentError) as refused:
        results_lock(tmp_path).acquire()
    expected = f"the results is being written by pid {os.getpid()} on {socket.gethostname()}; wait for it"
    assert str(refused.value) == expected
    with results_lock(tmp_path) as free:
        assert free.held


def test_a_lock_that_is_given_back_meanwhile_is_waited_for(tmp_path: Path) -> None:
    first, second = results_lock(tmp_path), results_lock(tmp_path)
    first.acquire()
    timer = threading.Timer(0.1, first.release)
    timer.start()
    with second:  # well within PATIENCE; the file that the first has removed is made anew
        assert second.held
        assert second.path.is_file()
        assert not first.held
    timer.join()


def test_a_file_that_was_removed_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, real = results_lock(tmp_path), module._lock_patiently
    seen = []

    def removed_at_first(file) -> bool:
        seen.append(os.fstat(file.fileno()).st_ino)
        if len(seen) == 1:
            lock.path.unlink()
        return real(file)

    monkeypatch.setattr(module, "_lock_patiently", removed_at_first)
    with lock:
        assert len(seen) == 2
        assert lock.path.stat().st_ino == seen[-1]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "missing" / "lock", "the results of run x", "wait")
    with pytest.raises(DisentError, match="cannot write the results of run x: No such file"):
        lock.acquire()
    assert not lock.held


@pytest.mark.usefixtures("impatient")
def test_the_lock_of_a_run_stays_as_an_empty_file_and_follows_its_folder(tmp_path: Path) -> None:
    old, new = tmp_path / "draft", tmp_path / "run"
    old.mkdir()
    lock = RunLock(old).acquire()
    old.rename(new)
    lock.move(new)
    assert is_locked(new)
    with pytest.raises(DisentError, match="the run run is being written by pid"):
        RunLock(new).acquire()
    lock.release()
    assert (new / "lock").read_text() == ""
    assert not is_locked(new)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("content", [b"", b"\xff\xfe"], ids=["empty", "no text"])
def test_a_holder_that_left_no_name_is_another_process(tmp_path: Path, content: bytes) -> None:
    with RunLock(tmp_path):
        (tmp_path / "lock").write_bytes(content)
        with pytest.raises(DisentError, match="is being written by another process; wait"):
            RunLock(tmp_path).acquire()


def test_looking_takes_no_lock_and_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with RunLock(tmp_path):
        assert is_locked(tmp_path)
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_a_kill_frees_the_lock_at_once(tmp_path: Path) -> None:
    code = (
        "import sys, time; from disentcli.runs.lock import RunLock;"
        "lock = RunLock(sys.argv[1]).acquire(); print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert is_locked(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    start = time.monotonic()
    with RunLock(tmp_path):
        assert time.monotonic() - start < module.PATIENCE


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(DisentError, match=r"No locks available.*--saveroot"):
        RunLock(tmp_path).acquire()
