"""`fig board` as typed: it listens, says where, and ends at Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path
from urllib.request import urlopen

from disentcli.runs.loggers.tensorboard import TensorBoard
from disentcli.runs.run import Run

from ..conftest import FIG, PROJECT, command_environment
from .in_process import Place


def test_the_board_shows_runs_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    run = Run.create(tmp_path, "one", {"seed": 0})
    board = TensorBoard()
    board.on_start(run, 0)
    board.scalars(1, {"train/loss": 2.0})
    board.on_end(run, "completed")
    server = subprocess.Popen(
        [str(FIG), "board", "--saveroot", str(tmp_path)],
        cwd=PROJECT,
        env=command_environment(tmp_path, tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    line = server.stdout.readline()
    found = re.match(r"(http://localhost:\d+/)  shows the runs in .*; Ctrl-C ends it", line)
    assert found, line
    with urlopen(found[1]) as page:
        assert page.status == 200
    server.send_signal(signal.SIGINT)
    _, errors = server.communicate(timeout=60)
    assert (server.returncode, errors) == (130, "")


def test_a_board_that_cannot_be_shown_is_told(tmp_path: Path) -> None:
    here = Place(tmp_path, tmp_path).completed
    empty = here("board", "--saveroot", tmp_path)
    assert (empty.returncode, "there are no runs" in empty.stderr) == (2, True)
    Run.create(tmp_path, "one", {}).lock.release()
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        busy = here("board", "--saveroot", tmp_path, "--port", taken.getsockname()[1])
    assert busy.returncode == 1
    assert "cannot listen on localhost:" in busy.stderr
