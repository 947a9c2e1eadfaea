"""The rows of the studies of structural autoencoders: one for each run, in a file of benchmarks/results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import RESULTS, machine

from disentcli.atomic_io import write_atomic
from disentcli.experiment.sweep_plan import SweepRun
from disentcli.runs.results import as_json, idents, read_arrays, read_results
from disentcli.runs.run import Run

MAIN_MODELS = ("paper/sae/sae12", "paper/sae/ae", "paper/sae/vae", "paper/sae/adaae12")
ARRAYS = ("responses/response_matrix", "responses/conditioned_responses")
DIGITS = 4  # of the entries of a matrix


@dataclass(frozen=True)
class Rows:
    """The results of a study, in the order in which they were measured."""

    path: Path

    @classmethod
    def of_study(cls, study: str, folder: Path = RESULTS) -> Rows:
        """Those of study/sae-responses-room are in sae_responses_room.json."""
        return cls(folder / f"{study.rpartition('/')[2].replace('-', '_')}.json")

    def read(self) -> list[dict[str, Any]]:
        """All rows; none where there is no file."""
        return list(json.loads(self.path.read_text())["rows"]) if self.path.exists() else []

    def has(self, run: SweepRun, steps: int) -> bool:
        """Whether this run is among them, with as many steps."""
        wanted = (run.grid_cell[0], run.seed, steps)
        return any((row["model"], row["seed"], row["steps"]) == wanted for row in self.read())

    def add(self, row: dict[str, Any]) -> None:
        """Append a row; the file is replaced in one moment."""
        lines = ",\n".join(json.dumps(one) for one in [*self.read(), as_json(row)])
        write_atomic(self.path, f'{{"rows": [\n{lines}\n]}}\n')


def row_of_run(one: SweepRun, run: Run) -> dict[str, Any]:
    """What is kept of a completed run: scores and response matrices by their ident, and what it took."""
    info = run.info()
    return {
        "model": one.grid_cell[0],
        "seed": one.seed,
        "steps": info["step"],
        "seconds": info["wall_seconds"],
        "machine": machine(),
        "disentcli": info["versions"]["disentcli"],
        "commit": info["commit"],
        "scores": {ident: read_results(run, ident).flat() for ident in idents(run)},
        "arrays": {ident: _matrices(run, ident) for ident in idents(run)},
    }


def _matrices(run: Run, ident: str) -> dict[str, Any]:
    """The response matrices of an evaluation, to four digits."""
    found = read_arrays(run, ident)
    return {
        name.rpartition("/")[2]: [[float(f"{value:.{DIGITS}g}") for value in row] for row in found[name]]
        for name in ARRAYS
        if name in found
    }
