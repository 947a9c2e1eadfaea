"""Tables of named columns: CSV with commas, semicolons or tabs between the cells, and Parquet.

A column is read when it is asked for: numbers where every cell is one, else words.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import CallError, DisentError
from ...suggestions import no_file

TEXT_TABLES = (".csv", ".tsv")
ENDINGS = (*TEXT_TABLES, ".parquet")
DELIMITERS = ",;\t"
WHOLE = re.compile(r"[+-]?\d{1,18}")
NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+(?:e[+-]?\d+)?)", re.IGNORECASE)


@dataclass(frozen=True)
class TableFile:
    """The columns of a file by name, each (N,); `place` says where row n is, for messages."""

    path: Path
    columns: Mapping[str, Callable[[], np.ndarray]]
    count: int
    place: Callable[[int], str]

    def __getitem__(self, name: str) -> np.ndarray:
        """A column as int64, float64, bool or words.

        Raises:
            CallError: there is no such column.
            DisentError: a cell is empty, or no number among numbers; with its row.
        """
        if name not in self.columns:
            raise CallError(f"{self.path} has no column {name!r}; it has: {', '.join(self.columns)}")
        return self.columns[name]()


def open_table(path: Path) -> TableFile:
    """The table in this file.

    Raises:
        CallError: it is no kind of table, or Parquet and pyarrow is not installed.
        DisentError: it cannot be read; a row has more or fewer cells than the header, or none are there.
    """
    if path.suffix.lower() == ".parquet":
        return _open_parquet(path)
    header, rows, lines = read_cells(path)
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    columns = {
        name: lambda name=name, column=column: _typed(column, name, path, lines)  # type: ignore[misc]
        for name, column in zip(header, cells, strict=True)
    }
    return TableFile(path, columns, len(rows), lambda row: f"row {lines[row]}")


#: the reason why a file that is called otherwise cannot be read
TEXT = "it is text; if it is a table, call it .csv"


def is_text(path: Path) -> bool:
    """Whether a file begins as text, whatever its name says."""
    try:
        with open(path, "rb") as file:
            begin = file.read(1024)
        codecs.getincrementaldecoder("utf-8")().decode(begin)  # the last letter may be cut
    except (OSError, UnicodeDecodeError):
        return False
    return bool(begin) and b"\0" not in begin


def read_cells(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the cells of the rows that are not empty, and the numbers of these in the file, from 1.

    What separates them is the one of comma, semicolon and tab that the header has most of.

    Raises:
        CallError: there is no such file.
        DisentError: it is no CSV in UTF-8, a row has more or fewer cells than the header, or two columns one
            name.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=first.count)
            reader = csv.reader(file, strict=True, delimiter=delimiter)
            header = [name.strip() for name in next(reader, [])]
            found = [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError as error:
        raise CallError(no_file(path)) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DisentError(f"{path} cannot be read as CSV in UTF-8: {error}") from error
    for line, row in found:
        if len(row) != len(header):
            raise DisentError(f"{path}: row {line} has {len(row)} columns, the header has {len(header)}")
    _check_names(path, header)
    rows = [[cell.strip() for cell in row] for _, row in found]
    if delimiter != ",":
        rows = [[_with_point(cell) for cell in row] for row in rows]
    return header, rows, [line for line, _ in found]


def text_column(cells: Sequence[str], wrong: Callable[[str, int], Exception]) -> np.ndarray:
    """Cells as whole numbers, as other numbers, or as words.

    `wrong` makes the error for a complaint and the row that it is about: of an empty cell, and of a word in a
    column that is mostly numbers.
    """
    if "" in cells:
        raise wrong("an empty cell", list(cells).index(""))
    numeric = [NUMBER.fullmatch(cell) is not None for cell in cells]
    if all(numeric):
        whole = all(WHOLE.fullmatch(cell) for cell in cells)
        return np.array([int(cell) if whole else float(cell) for cell in cells])
    if sum(numeric) > len(cells) / 2:
        odd = numeric.index(False)
        raise wrong(f"{cells[odd]!r} among numbers", odd)
    return np.array(cells)


def _typed(cells: Sequence[str], name: str, path: Path, lines: Sequence[int]) -> np.ndarray:
    def wrong(complaint: str, row: int) -> DisentError:
        return DisentError(f"{path}: {complaint} in the column {name!r}, row {lines[row]}")

    return text_column(cells, wrong)


def _with_point(cell: str) -> str:
    """The cell, a decimal comma in it as a point: files that put no commas between cells may have some."""
    number = DECIMAL_COMMA.fullmatch(cell)
    return f"{number[1]}.{number[2]}" if number else cell


def _check_names(path: Path, header: Sequence[str]) -> None:
    for k, name in enumerate(header):
        if name in header[:k]:
            raise DisentError(f"{path}: two columns are called {name!r}; each needs a name of its own")


def _open_parquet(path: Path) -> TableFile:
    parquet = require_parquet()
    if not path.is_file():
        raise CallError(no_file(path))
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these
        reason = TEXT if is_text(path) else str(error).splitlines()[0]
        raise DisentError(f"{path} cannot be read as Parquet: {reason}") from error
    _check_names(path, table.column_names)
    columns = {
        name: lambda name=name: _arrow_column(table.column(name), name, path)  # type: ignore[misc]
        for name in table.column_names
    }
    return TableFile(path, columns, table.num_rows, "row {} (the first is row 0)".format)


def _arrow_column(column: Any, name: str, path: Path) -> np.ndarray:
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise DisentError(f"{path}: an empty cell in the column {name!r}, row {row} (the first is row 0)")
    found = np.array(column.to_pylist())
    if found.ndim != 1 or found.dtype.kind not in "biufU":
        raise DisentError(f"{path}: the column {name!r} holds {column.type}, neither numbers nor words")
    return found


def parquet_bytes(columns: Mapping[str, np.ndarray]) -> bytes:
    """A Parquet file with these columns (N,); CallError where pyarrow is missing."""
    parquet = require_parquet()
    import pyarrow

    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(dict(columns)), stream)
    return stream.getvalue()


def require_parquet() -> Any:
    """The module pyarrow.parquet; CallError says how to install it where it is missing."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise CallError(
            "Parquet files need pyarrow: pip install 'disentcli[parquet]', or use a .csv file"
        ) from error
    return pyarrow.parquet
