"""A table as a file that `--out` names: Markdown, CSV or LaTeX."""

from __future__ import annotations

from pathlib import Path

from ..atomic_io import write_atomic
from ..errors import CallError
from .latex import latex_table
from .table import csv_table, markdown_table, show_table

FORMATTERS = {".md": markdown_table, ".csv": csv_table, ".tex": latex_table}


def table_path(out: str | None, overwrite: bool) -> Path | None:
    """The file that --out names; CallError if it is of another kind, or there already."""
    if out is None:
        return None
    path = Path(out).expanduser()
    if path.suffix not in FORMATTERS:
        *first, last = FORMATTERS
        raise CallError(f"--out {out}: a table is written as {', '.join(first)} or {last}")
    if path.exists() and not overwrite:
        raise CallError(f"{path} exists; choose another name with --out, or replace it with --overwrite")
    return path


def correlations_path(out: Path) -> Path:
    """Where the correlations go that belong to this table."""
    return out.with_name(f"{out.stem}-correlations{out.suffix}")


def show_and_write(lines: list[list[str]], out: Path | None) -> None:
    """Show a table, header first, and write it."""
    show_table(lines[0], lines[1:])
    if out:
        write_table(out, lines)
        print(f"table: {out}")


def write_table(path: Path, lines: list[list[str]]) -> None:
    """The lines, header first, in the format of the file's suffix."""
    write_atomic(path, FORMATTERS[path.suffix](lines[0], lines[1:]))
