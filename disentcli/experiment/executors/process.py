"""Processes that a sweep starts and waits for; a request to stop reaches them as SIGTERM."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

POLL = 0.5  # seconds between two looks whether to stop


def wait_for(child: subprocess.Popen[bytes], stop_requested: Callable[[], bool]) -> int:
    """Wait for a process, which gets SIGTERM once a stop is requested.

    Returns:
        Its exit code, 128 + n after signal n.
    """
    told = False
    while True:
        try:
            code = child.wait(POLL)
            return code if code >= 0 else 128 - code
        except subprocess.TimeoutExpired:
            if not told and stop_requested():
                child.terminate()
                told = True
