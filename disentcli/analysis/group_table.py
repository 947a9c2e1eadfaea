"""Groups of runs as a table: means with intervals, the best marked; for the screen, Markdown, LaTeX, CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import CallError
from ..nearest import unknown
from .abbreviation import abbreviated, legend
from .direction import arrow, better
from .grouping import Group, natural
from .intervals import Estimate, Interval, estimate, estimate_text, interval_text
from .latex import latex_table
from .significance import Test, how_marked, marked
from .table import csv_table, markdown_table

ROOM = 90  # characters for the scores of one line
LABELS = 2  # the shortest width of a column beside its text


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

    def header(self) -> tuple[list[str], str]:
        """The heads of the columns, arrows saying which way is better, and a legend of names cut short."""
        short = abbreviated(self.scores, ROOM, 16)
        names = [short[score] + arrow(score) for score in self.scores]
        return [*self.keys, "seeds", *names], legend(short)

    def rows(self) -> list[list[str]]:
        """The cells below the header; (n) stands behind a mean that not all runs have a share in."""
        return [
            [*group.labels, str(group.seeds), *(_cell(one, len(group.members)) for one in line)]
            for group, line in zip(self.groups, self.estimates(), strict=True)
        ]

    def marks(self) -> list[list[bool]]:
        """Which cells hold the best of their column, or what is not significantly worse."""
        columns = [marked(self.groups, score, self.test, self.level) for score in self.scores]
        before = [False] * (len(self.keys) + 1)
        return [[*before, *(at in column for column in columns)] for at in range(len(self.groups))]

    def caption(self, mark: str) -> str:
        """What the numbers are, and what `mark` (bold, or *) means."""
        told = f"mean ± {interval_text(self.interval, self.level)}, over seeds"
        if any(map(any, self.marks())):
            told += f"; {mark}: {how_marked(self.test, self.level)}"
        if len({group.data for group in self.groups}) > 1:
            told += ", among groups of the same data"
        if any(text.endswith(")") for row in self.rows() for text in row[len(self.keys) :]):
            told += "; (n): so many runs have the score"
        legend_text = self.header()[1]
        return told + (f"; {legend_text}" if legend_text else "")

    def on_screen(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows, * behind the best."""
        rows = [
            [text + " *" * flag for text, flag in zip(row, flags, strict=True)]
            for row, flags in zip(self.rows(), self.marks(), strict=True)
        ]
        return self.header()[0], rows

    def as_markdown(self, notes: Sequence[str] = ()) -> str:
        """A table for a README, the best in bold, caption and notes below it."""
        rows = [
            [f"**{text}**" if flag else text for text, flag in zip(row, flags, strict=True)]
            for row, flags in zip(self.rows(), self.marks(), strict=True)
        ]
        below = "".join(f"\n{line}\n" for line in (_sentence(self.caption("bold")), *notes))
        return markdown_table(self.header()[0], rows) + below

    def as_latex(self, notes: Sequence[str] = ()) -> str:
        """A booktabs table, the means of the best in bold."""
        text = latex_table(
            self.header()[0],
            self.rows(),
            caption=_sentence(self.caption("bold")),
            left=len(self.keys),
            bold=self.marks(),
        )
        return "".join(f"% {note}\n" for note in notes) + text

    def as_csv(self) -> str:
        """A line for each group and score, every number in full: what other programs read."""
        header = [*self.keys, "score", "better", "seeds", "runs", "mean", "std", "low", "high", "best"]
        lines = []
        marks, before = self.marks(), len(self.keys) + 1
        for group, line, flags in zip(self.groups, self.estimates(), marks, strict=True):
            for score, one, flag in zip(self.scores, line, flags[before:], strict=True):
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
