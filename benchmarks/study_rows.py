"""The rows of a study: one for each of its runs, in a file of benchmarks/results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import RESULTS, machine

from disentcli.atomic_io import write_atomic
from disentcli.experiment.sweep_plan import SweepRun
from disentcli.runs.results import as_json, idents, read_arrays, read_results
from disentcli.runs.run import Run

ARRAYS = ("responses/response_matrix", "responses/conditioned_responses")
DIGITS = 4  # of the entries of a matrix


def place_of(run: SweepRun) -> dict[str, Any]:
    """Which run this is: its value on each axis, its stage (`first` where there is one only), seed and steps.

    The steps are those that its arguments name.
    """
    steps = int(dict(run.arguments)["budget"])
    return {"stage": "first", **dict(run.axes), "seed": run.seed, "steps": steps}


@dataclass(frozen=True)
class Rows:
    """The results of a study, in the order in which they were measured."""

    path: Path

    @classmethod
    def of_study(cls, study: Sequence[str], folder: Path = RESULTS) -> Rows:
        """Those of study/sae-responses d/3ds are in sae_responses_3ds.json, others likewise."""
        names = [config.rpartition("/")[2].replace("-", "_") for config in study]
        return cls(folder / f"{'_'.join(names)}.json")

    def read(self) -> list[dict[str, Any]]:
        """All rows; none where there is no file."""
        rows = json.loads(self.path.read_text())["rows"] if self.path.exists() else []
        return [{"stage": "first", **row} for row in rows]

    def has(self, run: SweepRun) -> bool:
        """Whether this run is among them, with as many steps."""
        place = place_of(run)
        return any({key: row.get(key) for key in place} == place for row in self.read())

    def add(self, row: dict[str, Any]) -> None:
        """Append a row; the file is replaced in one moment."""
        lines = ",\n".join(json.dumps(one) for one in [*self.read(), as_json(row)])
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self.path, f'{{"rows": [\n{lines}\n]}}\n')


def row_of_run(one: SweepRun, run: Run) -> dict[str, Any]:
    """What is kept of a completed run: scores and response matrices by their ident, and what it took."""
    info = run.info()
    matrices = {ident: _matrices(run, ident) for ident in idents(run)}
    return {
        **place_of(one),
        "seconds": info["wall_seconds"],
        "machine": machine(),
        "disentcli": info["versions"]["disentcli"],
        "commit": info["commit"],
        "scores": {ident: read_results(run, ident).flat() for ident in idents(run)},
        "arrays": {ident: found for ident, found in matrices.items() if found},
    }


def longest(
    rows: Sequence[Mapping[str, Any]], axes: Sequence[str] = ("model", "stage")
) -> list[Mapping[str, Any]]:
    """Of each combination of values of these axes, the rows that have as many steps as any of its rows."""
    most: dict[tuple[str, ...], int] = {}
    for row in rows:
        place = tuple(row[axis] for axis in axes)
        most[place] = max(row["steps"], most.get(place, 0))
    return [row for row in rows if row["steps"] == most[tuple(row[axis] for axis in axes)]]


def _matrices(run: Run, ident: str) -> dict[str, Any]:
    """The response matrices of an evaluation, to four digits."""
    found = read_arrays(run, ident)
    return {
        name.rpartition("/")[2]: [[float(f"{value:.{DIGITS}g}") for value in row] for row in found[name]]
        for name in ARRAYS
        if name in found
    }
