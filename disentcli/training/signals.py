"""When a run ends before its budget: a signal, or the time limit."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@dataclass
class StopRequest:
    """What has asked the run to stop; looked at once a step."""

    deadline: float | None = None
    signal: int | None = None

    def asked(self) -> bool:
        """Whether to stop after the present step."""
        return self.signal is not None or (self.deadline is not None and time.monotonic() >= self.deadline)


@contextmanager
def handle_signals(minutes: float | None) -> Iterator[StopRequest]:
    """Listen for SIGINT, SIGTERM and SIGUSR1, and for the end of the time.

    A second SIGINT interrupts at once. Outside the main thread signals cannot be heard: only the time counts.
    """
    stop = StopRequest(None if minutes is None else time.monotonic() + 60 * minutes)

    def hear(number: int, frame: FrameType | None) -> None:
        if stop.signal is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.signal = number

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    former = {number: signal.signal(number, hear) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
