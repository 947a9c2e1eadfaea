"""Codes and factors from a file that any program can write: arrays (.npz, .h5) or a table (.csv, .parquet).

Arrays are `codes` (N, D) and `factors` (N, F), perhaps `factor_names` (F,), `factor_sizes` (F,) and
`code_indices` (N, D), the codebook entries of quantised codes. A table has a header: the columns `code_…` are
codes, `factor_…` factors, which their endings name, `index_…` code indices; others are ignored. Other names
of codes and factors can be given, and factors can be missing.

A factor of words is one of classes, and so is one whose numbers are all whole, be they written `3` or `3.0`;
another is continuous.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..data.factors import are_classes
from ..data.formats.table_file import ENDINGS as TABLES
from ..data.formats.table_file import TEXT, TableFile, is_text, open_table, text_column
from ..errors import CallError, DisentError
from ..suggestions import no_file
from .points import validate_codes, validate_matrix, validate_points

ARRAYS = (".npz", ".h5", ".hdf5")
KINDS = (*ARRAYS, *TABLES)
NAMES = ("codes", "factors", "factor_names", "factor_sizes", "code_indices")
OF_DATA = ("data_changed", "data", "data_of_run")  # what `fig encode` says of the data of its run
COLUMNS = {"codes": "code_", "factors": "factor_", "code_indices": "index_"}  # array → start of its columns


@dataclass(frozen=True)
class CodeFile:
    """Codes (N, D), factors (N, F) with their names and sizes (0 where continuous), code indices (N, D).

    Factors are int64 where all are classes, else float64; (N, 0) where the file has none. `data` is what
    `fig encode` says of the run's data.
    """

    codes: np.ndarray
    factors: np.ndarray
    factor_names: tuple[str, ...]
    factor_sizes: tuple[int, ...]
    code_indices: np.ndarray | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def read_code_file(path: Path, codes_key: str | None = None, factors_key: str | None = None) -> CodeFile:
    """The codes of a file and its factors if it has any, checked.

    Args:
        path: An array file or a table.
        codes_key: The array of the codes, or their columns in a table: `z0,z1`, or how they begin: `z`.
        factors_key: The same of the factors.

    Raises:
        CallError: the file is missing, of another kind, or does not hold what it should.
        DisentError: it cannot be read.
    """
    with _naming(path):
        return _checked(_open(path, codes_key, factors_key))


def read_codes(path: Path, key: str | None = None) -> np.ndarray:
    """The codes (N, D) of a file alone, as they are written; raises as `read_code_file`."""
    with _naming(path):
        return validate_matrix(_as_matrix(_open(path, key, None)["codes"]))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors of a wrong call name the file."""
    try:
        yield
    except CallError as error:
        text = str(error)
        raise CallError(text if text.startswith(str(path)) else f"{path}: {text}") from None


def _open(path: Path, codes_key: str | None, factors_key: str | None) -> dict[str, np.ndarray]:
    """The arrays or columns of a file by their usual names."""
    if path.suffix not in KINDS:
        raise CallError(f"{path}: codes come in a file that ends in {', '.join(KINDS)}")
    if not path.is_file():
        raise CallError(no_file(path))
    if path.suffix in TABLES:
        return _read_table(open_table(path), codes_key, factors_key)
    return _read_arrays(path, codes_key, factors_key)


def _checked(arrays: Mapping[str, Any]) -> CodeFile:
    codes, found = _as_matrix(arrays["codes"]), arrays.get("factors")
    if found is None:
        return CodeFile(validate_codes(codes), np.empty((len(codes), 0), np.int64), (), ())
    codes, factors = validate_points(codes, _as_matrix(_words_as_classes(found)))
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


def _as_matrix(values: np.ndarray) -> np.ndarray:
    """One code or one factor (N,) as a column (N, 1)."""
    return values[:, None] if values.ndim == 1 else values


def _words_as_classes(factors: np.ndarray) -> np.ndarray:
    """Factors of words (N, F) as the ranks of these; of a column that holds numbers as text, the numbers."""
    if factors.dtype.kind == "S":
        factors = np.char.decode(factors, "utf-8", "replace")
    if factors.dtype.kind != "U":
        return factors
    columns = _as_matrix(factors).T
    return np.stack([_ranks(text_column(column.tolist(), _wrong_cell)) for column in columns], axis=-1)


def _ranks(column: np.ndarray) -> np.ndarray:
    """Words as their ranks; numbers as they are."""
    return np.unique(column, return_inverse=True)[1] if column.dtype.kind == "U" else column


