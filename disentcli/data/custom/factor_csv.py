"""The CSV of factors beside a folder of images: a header, then one row an image, its file name first."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ...errors import CallError, DisentError
from ..formats.table_file import read_cells, text_column
from .factor_table import FactorTable, FileRef, factor_table

log = logging.getLogger(__name__)


def read_factor_csv(path: Path, names: Sequence[str], continuous: Sequence[str] = ()) -> FactorTable:
    """The factors of the images `names`, in their order, from the rows that name them in any order.

    A column of whole numbers (`3` or `3.0`) or of words is one of classes, of other numbers continuous,
    and so is one that `continuous` names.

    Raises:
        CallError: there is no such file, or a name in `continuous` is none of its factors.
        DisentError: no header, an image without its row, a cell that is empty or no number among numbers;
            with file, row and column.
    """
    header, cells, numbers = read_cells(path)
    if len(header) < 2:
        raise DisentError(
            f"{path}: a header with the names of the factors is needed, after one for the file's name: "
            "`file,hue,size`"
        )
    rows = list(zip(numbers, cells, strict=True))
    if header[0] in names:
        raise DisentError(f"{path}: the first row names the image {header[0]!r}; it must be a header")
    of_image = _by_image(path, header, rows, names)
    lines = [of_image[name][0] for name in names]

    def row(place: int) -> str:
        return f"row {lines[place]} ({names[place]})"

    source = FileRef(str(path), row)
    factors = header[1:]
    for name in continuous:
        if name not in factors:
            raise CallError(f"{path} has no factor {name!r} to be continuous; it has {', '.join(factors)}")
    columns = [
        text_column(
            [of_image[name][1][k] for name in names],
            lambda complaint, place, factor=factor: source.wrong(complaint, factor, place),  # type: ignore[misc]
        )
        for k, factor in enumerate(factors, 1)
    ]
    return factor_table(
        columns, factors, source, sizes=[0 if name in continuous else None for name in factors]
    )


def _by_image(
    path: Path, header: list[str], rows: list[tuple[int, list[str]]], names: Sequence[str]
) -> dict[str, tuple[int, list[str]]]:
    """The row of each image; rows of images that are not there are left out with a warning."""
    known, found, others = set(names), dict[str, tuple[int, list[str]]](), list[str]()
    for line, row in rows:
        name = row[0].removeprefix("./")
        if name not in known:
            others.append(f"row {line} of {name!r}")
            continue
        if name in found:
            raise DisentError(f"{path}: row {line} is of {name!r}, as is row {found[name][0]}")
        found[name] = line, row
    if others:
        log.warning(
            "%s: %d rows are of images that are not in the folder, and left out: %s first",
            *(path, len(others), others[0]),
        )
    missing = [name for name in names if name not in found]
    if missing:
        raise DisentError(f"{path}: {len(missing):,} images have no row, {missing[0]!r} first")
    return found
