"""Codes and factors from a file that any program can write: .npz, .h5 or .csv.

.npz and .h5 hold arrays: `codes` (N, D) and `factors` (N, F), perhaps `factor_names` (F,), `factor_sizes`
(F,) and `code_indices` (N, D), the codebook entries of quantised codes. A .csv has a header: the columns
`code_…` are codes, `factor_…` factors, which their endings name, `index_…` code indices; others are ignored.

A factor whose numbers are all whole is one of classes, be they written `3` or `3.0`; another is continuous.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..data.factors import are_classes
from ..errors import CallError, DisentError
from .points import validate_matrix, validate_points

KINDS = (".npz", ".h5", ".hdf5", ".csv")
NAMES = ("codes", "factors", "factor_names", "factor_sizes", "code_indices")
OF_DATA = ("data_changed", "data", "data_of_run")  # what `fig encode` says of the data of its run
COLUMNS = {"codes": "code_", "factors": "factor_", "code_indices": "index_"}  # array → start of its columns


@dataclass(frozen=True)
class CodeFile:
    """Codes (N, D), factors (N, F) with their names and sizes (0 where continuous), code indices (N, D).

    Factors are int64 where all are classes, else float64. `data` is what `fig encode` says of the run's data.
    """

    codes: np.ndarray
    factors: np.ndarray
    factor_names: tuple[str, ...]
    factor_sizes: tuple[int, ...]
    code_indices: np.ndarray | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def read_code_file(path: Path) -> CodeFile:
    """The codes and factors of a file, checked.

    Raises:
        CallError: the file is missing, of another kind, or does not hold what it should.
        DisentError: it cannot be read.
    """
    if path.suffix not in KINDS:
        raise CallError(f"{path}: codes come in a file that ends in .npz, .h5 or .csv")
    if not path.is_file():
        raise CallError(f"there is no file {path}")
    read = {".npz": _read_npz, ".csv": _read_csv}.get(path.suffix, _read_hdf5)
    try:
        arrays = read(path)
    except DisentError:
        raise
    except Exception as error:  # each library has its own for a damaged file
        detail = str(error).partition("\n")[0]
        raise DisentError(f"{path} cannot be read as {path.suffix} ({detail})") from error
    try:
        return _checked(arrays)
    except CallError as error:
        raise CallError(f"{path}: {error}") from None


def _checked(arrays: Mapping[str, np.ndarray]) -> CodeFile:
    for name in ("codes", "factors"):
        if name not in arrays:
            there = ", ".join(arrays) or "nothing"
            raise CallError(f"it has no array {name!r}; there is {there}, needed are codes and factors")
    codes, factors = validate_points(arrays["codes"], arrays["factors"])
    names = tuple(
        _text(name) for name in arrays.get("factor_names", [f"factor_{k}" for k in range(factors.shape[1])])
    )
    if len(names) != factors.shape[1]:
        raise CallError(f"factor_names has {len(names)} entries, but there are {factors.shape[1]} factors")
    sizes = tuple(map(_size, factors.T))
    if "factor_sizes" in arrays:
        sizes = _given_sizes(arrays["factor_sizes"], names, factors)
    if 0 in sizes:
        factors = factors.astype(np.float64)
    data = {name: arrays[name].item() for name in OF_DATA if name in arrays}
    return CodeFile(codes, factors, names, sizes, _indices(arrays.get("code_indices"), codes), data)


def _given_sizes(given: np.ndarray, names: Sequence[str], factors: np.ndarray) -> tuple[int, ...]:
    """What the file says of the sizes of the factors: whole numbers, 0 for a continuous one."""
    numbers = np.asarray(given)
    real = numbers.ndim == 1 and numbers.dtype.kind in "iuf" and bool(np.isfinite(numbers).all())
    if not real or not are_classes(numbers) or (numbers < 0).any():
        raise CallError(
            f"factor_sizes must be one whole number for each factor (0: continuous), not {numbers.tolist()}"
        )
    sizes = tuple(int(size) for size in numbers)
    if len(sizes) != len(names):
        raise CallError(f"factor_sizes has {len(sizes)} entries, but there are {len(names)} factors")
    for name, size, column in zip(names, sizes, factors.T, strict=True):
        if size and (column.min() < 0 or column.max() >= size):
            raise CallError(
                f"factor {name!r} has the size {size}, but values from {column.min()} to {column.max()}"
            )
        if size and not are_classes(column):
            part = column[column != np.floor(column)][0]
            raise CallError(f"factor {name!r} has the size {size}, but {part} is no class: 0 is continuous")
    return sizes


def _indices(given: np.ndarray | None, codes: np.ndarray) -> np.ndarray | None:
    if given is None:
        return None
    indices = validate_matrix(given, "code_indices")
    if indices.shape != codes.shape:
        raise CallError(f"code_indices have the shape {indices.shape}, not that of the codes, {codes.shape}")
    if (indices != np.floor(indices)).any():
        raise CallError("code_indices must be whole numbers")
    return indices.astype(np.int64)


def _size(column: np.ndarray) -> int:
    """The number of classes 0, 1, 2, … up to the largest, or of those that occur below 0; 0: continuous."""
    if not are_classes(column):
        return 0
    return int(column.max()) + 1 if column.min() >= 0 else len(np.unique(column))


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        if isinstance(file, np.ndarray):
            raise CallError(f"{path} holds a single array, not codes and factors; write it with numpy.savez")
        names = (*NAMES, *OF_DATA) if OF_DATA[0] in file.files else NAMES
        try:
            return {name: file[name] for name in file.files if name in names}
        except ValueError as error:
            raise CallError(
                f"{path}: {error}; arrays of objects are not read, for they can run code"
            ) from None


def _read_hdf5(path: Path) -> dict[str, np.ndarray]:
    import h5py

    with h5py.File(path, "r") as file:
        return {name: np.asarray(file[name]) for name in NAMES if isinstance(file.get(name), h5py.Dataset)}


def _read_csv(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = [name.strip() for name in next(csv.reader([file.readline()]), [])]
        places = {
            name: [place for place, column in enumerate(header) if column.startswith(start)]
            for name, start in COLUMNS.items()
        }
        if not places["codes"] or not places["factors"]:
            shown = ", ".join(header[:8]) or "nothing"
            raise CallError(f"{path}: its header needs columns code_… and factor_…; it names {shown}")
        wanted = [place for group in places.values() for place in group]
        table = _numbers(file, path, len(header), wanted)
    found, start = {}, 0
    for name, group in places.items():
        if group:
            found[name] = table[:, start : start + len(group)]
        start += len(group)
    found["factor_names"] = np.array([header[place].removeprefix("factor_") for place in places["factors"]])
    return found


def _numbers(file: Any, path: Path, width: int, wanted: list[int]) -> np.ndarray:
    """The wanted columns (N, len(wanted)) of all rows below the header."""
    rows = []
    for line, row in enumerate(csv.reader(file), 2):
        if not row:
            continue
        if len(row) != width:
            raise CallError(f"{path}, line {line}: {len(row)} values, but the header names {width} columns")
        try:
            rows.append([float(row[place]) for place in wanted])
        except ValueError as error:
            raise CallError(f"{path}, line {line}: {error}; codes and factors are numbers") from None
    return np.array(rows).reshape(len(rows), len(wanted))
