"""The results of several runs side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import DisentError


def read_results(folder: Path) -> dict[str, dict[str, Any]]:
    """The results of one run by ident, from its results/*.json.

    Raises:
        DisentError: one of the files is damaged.
    """
    found = {}
    for path in sorted((folder / "results").glob("[!.]*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DisentError(
                f"the results {path} cannot be read ({error}); delete the file and evaluate the run again"
            ) from error
    return found


def flat_scores(results: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    """Every score as "<ident> <metric>.<score>"; the plain score name where it repeats the metric's."""
    scores = {}
    for ident, result in results.items():
        for metric, values in result["scores"].items():
            for name, value in values.items():
                scores[f"{ident} {metric if name == metric else f'{metric}.{name}'}"] = value
    return scores


def compare_runs(folders: Sequence[Path]) -> tuple[list[str], list[dict[str, float | None]]]:
    """All scores that any of the runs has, in order of appearance, and each run's own."""
    tables = [flat_scores(read_results(folder)) for folder in folders]
    names = list(dict.fromkeys(name for table in tables for name in table))
    return names, tables
