"""Early stopping: a training ends once a validation term has not improved for a number of validations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import CallError
from ..suggestions import unknown
from ..tables.score_direction import better

LOSS = "loss"


@dataclass(frozen=True)
class EarlyStopping:
    """When to stop; the best checkpoint is then the one with the best value of the term.

    monitor: a loss of the validation (`loss`, `reconstruction`), or a score of --validation.metrics (`mig`).
    patience: validations without an improvement after which training stops.
    min_delta: the least change that is an improvement.
    mode: whether lower (`min`) or higher values are better; None: as it is known of a score, lower of a loss.
    """

    patience: int
    monitor: str = LOSS
    min_delta: float = 0.0
    mode: Literal["min", "max"] | None = None

    @property
    def sign(self) -> int:
        """1 where lower is better, -1 where higher is; CallError where that is not known of a score."""
        way = self.mode or {"lower": "min", "higher": "max", None: ""}[better(self.monitor)]
        if not way and "." in self.monitor:
            raise CallError(
                f"early-stopping.monitor {self.monitor}: is it better lower or higher? --early-stopping.mode"
            )
        return -1 if way == "max" else 1

    def value(self, found: Mapping[str, float]) -> float:
        """The term in a validation, its sign turned where higher is better; infinite where it has none."""
        value = found.get(self._name_in(found), math.nan)
        return math.inf if math.isnan(value) else self.sign * value

    def check(self, found: Mapping[str, float]) -> None:
        """Raise CallError unless a validation with these terms has the one that is monitored."""
        if self._name_in(found) not in found:
            raise CallError(
                f"early-stopping.monitor: {unknown('validation term', self.monitor, found)}\n"
                "scores are there of the metrics in --validation.metrics"
            )

    def _name_in(self, found: Mapping[str, float]) -> str:
        """The full name of the term: a metric's main score has that of the metric."""
        return self.monitor if self.monitor in found else f"{self.monitor}.{self.monitor}"

    def is_over(self, step: int, best_step: int | None, freq: int) -> bool:
        """Whether so many validations, one every `freq` steps, have passed since the best one."""
        return best_step is not None and step // freq - best_step // freq >= self.patience