def _classes(column: np.ndarray) -> np.ndarray:
    """A column of factors: words and whole numbers as their ranks, as in tables of one's own data."""
    is_text = column.dtype.kind == "U"
    return np.unique(column, return_inverse=True)[1] if is_text or are_classes(column) else column


def _wrong_cell(complaint: str, row: int) -> CallError:
    return CallError(f"the factors hold {complaint}, row {row}")


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


def _read_arrays(path: Path, codes_key: str | None, factors_key: str | None) -> dict[str, np.ndarray]:
    """The arrays of a file by their usual names."""
    wanted = {"codes": codes_key or "codes", "factors": factors_key or "factors"}
    try:
        if path.suffix == ".npz":
            arrays, there = _read_npz(path, wanted)
        else:
            arrays, there = _read_hdf5(path, wanted)
    except DisentError:
        raise
    except Exception as error:  # each library has its own for a damaged file
        detail = TEXT if is_text(path) else str(error).partition("\n")[0]
        raise DisentError(f"{path} cannot be read as {path.suffix} ({detail})") from error
    for name, asked in (("codes", codes_key), ("factors", factors_key)):
        if name not in arrays and (asked or name == "codes"):
            raise CallError(_missing(name, asked or name, there))
    return arrays


def _missing(name: str, asked: str, there: Sequence[str]) -> str:
    """The error of an array that is not there: what is, and how it is named."""
    if not there:
        return f"it has no array {asked!r}, nor any other at its top"
    keys = f"--codes-key {there[0]}" + (f" --factors-key {there[1]}" if len(there) > 1 else "")
    what = f"name the codes, and the factors if there are any: {keys}"
    return f"it has no array {asked!r}; there is {', '.join(there)}; {what if name == 'codes' else keys}"


def _read_npz(path: Path, wanted: Mapping[str, str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays by their usual names, and the names that there are."""
    with np.load(path, allow_pickle=False) as file:
        if isinstance(file, np.ndarray):
            raise CallError(f"{path} holds a single array, not codes and factors; write it with numpy.savez")
        names = (*NAMES, *OF_DATA) if OF_DATA[0] in file.files else NAMES
        keys = {name: wanted.get(name, name) for name in names}
        try:
            return {name: file[key] for name, key in keys.items() if key in file.files}, list(file.files)
        except ValueError as error:
            raise CallError(
                f"{path}: {error}; arrays of objects are not read, for they can run code"
            ) from None


def _read_hdf5(path: Path, wanted: Mapping[str, str]) -> tuple[dict[str, np.ndarray], list[str]]:
    import h5py

    from ..data.formats.hdf5 import whole_array

    keys = {name: wanted.get(name, name) for name in (*NAMES, *OF_DATA)}
    with h5py.File(path, "r") as file:
        inside = [name for name in file if isinstance(file.get(name, getlink=True), h5py.HardLink)]
        there = [name for name in inside if isinstance(file[name], h5py.Dataset)]
        return {name: whole_array(file[key]) for name, key in keys.items() if key in there}, there


def _read_table(table: TableFile, codes_key: str | None, factors_key: str | None) -> dict[str, np.ndarray]:
    """The columns of a table as arrays by their usual names."""
    names = {
        "codes": _columns(table, codes_key, COLUMNS["codes"]),
        "factors": _columns(table, factors_key, COLUMNS["factors"]),
        "code_indices": _columns(table, None, COLUMNS["code_indices"]),
    }
    if not names["codes"]:
        shown = ", ".join([*table.columns][:8]) or "nothing"
        raise CallError(
            "its header needs columns code_…, or say which columns are codes: --codes-key a,b --factors-key "
            f"c; it names {shown}"
        )
    found = {}
    for name, columns in names.items():
        values = [table[column] for column in columns]
        words = [column for column, one in zip(columns, values, strict=True) if one.dtype.kind == "U"]
        if words and name != "factors":
            raise CallError(f"the column {words[0]!r} of the {name} holds words, and should hold numbers")
        if values:
            found[name] = np.stack([*map(_classes, values)] if name == "factors" else values, axis=-1)
    found["factor_names"] = np.array([name.removeprefix(COLUMNS["factors"]) for name in names["factors"]])
    return found


def _columns(table: TableFile, key: str | None, start: str) -> list[str]:
    """The columns that a key names, one by one or by how they begin; without a key, those that begin so."""
    if key is None:
        return [name for name in table.columns if name.startswith(start)]
    asked = [name.strip() for name in key.split(",")]
    found = [name for name in asked if name in table.columns]
    if found == asked:
        return found
    found = [name for name in table.columns if len(asked) == 1 and name.startswith(asked[0])]
    if not found:
        raise CallError(f"it has no columns {key!r}; it has: {', '.join(table.columns)}")
    return found
