"""An evaluation that is written down part by part, and continued by the same call if it was cut off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import CallError
from ..metrics.evaluate import EvaluationResult
from ..registry.version import __version__
from ..runs.figures import begin_pictures, remove_pictures
from ..runs.lock import evaluation_lock
from ..runs.results import Results, as_json, note_drawn, read_array_file, read_result_file, write_result_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..file_lock import FileLock
    from ..metrics.evaluate import EvaluationResult
    from ..runs.results import Results


@dataclass
class ResultsWriter:
    """Where scores go: `path` (.json), its arrays beside it; None keeps nothing.

    A file holds all the metrics that its settings name, and `figures` all its pictures, or it is unfinished.
    As a context it is claimed, and locked for other writers, until its end.
    """

    path: Path | None
    overwrite: bool = False
    figures: Path | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    _lock: FileLock | None = None
    _replaces: bool = True

    def __enter__(self) -> ResultsWriter:
        self.ensure_free()
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()

    def ensure_free(self) -> None:
        """Before the work: take the lock, and refuse to replace a finished evaluation that has a number.

        Raises:
            CallError: a finished evaluation is there and may not be replaced.
            DisentError: another process writes there.
        """
        if self.path is None:
            return
        folder = self.path.parent if self._name == "out" else self.path.parents[1]
        self._lock = evaluation_lock(folder, self.path.name, str(self.path), self._name).acquire()
        try:
            self._check_free()
        except BaseException:
            self._lock.release()
            raise

    def _check_free(self) -> None:
        if self.path is None or self.overwrite or not self.path.exists():
            return
        found = read_result_file(self.path)
        if is_finished(found) and not is_empty(found):
            raise CallError(
                f"{self.path} exists; choose another name with --{self._name}, or replace it with --overwrite"
            )

    def begin(self, settings: Mapping[str, Any]) -> EvaluationResult:
        """What an interrupted call with the same settings has written; empty without one.

        Raises:
            CallError: the file is of a call with other settings.
        """
        self.settings = as_json({**settings, "version": __version__})
        if self.path is None or self.overwrite or not self.path.exists():
            return EvaluationResult()
        found = read_result_file(self.path)
        if is_empty(found):
            return EvaluationResult()
        differing = [key for key in self.settings if self.settings[key] != found.settings.get(key)]
        if differing:
            raise CallError(
                f"{self.path} is an unfinished evaluation of another call ({', '.join(differing)} differ); "
                f"choose another name with --{self._name}, or replace it with --overwrite"
            )
        self._replaces = False
        arrays, used = read_array_file(self.path), found.settings.get("used", {})
        return EvaluationResult(
            found.scores, found.reasons, arrays, found.seconds, found.repeats, used, found.warnings
        )

    def save(self, evaluation: EvaluationResult, labels: Sequence[str]) -> None:
        """Write what is done, in this order; pictures of an evaluation that is replaced go first."""
        if self.path is None:
            return
        order = [label for label in labels if label in evaluation.scores]
        results = Results(
            {label: evaluation.scores[label] for label in order},
            evaluation.reasons,
            {**self.settings, "used": evaluation.used} if evaluation.used else self.settings,
            evaluation.seconds,
            {label: dict(stats) for label, stats in evaluation.stats.items()},
            evaluation.warnings,
            drawn=self.figures is None,
        )
        self.path.parent.mkdir(exist_ok=True)
        if self._replaces and self.figures is not None:
            begin_pictures(self.figures, {"step": self.settings.get("step"), "evaluation": self.path.stem})
            remove_pictures(self.figures)
        self._replaces = False
        write_result_file(self.path, results, evaluation.arrays)

    def finish(self) -> None:
        """All pictures are drawn."""
        if self.path is not None:
            note_drawn(self.path)

    @property
    def _name(self) -> str:
        return "ident" if self.path is not None and self.path.parent.name == "results" else "out"


def is_finished(found: Results) -> bool:
    """Whether all metrics that an evaluation was to measure are there, and its pictures drawn."""
    planned = found.settings.get("metrics")
    return found.drawn and (not isinstance(planned, dict) or planned.keys() <= found.scores.keys())


def is_empty(found: Results) -> bool:
    """Whether a finished evaluation could compute nothing: it says why, and takes its name from no other."""
    scores = [value for one in found.scores.values() for value in one.values()]
    return is_finished(found) and bool(scores) and all(value is None for value in scores)
