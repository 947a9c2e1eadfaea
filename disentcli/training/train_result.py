"""How a training call ended."""

from __future__ import annotations

from dataclasses import dataclass

from .signals import StopRequest


@dataclass(frozen=True)
class TrainResult:
    """`status` completed, interrupted (by `signal`, if by one) or failed; at `step`."""

    status: str
    step: int
    signal: int | None = None

    @classmethod
    def at(cls, step: int, budget: int, stop: StopRequest) -> TrainResult:
        """That of a run which has come to this step."""
        return cls("completed", step) if step >= budget else cls("interrupted", step, stop.signal)

    @property
    def exit_code(self) -> int:
        """0 when done or out of time, 1 after a failure, 128 + n after signal n."""
        if self.signal is not None:
            return 128 + self.signal
        return 1 if self.status == "failed" else 0

    @property
    def stopped_by(self) -> str | None:
        """What interrupted the run; None where nothing did."""
        if self.status != "interrupted":
            return None
        return "time limit" if self.signal is None else f"signal {self.signal}"
