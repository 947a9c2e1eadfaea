"""An evaluation that is written down metric by metric, and continued by the same call if it was cut off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import CallError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..metrics.evaluate import Evaluation, MetricCall


@dataclass
class ScoreFile:
    """Where scores go: `path` (.json), its arrays beside it; None keeps nothing.

    A file holds all the metrics that its settings name, or is unfinished.
    """

    path: Path | None
    overwrite: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def claim(self) -> None:
        """Before the work: CallError if a finished evaluation is there and may not be replaced."""
        from ..runs.results import read_result_file

        if self.path is None or self.overwrite or not self.path.exists():
            return
        found = read_result_file(self.path)
        planned = found.settings.get("metrics")
        if not isinstance(planned, dict) or planned.keys() <= found.scores.keys():
            raise CallError(
                f"{self.path} exists; choose another name with --{self._name}, or replace it with --overwrite"
            )

    def begin(self, settings: Mapping[str, Any]) -> Evaluation:
        """What the same call has left behind when it was cut off, if it was.

        Raises:
            CallError: another call did, with settings that differ.
        """
        from ..metrics.evaluate import Evaluation
        from ..runs.results import as_json, read_array_file, read_result_file

        self.settings = as_json(settings)
        if self.path is None or self.overwrite or not self.path.exists():
            return Evaluation()
        found = read_result_file(self.path)
        differing = [key for key in self.settings if self.settings[key] != found.settings.get(key)]
        if differing:
            raise CallError(
                f"{self.path} is an unfinished evaluation of another call ({', '.join(differing)} differ); "
                f"choose another name with --{self._name}, or replace it with --overwrite"
            )
        arrays = read_array_file(self.path.with_suffix(".h5"))
        done = {name: array for name, array in arrays.items() if name.partition("/")[0] in found.scores}
        used = found.settings.get("used", {})
        return Evaluation(
            found.scores, found.reasons, done, found.seconds, found.repeats, used, found.warnings
        )

    def save(self, evaluation: Evaluation, calls: list[MetricCall]) -> None:
        """Write what is done, in the order of the calls."""
        from ..runs.results import Results, write_result_file

        if self.path is None:
            return
        order = [call.label for call in calls if call.label in evaluation.scores]
        results = Results(
            {label: evaluation.scores[label] for label in order},
            evaluation.reasons,
            {**self.settings, "used": evaluation.used} if evaluation.used else self.settings,
            evaluation.seconds,
            {label: dict(spreads) for label, spreads in evaluation.spreads.items()},
            evaluation.warnings,
        )
        self.path.parent.mkdir(exist_ok=True)
        write_result_file(self.path, results, evaluation.arrays)

    @property
    def _name(self) -> str:
        return "ident" if self.path is not None and self.path.parent.name == "results" else "out"
