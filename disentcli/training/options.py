"""The options of a training call, apart from model and data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import CallError

if TYPE_CHECKING:
    from ..runs.loggers.collection import LoggerCollection
    from .early_stopping import EarlyStopping
    from .validation_metrics import ValidationMetrics


@dataclass(frozen=True)
class TrainOptions:
    """Frequencies are in steps, 0 is never; times are in minutes, None is without limit.

    `clip_value` bounds each entry of the gradient, `clip_norm` the norm of each player's whole gradient;
    `accumulate` is the number of parts of a batch whose gradients are added.
    `validation_metrics` are the metrics computed at each validation; without `loggers`, Tensorboard is used.
    """

    budget: int = 100_000
    seed: int = 0
    batch_size: int = 128
    validation_freq: int = 10_000
    checkpoint_freq: int = 10_000
    checkpoint_minutes: float | None = 10.0
    checkpoint_keep: int = 3
    records_freq: int = 200
    records_minutes: float | None = 0.5
    print_freq: int = 100
    viz_freq: int = 1_000
    time_limit: float | None = None
    clip_value: float | None = None
    clip_norm: float | None = None
    accumulate: int = 1
    early_stopping: EarlyStopping | None = None
    quiet: bool = False
    validation_metrics: ValidationMetrics | None = None
    loggers: LoggerCollection | None = None

    def next_due_step(self, step: int) -> int:
        """The first step after this one at which anything is due by a frequency, or else the last."""
        every = (
            self.records_freq,
            self.print_freq,
            self.viz_freq,
            self.validation_freq,
            self.checkpoint_freq,
        )
        return min(self.budget, *(step - step % freq + freq if freq else self.budget for freq in every))

    def __post_init__(self) -> None:
        if self.budget < 0:
            raise CallError(f"budget must be steps, 0 for the untrained network; not {self.budget}")
        for name in ("batch_size", "checkpoint_keep", "accumulate"):
            if getattr(self, name) < 1:
                raise CallError(f"{name.replace('_', '-')} must be at least 1, not {getattr(self, name)}")
        if self.early_stopping and not self.validation_freq:
            raise CallError("early-stopping stops at a validation, and validation.freq 0 makes none")
        for name in ("validation", "checkpoint", "records", "print", "viz"):
            if getattr(self, f"{name}_freq") < 0:
                raise CallError(f"{name}.freq must be 0 (never) or a number of steps")
        for name in ("time_limit", "checkpoint_minutes", "records_minutes", "clip_value", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise CallError(
                    f"{name.replace('_', '-')} must be above 0 and finite, or null for none; not {value}"
                )
