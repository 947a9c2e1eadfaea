"""Tables of text, in the four forms they have: on the screen, as Markdown, LaTeX (booktabs) and CSV.

The first `left` columns hold names, aligned to the left; the others hold numbers, aligned to the right.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from ..atomic_io import output_path, write_atomic

Row = Sequence[str]

SIDE_BY_SIDE = 4  # runs that fit beside each other; more become rows
NULL = "–"
GREEK = {"α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "λ": r"\lambda", "ρ": r"\rho", "σ": r"\sigma"}
LATEX = {  # what LaTeX reads otherwise, and how it prints it
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "≥": r"$\geq$",
    "–": "--",
    "−": "$-$",
    "…": r"\ldots{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{letter: rf"${name}$" for letter, name in GREEK.items()},
    "²": "$^2$",
    "×": r"$\times$",
    "·": r"$\cdot$",
}
WIDE, WIDER = 60, 80  # letters of a line, beyond which a table is set smaller, and shrunk to the line
HEAD_LENGTH = 12  # letters of a name above a column, beyond which it is broken into lines


def score_text(value: float | None) -> str:
    """A score as tables show it: four significant digits, – for null."""
    return NULL if value is None else f"{value:.4g}"


def narrow(lines: Sequence[Row], columns: int = 14) -> Sequence[Row]:
    """The lines; or, where they have more columns than this, one for each column.

    >>> narrow([["run", "mig", "sap"], ["a", "0.1", "0.2"]], columns=2)
    [['run', 'a'], ['mig', '0.1'], ['sap', '0.2']]
    """
    return lines if len(lines[0]) <= columns else transpose(lines)


def runs_as_columns(lines: list[list[str]]) -> list[list[str]]:
    """Lines of a column a run, header first; where there are more than four runs, a row a run instead."""
    if len(lines[0]) <= SIDE_BY_SIDE + 1:
        return lines
    return transpose([["run", *lines[0][1:]], *lines[1:]])


def transpose(lines: Iterable[Row]) -> list[list[str]]:
    """Rows as columns."""
    return [list(column) for column in zip(*lines, strict=True)]


def show_table(header: Row, rows: Sequence[Row], title: str = "", left: int = 1) -> None:
    """Print a table: boxed and coloured on a terminal (colours unless NO_COLOR), plain otherwise."""
    if not sys.stdout.isatty():
        print("\n".join(filter(None, [title, plain_table([header, *rows], left)])))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for place, name in enumerate(header):
        justify: Literal["left", "right"] = "left" if place < left else "right"
        table.add_column(name, justify=justify, no_wrap=not place, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def plain_table(lines: Sequence[Row], left: int = 1) -> str:
    """Columns aligned by blanks.

    >>> print(plain_table([["score", "a"], ["mig", "0.5"]]))
    score    a
    mig    0.5
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown_table(header: Row, rows: Iterable[Row], left: int = 1) -> str:
    """A table for a README; a | inside a cell is escaped."""
    rule = ["---"] * left + ["---:"] * (len(header) - left)
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (header, *rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (lines[0], rule, *lines[1:]))


