"""The CSV of factors beside a folder of images: a header, then one row an image, its file name first."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import CallError, DisentError
from .factor_table import FactorTable, FileRef, factor_table

WHOLE = re.compile(r"[+-]?\d{1,18}")
NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)", re.IGNORECASE)


def read_factor_csv(path: Path, names: Sequence[str], continuous: Sequence[str] = ()) -> FactorTable:
    """The factors of the images `names`, in their order, from the rows that name them in any order.

    A column of whole numbers (`3` or `3.0`) or of words is one of classes, of other numbers continuous,
    and so is one that `continuous` names.

    Raises:
        CallError: there is no such file, or a name in `continuous` is none of its factors.
        DisentError: no header, a row without its image or an image without its row, a cell that is empty or
            no number among numbers; with file, row and column.
    """
    header, rows = _read(path)
    if header[0].strip() in names:
        raise DisentError(f"{path}: the first row names the image {header[0]!r}; it must be a header")
    of_image = _by_image(path, header, rows, names)
    lines = [of_image[name][0] for name in names]

    def row(place: int) -> str:
        return f"row {lines[place]} ({names[place]})"

    source = FileRef(str(path), row)
    factors = [name.strip() for name in header[1:]]
    for name in continuous:
        if name not in factors:
            raise CallError(f"{path} has no factor {name!r} to be continuous; it has {', '.join(factors)}")
    columns = [
        _column([of_image[name][1][k].strip() for name in names], factor, source)
        for k, factor in enumerate(factors, 1)
    ]
    return factor_table(
        columns, factors, source, sizes=[0 if name in continuous else None for name in factors]
    )


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the rows that are not empty with their numbers in the file, from 1."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if len(header) < 2:
                raise DisentError(
                    f"{path}: a header with the names of the factors is needed, after one for the file's "
                    "name: `file,hue,size`, with commas"
                )
            return header, [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError as error:
        raise CallError(f"there is no file {path.absolute()}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DisentError(f"{path} cannot be read as CSV in UTF-8: {error}") from error


def _by_image(
    path: Path, header: list[str], rows: list[tuple[int, list[str]]], names: Sequence[str]
) -> dict[str, tuple[int, list[str]]]:
    """The row of each image; every row has one, and every image."""
    known, found = set(names), dict[str, tuple[int, list[str]]]()
    for line, row in rows:
        name = row[0].strip().removeprefix("./")
        if len(row) != len(header):
            raise DisentError(f"{path}: row {line} has {len(row)} columns, the header has {len(header)}")
        if name not in known:
            raise DisentError(f"{path}: row {line} is of the image {name!r}, which is not in the folder")
        if name in found:
            raise DisentError(f"{path}: row {line} is of {name!r}, as is row {found[name][0]}")
        found[name] = line, row
    missing = [name for name in names if name not in found]
    if missing:
        raise DisentError(f"{path}: {len(missing):,} images have no row, {missing[0]!r} first")
    return found


def _column(cells: list[str], factor: str, source: FileRef) -> np.ndarray:
    """Whole numbers, other numbers or words."""
    if "" in cells:
        raise source.wrong("an empty cell", factor, cells.index(""))
    numeric = [NUMBER.fullmatch(cell) is not None for cell in cells]
    if all(numeric):
        whole = all(WHOLE.fullmatch(cell) for cell in cells)
        return np.array([int(cell) if whole else float(cell) for cell in cells])
    if sum(numeric) > len(cells) / 2:
        odd = numeric.index(False)
        raise source.wrong(f"{cells[odd]!r} among numbers", factor, odd)
    return np.array(cells)
