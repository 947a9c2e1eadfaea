"""The state of a planned run, as the disk shows it."""

from __future__ import annotations

from dataclasses import dataclass

#: `open`: nothing is at it; `running`: some process is; `queued`: an executor will be
STATUSES = ("open", "queued", "running", "interrupted", "failed", "completed")


@dataclass(frozen=True)
class TaskState:
    """Where a planned run stands: its run's name, if there is one, its step, and why it failed.

    called: once its training is completed, the share of the calls after it that are made; None before.
    """

    status: str
    run: str = ""
    step: int = 0
    budget: int = 0
    minutes_left: float | None = None
    reason: str = ""
    called: float | None = None
