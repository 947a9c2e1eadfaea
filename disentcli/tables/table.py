"""Tables of scores on the screen, in markdown and as CSV."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence

Row = Sequence[str]
SIDE_BY_SIDE = 4  # runs that fit beside each other; more become rows


def show_table(header: Row, rows: Sequence[Row], title: str = "") -> None:
    """Print a table: boxed and coloured on a terminal (colours unless NO_COLOR), plain otherwise."""
    if not sys.stdout.isatty():
        print("\n".join(filter(None, [title, plain_table(header, rows)])))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place else "left", no_wrap=not place, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def narrow(lines: Sequence[Row], columns: int = 14) -> list[Row]:
    """The lines; or, where they have more columns than this, one for each column.

    >>> narrow([["run", "mig", "sap"], ["a", "0.1", "0.2"]], columns=2)
    [['run', 'a'], ['mig', '0.1'], ['sap', '0.2']]
    """
    return list(lines) if len(lines[0]) <= columns else [list(column) for column in zip(*lines, strict=True)]


def runs_as_columns(lines: list[list[str]]) -> list[list[str]]:
    """Lines of a column a run, header first; turned into a row a run where there are many."""
    if len(lines[0]) <= SIDE_BY_SIDE + 1:
        return lines
    turned = [list(line) for line in zip(*lines, strict=True)]
    turned[0][0] = "run"
    return turned


def plain_table(header: Row, rows: Sequence[Row]) -> str:
    """Columns aligned by blanks, the first to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in cells
        ).rstrip()
        for cells in (list(enumerate(zip(line, widths, strict=True))) for line in lines)
    )


def markdown_table(header: Row, rows: Sequence[Row]) -> str:
    """A table for a README."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (header, rule, *rows))


def csv_table(header: Row, rows: Sequence[Row]) -> str:
    """Comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def score_text(value: float | None) -> str:
    """A score as tables show it: four significant digits, – for null."""
    return "–" if value is None else f"{value:.4g}"
