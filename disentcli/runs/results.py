"""Results of an evaluation: numbers in results/<ident>.json, arrays in results/<ident>.h5."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_atomic
from ..errors import CallError, DisentError
from .names import checked
from .run import Run

SCHEMA = 1


@dataclass(frozen=True)
class Results:
    """`scores[metric][score]` is a number or None; `reasons[metric]` says why it is None."""

    scores: dict[str, dict[str, float | None]]
    reasons: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


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
    content = {
        "schema": SCHEMA,
        "scores": _plain(scores),
        "reasons": dict(reasons or {}),
        "settings": _plain(settings or {}),
        "seconds": _plain(seconds or {}),
    }
    text = json.dumps(content, indent=1, allow_nan=False)
    store = run.results / f"{ident}.h5"
    if arrays:
        write_atomic(store, _as_hdf5(arrays))
    else:
        store.unlink(missing_ok=True)
    path = run.results / f"{ident}.json"
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
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Results(found["scores"], found["reasons"], found["settings"], found["seconds"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DisentError(f"{path} is damaged ({error}); evaluate again with --overwrite") from error


def read_arrays(run: Run, ident: str) -> dict[str, np.ndarray]:
    """The arrays of this ident by name (path/name); empty where there are none."""
    import h5py

    path = run.results / f"{ident}.h5"
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


def _plain(value: Any) -> Any:
    """What JSON knows, with null for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
