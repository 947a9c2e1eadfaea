"""`fig board`: Tensorboard on the runs."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.coercion import Port
from ..config.root_settings import Setting
from ..errors import CallError, DisentError
from ..registry import script

if TYPE_CHECKING:
    from types import FrameType

    from ..config.settings import Settings

SETTINGS = (
    "saveroot",
    Setting("port", Port, None, "port to listen on; without it the first free one from 6006"),
    Setting("host", str, "localhost", "address to listen on; 0.0.0.0 is reachable from other machines"),
)
TAKES = "nothing"
NODES = ()
FIRST, TRIED = 6006, 100  # ports


@script("board")
def board(settings: Settings) -> int:
    """Shows the curves, pictures and scores of all runs in Tensorboard, until Ctrl-C: fig board."""
    from ..runs.roots import save_root
    from ..runs.run_index import newest_first

    root = save_root(settings.get("saveroot"))
    host, port = settings.get("host"), settings.get("port")
    if settings.words:
        raise CallError("fig board shows all runs of --saveroot; choose among them in the browser")
    if not newest_first(root):
        raise CallError(f"there are no runs in {root} yet: `fig train …` makes one")
    return serve(root, host, free_port(host) if port is None else port)


def free_port(host: str) -> int:
    """The first port from 6006 on which nobody listens; DisentError where none of a hundred is free."""
    for port in range(FIRST, FIRST + TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise DisentError(f"no port from {FIRST} to {FIRST + TRIED - 1} is free on {host}; give one with --port")


def serve(root: Path, host: str, port: int) -> int:
    """Listen until a signal; 128 + its number.

    Raises:
        DisentError: Tensorboard is missing, or cannot listen there.
    """
    received: list[int] = []
    over = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    print(f"{_launch(root, host, port)}  shows the runs in {root}; Ctrl-C ends it", flush=True)
    over.wait()
    return 128 + received[0]


def _launch(root: Path, host: str, port: int) -> str:
    """Start Tensorboard in a thread of its own; its address."""
    try:
        from tensorboard import program
    except ImportError as error:
        raise DisentError(f"Tensorboard cannot be imported ({error}): pip install tensorboard") from error
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    fast = "true" if find_spec("tensorboard_data_server") else "false"  # either way, without a note of it
    words = ["--logdir", str(root), "--host", host, "--port", str(port), "--load_fast", fast]
    server: Any = program.TensorBoard()
    server.configure(argv=["tensorboard", *words])
    try:
        return str(server.launch())
    except (program.TensorBoardServerException, OSError) as error:
        raise DisentError(f"Tensorboard cannot listen on {host}:{port}: {error}") from error
