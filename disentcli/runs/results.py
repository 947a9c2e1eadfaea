"""Results of an evaluation: numbers in results/<ident>.json, arrays in results/<ident>.h5 beside it.

The numbers hold a checksum of themselves, and that of the arrays which belong to them. Arrays are written
first, under a hidden name; the numbers then take their place in one moment, and the arrays theirs: a reader
finds the old evaluation or the new one, whole, whenever the writer is killed.
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic_io import sync_folder, write_atomic
from ..errors import CallError, DisentError
from .checksums import KEY, crc32, verified, with_checksum
from .index_file import Found, stamp_of
from .naming import validate_name
from .run import Run
from .run_index import RESULTS

SCHEMA = 1
MOST_ARRAYS = 1 << 30  # bytes of an array in results
OPTIONAL = ("repeats", "warnings")  # parts that a file lacks where there are none
PARTS = ("scores", "reasons", "settings", "seconds", *OPTIONAL)


@dataclass(frozen=True)
class Results:
    """`scores[metric][score]` is a number or None; `reasons[metric]` says why it is None.

    `warnings[metric]` is what a reader must know of scores that are numbers all the same.
    `repeats[metric][score]` has mean, std, low, high and values where it was measured with several seeds.
    `drawn` is false as long as the figures of the evaluation are still to be drawn.
    """

    scores: dict[str, dict[str, float | None]]
    reasons: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    repeats: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    drawn: bool = True

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
    path = run.results / f"{validate_name(ident)}.json"
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
    """Write `path` and the arrays, if there are any, beside it as .h5; both replace what was there."""
    store = path.with_suffix(".h5")
    content = {"schema": SCHEMA, **{part: getattr(results, part) for part in PARTS}}
    for part in OPTIONAL:
        if not content[part]:
            del content[part]
    if not results.drawn:
        content["drawn"] = False
    if not arrays:
        _write_scores(path, content)
        store.unlink(missing_ok=True)
    else:
        data = _as_hdf5(arrays)
        content["arrays"] = crc32(data)
        hidden = _hidden(path, content["arrays"])
        write_atomic(hidden, data)
        _write_scores(path, content)
        os.replace(hidden, store)
        sync_folder(path.parent)
    for rest in path.parent.glob(_hidden(path, "????????").name):
        rest.unlink(missing_ok=True)  # of a writer that was killed
    return path


def note_drawn(path: Path) -> None:
    """The figures of this evaluation are drawn: nothing of it is left to be done."""
    content = _read(path)
    if content.pop("drawn", True) is False:
        _write_scores(path, {key: value for key, value in content.items() if key != KEY})


def _write_scores(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(with_checksum(as_json(content)), indent=1, allow_nan=False)
    write_atomic(path, text + "\n")


def _hidden(path: Path, checksum: str) -> Path:
    """Where arrays wait for the numbers that they belong to."""
    return path.with_name(f".{path.stem}.{checksum}.h5")


def read_results(run: Run, ident: str) -> Results:
    """The results of this ident.

    Raises:
        CallError: there are none; the message says which there are.
        DisentError: the file is damaged.
    """
    path = run.result_path(ident)
    stored = run.stored("results", _find_results)
    if stored is not None and ident in stored:
        return _as_results(stored[ident], path)
    if not path.is_file() or ident not in run.idents():
        known = ", ".join(idents(run)) or "none yet; `fig eval` and `fig eval-metrics` write them"
        raise CallError(f"{run.name} has no results {ident!r}; there are: {known}")
    return read_result_file(path)


def read_result_file(path: Path) -> Results:
    """The results in this file; raises DisentError if it is damaged."""
    return _as_results(_read(path), path)


def _as_results(content: Mapping[str, Any], path: Path) -> Results:
    found = {**{part: {} for part in OPTIONAL}, **content}
    try:
        found["settings"] = _with_part(found["settings"])
        return Results(**{part: dict(found[part]) for part in PARTS}, drawn=found.get("drawn", True) is True)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def _read(path: str | Path) -> dict[str, Any]:
    """What the file holds, its checksum too if it has one; DisentError if it is not of this content."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        verified(found)
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error
    return dict(found)


def _damaged(path: str | Path, why: object) -> DisentError:
    return DisentError(
        f"{path} is damaged ({why}); evaluate again with --overwrite, or, if you changed it yourself, "
        f"take its entry {KEY} out"
    )


def _with_part(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the part that was used: up to 2026, a full grid was drawn from whatever the mode."""
    grid = "full_grid" not in settings and str(settings.get("sampling", "")).endswith(" from the full grid")
    return {**settings, "mode": "all", "full_grid": True} if grid else dict(settings)


def read_arrays(run: Run, ident: str) -> dict[str, np.ndarray]:
    """The arrays of this ident by name (path/name); empty where there are none."""
    return read_array_file(run.result_path(ident))


def read_array_file(path: Path) -> dict[str, np.ndarray]:
    """The arrays by name (path/name) that belong to the results in `path`; empty where there are none.

    Raises:
        DisentError: they are damaged, or of another evaluation.
    """
    found = _read(path) if path.is_file() else {}
    if KEY in found and "arrays" not in found:
        return {}
    stores = [path.with_suffix(".h5"), _hidden(path, str(found.get("arrays")))]
    contents = [store.read_bytes() for store in stores if store.is_file()]
    if KEY in found:
        contents = [content for content in contents if crc32(content) == found["arrays"]]
        if not contents:
            raise DisentError(
                f"{stores[0]} is damaged, or not of {path.name}: evaluate again with --overwrite"
            )
    try:
        return _from_hdf5(contents[0]) if contents else {}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise _damaged(stores[0], error) from error


def idents(run: Run) -> list[str]:
    """The idents of this run's results."""
    stored = run.stored("results", _find_results)
    return run.idents() if stored is None else sorted(stored)


def read_all_results(run: Run) -> dict[str, Results]:
    """The results of each ident; raises DisentError if one is damaged."""
    return {ident: read_results(run, ident) for ident in idents(run)}


def _find_results(folder: Path) -> Found | None:
    """The content of each file of results of the run in this folder, by its ident; None if one is damaged."""
    results = folder / RESULTS
    stamps, content = {RESULTS: stamp_of(results)}, {}
    for ident in Run(folder).idents():
        path = f"{results}/{ident}.json"
        stamps[f"{RESULTS}/{ident}.json"] = stamp_of(path)
        try:
            content[ident] = _read(path)
        except DisentError:
            return None
    return Found(stamps, content)


def _as_hdf5(arrays: Mapping[str, np.ndarray]) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=np.asarray(array))
    return buffer.getvalue()


def _from_hdf5(content: bytes) -> dict[str, np.ndarray]:
    import h5py

    from ..data.formats.hdf5 import whole_array

    found: dict[str, np.ndarray] = {}

    def read(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = whole_array(item, MOST_ARRAYS)

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(read)  # which follows no links
    return found


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
