"""When a training call stops before its budget (a signal, the time limit), and how it ended."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


@dataclass
class StopRequest:
    """Whether training is to stop: the signal that came, if any, and when its time is over."""

    deadline: float | None = None  # by time.monotonic()
    signal: int | None = None

    def requested(self) -> bool:
        """Whether to stop after the present step; cheap enough to be asked after every step."""
        return self.signal is not None or (self.deadline is not None and time.monotonic() >= self.deadline)


@contextmanager
def handle_signals(minutes: float | None) -> Iterator[StopRequest]:
    """Turn SIGINT, SIGTERM, SIGUSR1, SIGUSR2 and the end of a time limit in minutes into a request to stop.

    A second SIGINT interrupts at once. Outside the main thread Python delivers no signals: only the time
    counts there.
    """
    stop = StopRequest(None if minutes is None else time.monotonic() + 60 * minutes)

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.signal is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.signal = number

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    previous = {number: signal.signal(number, on_signal) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class TrainResult:
    """How a training call ended: completed, interrupted (by `signal`, if by one) or failed, at `step`."""

    status: str
    step: int
    signal: int | None = None
    converged: bool = False  # completed before the budget, by early stopping

    @classmethod
    def at(cls, step: int, budget: int, stop: StopRequest, *, converged: bool = False) -> TrainResult:
        """The result of a call that ended without an error at this step."""
        if step >= budget or converged:
            return cls("completed", step, converged=step < budget)
        return cls("interrupted", step, stop.signal)

    @property
    def exit_code(self) -> int:
        """0 when completed or out of time, 1 after a failure, 128 + n after signal n."""
        if self.signal is not None:
            return 128 + self.signal
        return 1 if self.status == "failed" else 0

    @property
    def stopped_by(self) -> str | None:
        """What ended it before its budget: "early stopping", "time limit", "signal n"; or None."""
        if self.converged:
            return "early stopping"
        if self.status != "interrupted":
            return None
        return "time limit" if self.signal is None else f"signal {self.signal}"
