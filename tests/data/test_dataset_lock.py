"""The lock of a dataset folder: one process at a time, whoever waits says so, a kill leaves nothing held."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from disentcli.data.dataset_lock import exclusive
from disentcli.errors import DisentError


def test_only_one_is_inside_at_a_time_and_whoever_waits_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order: list[str] = []
    waits = threading.Event()
    caplog.handler.addFilter(lambda record: waits.set() or True)

    def second() -> None:
        with exclusive(tmp_path / "set"):
            order.append("second")

    with exclusive(tmp_path / "set"):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    assert f"another process is preparing {tmp_path / 'set'}; waiting for it" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_locks_of_two_folders_are_apart(tmp_path: Path) -> None:
    with exclusive(tmp_path / "one"), exclusive(tmp_path / "two"):
        assert {path.name for path in tmp_path.iterdir()} == {".one.lock", ".two.lock"}


def test_an_error_inside_lets_the_lock_go(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), exclusive(tmp_path / "set"):
        raise ValueError("inside")
    with exclusive(tmp_path / "set"):
        pass


def die_inside(folder: Path) -> None:
    with exclusive(folder):
        os._exit(9)


def test_a_lock_whose_holder_was_killed_is_free(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    holder = multiprocessing.get_context("fork").Process(target=die_inside, args=(tmp_path / "set",))
    holder.start()
    holder.join(30)
    assert holder.exitcode == 9
    assert (tmp_path / ".set.lock").exists()
    with exclusive(tmp_path / "set"):
        assert caplog.text == ""


def test_a_place_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DisentError, match=r"file may not be written .*another folder with --dataroot"),
        exclusive(tmp_path / "file" / "set"),
    ):
        pass
