"""Results of an evaluation: numbers in results/<ident>.json, arrays in results/<ident>.h5 beside it."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_atomic
from ..errors import CallError, DisentError
from .names import checked
from .run import Run

SCHEMA = 1
OPTIONAL = ("repeats", "warnings")  # parts that a file lacks where there are none


@dataclass(frozen=True)
class Results:
    """`scores[metric][score]` is a number or None; `reasons[metric]` says why it is None.

    `warnings[metric]` is what a reader must know of scores that are numbers all the same.
    `repeats[metric][score]` has mean, std, low, high and values where it was measured with several seeds.
    """

    scores: dict[str, dict[str, float | None]]
    reasons: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    repeats: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)

    def flat(self) -> dict[str, float]:
        """The scores that are not null as "<metric>.<score>", or "<metric>" where the two are the same."""
        return {
            metric if name == metric else f"{metric}.{name}": value
            for metric, scores in self.scores.items()
            for name, value in scores.items()
            if value is not None
        }


def check_free(run: Run, ident: str, *, overwrite: bool = False) -> None:
    """Before the work: refuse to write over results that exist.

    Raises:
        CallError: there are results of this ident, and `overwrite` is not set.
    """
    path = run.results / f"{checked(ident)}.json"
    if path.exists() and not overwrite:
        raise CallError(f"{path} exists; choose another name with --ident, or replace it with --overwrite")


def write_results(
    run: Run,
    ident: str,
    scores: Mapping[str, Mapping[str, float | None]],
    reasons: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
    arrays: Mapping[str, np.ndarray] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write <ident>.h5, if there are arrays (name → array), then <ident>.json; returns the latter.

    A score that is not finite becomes null. Raises CallError as `check_free`.
    """
    check_free(run, ident, overwrite=overwrite)
    run.results.mkdir(exist_ok=True)
    results = Results(
        {metric: dict(one) for metric, one in scores.items()},
        dict(reasons or {}),
        dict(settings or {}),
        dict(seconds or {}),
    )
    return write_result_file(run.results / f"{ident}.json", results, arrays)


def write_result_file(path: Path, results: Results, arrays: Mapping[str, np.ndarray] | None = None) -> Path:
    """Write the arrays, if there are any, beside `path` as .h5, then `path`; both replace what was there."""
    content = {"schema": SCHEMA, **vars(results)}
    for part in OPTIONAL:
        if not content[part]:
            del content[part]
    text = json.dumps(as_json(content), indent=1, allow_nan=False)
    store = path.with_suffix(".h5")
    if arrays:
        write_atomic(store, _as_hdf5(arrays))
    else:
        store.unlink(missing_ok=True)
    write_atomic(path, text + "\n")
    return path


def read_results(run: Run, ident: str) -> Results:
    """The results of this ident.

    Raises:
        CallError: there are none; the message says which there are.
        DisentError: the file is damaged.
    """
    path = run.results / f"{ident}.json"
    if not path.is_file():
        known = ", ".join(idents(run)) or "none yet; `fig eval` and `fig eval-metrics` write them"
        raise CallError(f"{run.name} has no results {ident!r}; there are: {known}")
    return read_result_file(path)


def read_result_file(path: Path) -> Results:
    """The results in this file; raises DisentError if it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found = {**{part: {} for part in OPTIONAL}, **found}
        found["settings"] = _with_part(found["settings"])
        return Results(**{part.name: dict(found[part.name]) for part in fields(Results)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DisentError(f"{path} is damaged ({error}); evaluate again with --overwrite") from error


def _with_part(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the part that was used: up to 2026, a full grid was drawn from whatever the mode."""
    grid = "full_grid" not in settings and str(settings.get("sampling", "")).endswith(" from the full grid")
    return {**settings, "mode": "all", "full_grid": True} if grid else dict(settings)


def read_arrays(run: Run, ident: str) -> dict[str, np.ndarray]:
    """The arrays of this ident by name (path/name); empty where there are none."""
    return read_array_file(run.results / f"{ident}.h5")


def read_array_file(path: Path) -> dict[str, np.ndarray]:
    """The arrays in an .h5 file by name (path/name); empty where there is none."""
    import h5py

    found: dict[str, np.ndarray] = {}
    if path.is_file():
        with h5py.File(path, "r") as file:
            file.visititems(
                lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
    return found


def idents(run: Run) -> list[str]:
    """The idents of this run's results."""
    return sorted(path.stem for path in run.results.glob("*.json") if not path.name.startswith("."))


def _as_hdf5(arrays: Mapping[str, np.ndarray]) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=np.asarray(array))
    return buffer.getvalue()


def as_json(value: Any) -> Any:
    """What JSON knows, with null for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, np.ndarray):
        return as_json(value.tolist())
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
