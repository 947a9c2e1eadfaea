"""Groups of runs as a table: means with intervals, the best marked; for the screen, Markdown, LaTeX, CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import CallError
from ..suggestions import unknown
from .grouping import Group, natural
from .intervals import Estimate, Interval, estimate, estimate_text, interval_text
from .latex import latex_table
from .score_direction import arrow, better
from .shorten import abbreviated, legend
from .significance import Test, how_marked, marked
from .table import csv_table, markdown_table

ROOM = 90  # characters for the scores of one line
LEAST = 16  # characters of a mean with its interval
FEW, MANY = 4, 6  # so few groups and more scores: a row a score


@dataclass(frozen=True)
class Layout:
    """Text, and which cells are bold; `left` columns hold names."""

    header: list[str]
    rows: list[list[str]]
    bold: list[list[bool]]
    left: int
    legend: str = ""

    def dressed(self, dress: str) -> list[list[str]]:
        """The rows with this dress on what is bold."""
        return [
            [dress.format(text) if flag else text for text, flag in zip(row, flags, strict=True)]
            for row, flags in zip(self.rows, self.bold, strict=True)
        ]


@dataclass(frozen=True)
class GroupTable:
    """Some scores of groups of runs; `keys` name the labels of a group."""

    keys: Sequence[str]
    scores: Sequence[str]
    groups: Sequence[Group]
    interval: Interval = "t"
    level: float = 0.95
    test: Test = "welch"

    def estimates(self) -> list[list[Estimate | None]]:
        """A line for each group, an estimate for each score."""
        return [
            [estimate(group.values(score), self.interval, self.level) for score in self.scores]
            for group in self.groups
        ]

    def marks(self) -> list[list[bool]]:
        """Which of the estimates are the best of their score, or not significantly worse."""
        columns = [marked(self.groups, score, self.test, self.level) for score in self.scores]
        return [[at in column for column in columns] for at in range(len(self.groups))]

    def laid_out(self) -> Layout:
        """A row a group; a row a score where the scores are many and the groups few."""
        cells = [
            [_cell(one, len(group.members)) for one in line]
            for group, line in zip(self.groups, self.estimates(), strict=True)
        ]
        bold, seeds = self.marks(), [str(group.seeds) for group in self.groups]
        if len(self.groups) <= FEW and len(self.scores) > MANY:
            rows = [["seeds", *seeds]]
            rows += [[f"{name}{arrow(name)}", *row] for name, *row in zip(self.scores, *cells, strict=True)]
            flags = [[False] * (len(bold) + 1), *([False, *row] for row in zip(*bold, strict=True))]
            heads = [" ".join(group.labels) for group in self.groups]
            return Layout([", ".join(self.keys), *heads], rows, flags, 1)
        short = abbreviated(self.scores, ROOM, LEAST)
        names = [short[score] + arrow(score) for score in self.scores]
        rows = [[*group.labels, of, *row] for group, of, row in zip(self.groups, seeds, cells, strict=True)]
        left = len(self.keys)
        flags = [[False] * (left + 1) + row for row in bold]
        return Layout([*self.keys, "seeds", *names], rows, flags, left, legend(short))

    def caption(self, mark: str) -> str:
        """What the numbers are, and what `mark` (bold, or *) means."""
        layout = self.laid_out()
        told = f"mean ± {interval_text(self.interval, self.level)}, over seeds"
        if any(map(any, layout.bold)):
            told += f"; {mark}: {how_marked(self.test, self.level)}"
            if len({group.data for group in self.groups}) > 1:
                told += ", among groups of the same data"
        if any(text.endswith(")") for row in layout.rows for text in row[layout.left :]):
            told += "; (n): so many runs have the score"
        return told + (f"; {layout.legend}" if layout.legend else "")

    def on_screen(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows, * behind the best."""
        layout = self.laid_out()
        return layout.header, layout.dressed("{} *")

    def as_markdown(self, notes: Sequence[str] = ()) -> str:
        """A table for a README, the best in bold, caption and notes below it."""
        layout = self.laid_out()
        below = "".join(f"\n{line}\n" for line in (_sentence(self.caption("bold")), *notes))
        return markdown_table(layout.header, layout.dressed("**{}**")) + below

    def as_latex(self, notes: Sequence[str] = ()) -> str:
        """A booktabs table, the means of the best in bold."""
        layout, caption = self.laid_out(), _sentence(self.caption("bold"))
        text = latex_table(layout.header, layout.rows, caption=caption, left=layout.left, bold=layout.bold)
        return "".join(f"% {note}\n" for note in notes) + text

    def as_csv(self) -> str:
        """A line for each group and score, every number in full: what other programs read."""
        header = [*self.keys, "score", "better", "seeds", "runs", "mean", "std", "low", "high", "best"]
        lines = []
        for group, line, flags in zip(self.groups, self.estimates(), self.marks(), strict=True):
            for score, one, flag in zip(self.scores, line, flags, strict=True):
                numbers = [one and getattr(one, name) for name in ("mean", "std", "low", "high")]
                texts = ["" if number is None else repr(number) for number in numbers]
                count = str(one.count if one else 0)
                known = better(score) or ""
                lines.append(
                    [*group.labels, score, known, str(group.seeds), count, *texts, str(flag).lower()]
                )
        return csv_table(header, lines)


def _cell(one: Estimate | None, members: int) -> str:
    text = estimate_text(one)
    return text if one is None or one.count == members else f"{text} ({one.count})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def sort_groups(groups: Sequence[Group], by: str, keys: Sequence[str], scores: Sequence[str]) -> list[Group]:
    """The groups by the values of a key, or by the mean of a score, best first; those without it last.

    Raises:
        CallError: `by` is neither.
    """
    plain = by.replace("-", "_")
    for at, key in enumerate(keys):
        if key.replace("-", "_") == plain:
            return sorted(groups, key=lambda group: natural(group.labels[at : at + 1]))
    score = choose_scores(scores, [by])[0]
    sign = 1.0 if better(score) == "lower" else -1.0
    means = {id(group): estimate(group.values(score), "std") for group in groups}

    def place(group: Group) -> float:
        one = means[id(group)]
        return float("inf") if one is None else sign * one.mean

    return sorted(groups, key=place)


def choose_scores(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Of the scores that there are, those named: all of a metric for `dci`, one for `dci.completeness`.

    A name without an ident means the score of every ident that has it.

    Raises:
        CallError: there is no such score; the message says which there are.
    """
    found: list[str] = []
    for name in wanted:
        plain = name.replace("-", "_")
        fitting = [one for one in known if _means(one, name) or _means(one, plain)]
        if not fitting:
            bare = {one.rpartition(" ")[2] for one in known}
            raise CallError(unknown("score", name, {*known, *bare, *(one.partition(".")[0] for one in bare)}))
        found += fitting
    return list(dict.fromkeys(found))


def _means(known: str, name: str) -> bool:
    bare = known.rpartition(" ")[2]
    return name in (known, bare, bare.partition(".")[0], f"{bare}.{bare}")
