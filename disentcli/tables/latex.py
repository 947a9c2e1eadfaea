"""A table as LaTeX, in the booktabs style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIAL = {
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
}


def escaped(text: str) -> str:
    """Text that LaTeX prints as it stands.

    >>> escaped("100 % of a_b")
    '100 \\\\% of a\\\\_b'
    """
    return "".join(SPECIAL.get(sign, sign) for sign in text)


def latex_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str = "",
    left: int = 1,
    bold: Sequence[Sequence[bool]] = (),
) -> str:
    """A `table` of booktabs: the first `left` columns to the left; `bold` says which cells are."""
    lines = ["% \\usepackage{booktabs}", r"\begin{table}", r"\centering"]
    lines += [rf"\caption{{{escaped(caption)}}}"] if caption else []
    lines += [rf"\begin{{tabular}}{{{'l' * left}{'r' * (len(header) - left)}}}", r"\toprule"]
    lines += [_line(map(escaped, header)), r"\midrule"]
    for at, row in enumerate(rows):
        flags = bold[at] if bold else [False] * len(row)
        lines.append(_line(_cell(cell, flag) for cell, flag in zip(row, flags, strict=True)))
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(text: str, bold: bool) -> str:
    """A number with its interval as mathematics, the mean in bold; other text as it stands."""
    number = re.match(r"^(-?[\d.]+(?:e[+-]?\d+)?)((?: ± [^ ]+| \[.+\])?(?: \(\d+\))?)$", text)
    if not number:
        return rf"\textbf{{{escaped(text)}}}" if bold else escaped(text)
    mean, spread = number[1], number[2].replace("±", r"\pm")
    if bold:
        mean = rf"\mathbf{{{mean}}}"
    return f"${mean}{spread}$"
