"""Tables of vectors, one a row: which columns are the vector's and which are factors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ...errors import CallError, DisentError
from ..formats.npy import blocks_of
from ..formats.table_file import TableFile, open_table
from .array_file import ArrayEntry
from .factor_table import FactorTable, FileRef, factor_table

FACTOR = "factor_"  # how the columns of factors begin where the call names none
ROW_NUMBERS = ("", "Unnamed: 0", "__index_level_0__")  # what pandas calls the numbers of the rows


def read_vector_table(
    path: Path, columns: str | None, factors: str | None
) -> tuple[ArrayEntry, FactorTable | None]:
    """The vectors (N, D) of a table, and its factors if it has any.

    Args:
        path: A .csv, .tsv or .parquet file.
        columns: The columns of the vectors, `a,b,c`; by default all that are no factors.
        factors: The columns of the factors, `site,label`; by default those called factor_….

    Raises:
        CallError: there is no such column, or no column is left for the vectors.
        DisentError: a column of the vectors holds words.
    """
    table = open_table(path)
    of_factors = (
        _named(table, factors) if factors else [one for one in table.columns if one.startswith(FACTOR)]
    )
    left = [one for one in table.columns if one not in of_factors and one not in ROW_NUMBERS]
    of_vectors = _named(table, columns) if columns else left
    both = [name for name in of_vectors if name in of_factors]
    if both:
        raise CallError(f"{path}: the column {both[0]!r} cannot be a factor and part of the vectors")
    if not of_vectors or not table.count:
        raise CallError(f"{path} has no columns of numbers with rows below them, to be vectors")
    vectors = np.stack([_numbers(table, name) for name in of_vectors], axis=-1)
    entry = ArrayEntry("columns", vectors.shape, vectors.dtype, partial(blocks_of, vectors))
    return entry, _factors(table, of_factors) if of_factors else None


def _named(table: TableFile, names: str) -> list[str]:
    """The columns that a text with commas names."""
    found = [name.strip() for name in names.split(",")]
    for name in found:
        if name not in table.columns:
            raise CallError(f"{table.path} has no column {name!r}; it has: {', '.join(table.columns)}")
    return found


def _numbers(table: TableFile, name: str) -> np.ndarray:
    column = table[name]
    if column.dtype.kind not in "biuf":
        raise DisentError(
            f"{table.path}: the column {name!r} holds words ({str(column[0])!r}): name it as a factor, "
            f"--dataset.factors-key {name}, or name the columns of the vectors, --dataset.key a,b,c"
        )
    return column.astype(np.float64)


def _factors(table: TableFile, columns: Sequence[str]) -> FactorTable:
    names = [name.removeprefix(FACTOR) for name in columns]
    return factor_table([table[name] for name in columns], names, FileRef(str(table.path), table.place))
