"""What the reports of all studies share: the rows of a cell, the values of a score, sections of a page."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from study_rows import longest

from disentcli.tables.intervals import estimate, estimate_text

Row = Mapping[str, Any]
Score = tuple[str, str]
"""The ident of an evaluation, and the name of a score in it."""


def by_cell(rows: Sequence[Row], axes: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    """The longest runs of each combination of values of these axes, by those values."""
    found = defaultdict(list)
    for row in longest(rows, (*axes, "stage")):
        found[tuple(row[axis] for axis in axes)].append(row)
    return found


def values(rows: Sequence[Row], score: Score) -> list[float]:
    """A score of those rows that have it."""
    ident, name = score
    found = [row["scores"].get(ident, {}).get(name) for row in rows]
    return [value for value in found if value is not None]


def shown(numbers: Sequence[float]) -> str:
    """Mean ± standard deviation of those that are numbers; a dash for none."""
    return estimate_text(estimate([one for one in numbers if not math.isnan(one)], "std"))


def with_sections(text: str, sections: Mapping[str, Iterable[str]], script: str) -> str:
    """A page with the lines of each section written anew, up to the next heading, by this script.

    Raises:
        ValueError: the page lacks one of the sections.
    """
    for title, lines in sections.items():
        before, heading, rest = text.partition(f"\n## {title}\n")
        if not heading:
            raise ValueError(f"the page has no section {title!r}")
        after = rest.partition("\n## ")
        written = "\n".join(("", f"*Written by `python benchmarks/{script}.py`: do not edit.*", "", *lines))
        text = f"{before}{heading}{written}\n{after[1]}{after[2]}"
    return text