def csv_table(header: Row, rows: Iterable[Row]) -> str:
    """Comma-separated values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def latex_table(
    header: Row,
    rows: Iterable[Row],
    *,
    caption: str = "",
    left: int = 1,
    bold: Sequence[Sequence[bool]] = (),
    below: Iterable[Row] = (),
    notes: Iterable[str] = (),
) -> str:
    """A `table` of the booktabs package; a very wide one is shrunk to the line by graphicx.

    Args:
        header: names above the columns; long ones are broken into lines.
        rows: the cells.
        caption: one line above.
        left: how many columns hold names.
        bold: which cells are.
        below: rows under another rule.
        notes: lines in small letters below the table.
    """
    rows = [list(row) for row in rows]
    letters = _letters([max(_head_lines(name), key=len) for name in header], rows)
    shrunk = letters > WIDER
    lines = [f"% \\usepackage{{booktabs{',graphicx' if shrunk else ''}}}", r"\begin{table}", r"\centering"]
    lines += [rf"\caption{{{escape_latex(caption)}}}"] if caption else []
    lines += [r"\footnotesize", r"\setlength{\tabcolsep}{4pt}"] if letters > WIDE else []
    lines += [r"\resizebox{\linewidth}{!}{%"] if shrunk else []
    lines += [rf"\begin{{tabular}}{{{'l' * left}{'r' * (len(header) - left)}}}", r"\toprule"]
    heads = [_latex_head(name, "l" if place < left else "r") for place, name in enumerate(header)]
    lines += [_latex_line(heads), r"\midrule"]
    for at, row in enumerate(rows):
        flags = bold[at] if bold else [False] * len(row)
        lines.append(_latex_line(_latex_cell(cell, flag) for cell, flag in zip(row, flags, strict=True)))
    more = [_latex_line(_latex_cell(cell, False) for cell in row) for row in below]
    lines += [r"\midrule", *more] if more else []
    lines += [r"\bottomrule", r"\end{tabular}}" if shrunk else r"\end{tabular}"]
    if notes := list(notes):
        lines += [r"\par\smallskip", r"\parbox{\linewidth}{\footnotesize"]
        lines += [rf"{escape_latex(note)}\par" for note in notes]
        lines += ["}"]
    lines += [r"\end{table}"]
    return "\n".join(lines) + "\n"


def escape_latex(text: str) -> str:
    """Text that LaTeX prints unchanged.

    >>> print(escape_latex("100 % of a_b"))
    100 \\% of a\\_b
    """
    return "".join(LATEX.get(sign, sign) for sign in text)


def _latex_line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _latex_head(name: str, side: str) -> str:
    """A name above a column, in one or two lines."""
    lines = [escape_latex(line) for line in _head_lines(name)]
    return lines[0] if len(lines) == 1 else rf"\shortstack[{side}]{{{lines[0]}\\{lines[1]}}}"


def _head_lines(name: str) -> list[str]:
    """A name as one line, or as two where it has several words and is longer than a number.

    >>> _head_lines("DCI disentanglement ↑"), _head_lines("MIG ↑")
    (['DCI', 'disentanglement ↑'], ['MIG ↑'])
    """
    arrow = name[-2:] if name.endswith((" ↑", " ↓")) else ""
    words = name.removesuffix(arrow).split()
    if len(name) <= HEAD_LENGTH or len(words) < 2:
        return [name]
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    above, below = min(halves, key=lambda pair: max(map(len, pair)))
    return [above, below + arrow]


def _letters(heads: Sequence[str], rows: Sequence[Row]) -> int:
    """How many letters wide a table is, about."""
    return sum(max(map(len, column)) + 2 for column in zip(heads, *rows, strict=True))


def _latex_number(text: str) -> str:
    """A number as mathematics: 1.5e-07 is 1.5 · 10⁻⁷.

    >>> _latex_number("0.25"), _latex_number("-1.5e-07")
    ('0.25', '-1.5 \\\\times 10^{-7}')
    """
    mantissa, found, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if found else text


def _latex_cell(text: str, bold: bool) -> str:
    """A number with its interval as mathematics, the mean in bold; other text unchanged."""
    number = re.match(r"^(-?[\d.]+(?:e[+-]?\d+)?)((?: ± [^ ]+| \[.+\])?(?: \(\d+\))?)$", text)
    if not number:
        return rf"\textbf{{{escape_latex(text)}}}" if bold else escape_latex(text)
    spread = re.sub(r"[\d.]+(?:e[+-]?\d+)?", lambda one: _latex_number(one[0]), number[2]).replace(
        "±", r"\pm"
    )
    mean = _latex_number(number[1])
    if bold:
        mean = rf"\mathbf{{{mean}}}"
    return f"${mean}{spread}$"


FORMATTERS: dict[str, Callable[[Row, Iterable[Row]], str]] = {
    ".md": markdown_table,
    ".csv": csv_table,
    ".tex": latex_table,
}


def table_path(out: str | None, overwrite: bool) -> Path | None:
    """The file that --out names; CallError if it is of another kind, or there already."""
    if out is None:
        return None
    *first, last = FORMATTERS
    kinds = f"a table is written as {', '.join(first)} or {last}"
    return output_path(out, list(FORMATTERS), kinds, overwrite=overwrite)


def correlations_path(out: Path) -> Path:
    """Where the correlations go that belong to this table."""
    return out.with_name(f"{out.stem}-correlations{out.suffix}")


def show_and_write(lines: Sequence[Row], out: Path | None) -> None:
    """Show a table, header first, and write it if there is a file for it."""
    show_table(lines[0], lines[1:])
    if out:
        write_table(out, lines)


def write_table(path: Path, lines: Sequence[Row]) -> None:
    """Write a table, header first, in the format of the file's suffix, and say where it is."""
    write_atomic(path, FORMATTERS[path.suffix](lines[0], lines[1:]))
    print(f"table: {path}")
