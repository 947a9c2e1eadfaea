"""Groups of runs as a table: means with intervals, the best marked; for the screen, Markdown, LaTeX, CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..errors import CallError
from ..suggestions import unknown
from .display_names import key_words, score_words, sentence_case, value_words
from .grouping import Group, natural_key
from .intervals import Estimate, Interval, estimate, estimate_text, interval_text
from .published_scores import PublishedScores
from .score_direction import arrow, better
from .significance import Test, best_or_tied, describe_test
from .table import csv_table, latex_table, markdown_table

LINE_WIDTH = 90  # characters for the scores of one line
CELL_WIDTH = 16  # characters of a mean with its interval
WORD_LENGTHS = (12, 9, 7, 5)  # letters that a word of a shortened name may keep
MAX_GROUPS_ACROSS, MAX_SCORES_ACROSS = 4, 6  # so few groups and more scores than that: a row a score


@dataclass(frozen=True)
class TextTable:
    """The cells of a table as text, and which are bold; the first `left` columns hold names."""

    header: list[str]
    rows: list[list[str]]
    bold: list[list[bool]]
    left: int
    legend: str = ""

    def with_bold_as(self, template: str) -> list[list[str]]:
        """The rows, with the bold cells put into a template such as `**{}**`."""
        return [
            [template.format(text) if flag else text for text, flag in zip(row, flags, strict=True)]
            for row, flags in zip(self.rows, self.bold, strict=True)
        ]


@dataclass(frozen=True)
class GroupTable:
    """Some scores of groups of runs; `keys` name the labels of a group.

    `titles` stand above the columns in place of the scores' names; `published` are rows below.
    """

    keys: Sequence[str]
    scores: Sequence[str]
    groups: Sequence[Group]
    interval: Interval = "t"
    level: float = 0.95
    test: Test = "welch"
    titles: Sequence[str] = ()
    published: PublishedScores | None = None

    def estimates(self) -> list[list[Estimate | None]]:
        """The mean and interval of each score: a list for each group."""
        return [
            [estimate(group.values(score), self.interval, self.level) for score in self.scores]
            for group in self.groups
        ]

    def marks(self) -> list[list[bool]]:
        """Which of the estimates are the best of their score, or not significantly worse."""
        columns = [best_or_tied(self.groups, score, self.test, self.level) for score in self.scores]
        return [[at in column for column in columns] for at in range(len(self.groups))]

    def as_text(self, *, in_words: bool = False) -> TextTable:
        """A row a group; a row a score where the scores are many and the groups few.

        in_words: keys, values and scores by the names that papers give them, not by those of the tool.
        """
        cells = [
            [_cell(one, len(group.runs)) for one in line]
            for group, line in zip(self.groups, self.estimates(), strict=True)
        ]
        bold, seeds = self.marks(), [str(group.seeds) for group in self.groups]
        few = len(self.groups) <= MAX_GROUPS_ACROSS and len(self.scores) > MAX_SCORES_ACROSS
        if few and not (self.titles or self.published):
            rows = [["Seeds" if in_words else "seeds", *seeds]]
            named = score_words if in_words else str
            rows += [
                [f"{named(name)}{arrow(name)}", *row] for name, *row in zip(self.scores, *cells, strict=True)
            ]
            flags = [[False] * (len(bold) + 1), *([False, *row] for row in zip(*bold, strict=True))]
            heads = [" ".join(self._labels(group, in_words)) for group in self.groups]
            return TextTable([self._keys(in_words), *heads], rows, flags, 1, self._named_scores(in_words))
        short = self._short_names(in_words)
        names = [short[score] + arrow(score) for score in self.scores]
        rows = [
            [*self._labels(group, in_words), of, *row]
            for group, of, row in zip(self.groups, seeds, cells, strict=True)
        ]
        left = len(self.keys)
        flags = [[False] * (left + 1) + row for row in bold]
        keys = [sentence_case(key_words(key)) for key in self.keys] if in_words else [*self.keys]
        return TextTable([*keys, "Seeds" if in_words else "seeds", *names], rows, flags, left, _legend(short))

    def _labels(self, group: Group, in_words: bool) -> list[str]:
        pairs = zip(self.keys, group.labels, strict=True)
        return [value_words(key, label) if in_words else label for key, label in pairs]

    def _keys(self, in_words: bool) -> str:
        return sentence_case(", ".join(map(key_words, self.keys))) if in_words else ", ".join(self.keys)

    def _named_scores(self, in_words: bool) -> str:
        return _legend({score: score_words(score) for score in self.scores}) if in_words else ""

    def _short_names(self, in_words: bool) -> dict[str, str]:
        """What stands above the column of each score."""
        if self.titles:
            return dict(zip(self.scores, self.titles, strict=True))
        if in_words:
            return {score: score_words(score) for score in self.scores}
        return shorten(self.scores, LINE_WIDTH, CELL_WIDTH)

    def published_rows(self) -> list[list[str]]:
        """The published rows, in the columns of the table."""
        return self.published.cells(self.keys, self.scores) if self.published else []

    def published_source(self) -> str:
        """Where they come from; empty where there are none."""
        return f"published: {self.published.source}" if self.published and self.published.rows else ""

    def caption(self, mark: str) -> str:
        """What the numbers are, and what `mark` (bold, or *) means."""
        table = self.as_text()
        text = f"mean ± {interval_text(self.interval, self.level)}, over seeds"
        if any(map(any, table.bold)):
            text += f"; {mark}: {describe_test(self.test, self.level)}"
            if len({group.data for group in self.groups}) > 1:
                text += ", among groups of the same data"
        if any(cell.endswith(")") for row in table.rows for cell in row[table.left :]):
            text += "; (n): so many runs have the score"
        return text + (f"; {table.legend}" if table.legend else "")

    def on_screen(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows, * behind the best."""
        table = self.as_text()
        return table.header, table.with_bold_as("{} *")

    def as_markdown(self, notes: Sequence[str] = ()) -> str:
        """A table for a README, the best in bold, caption and notes below it."""
        table = self.as_text()
        below = "".join(f"\n{line}\n" for line in (_sentence(self.caption("bold")), *notes))
        if published := self.published_rows():
            source = _sentence(self.published_source())
            below += f"\n{source}\n\n" + markdown_table(table.header, published)
        return markdown_table(table.header, table.with_bold_as("**{}**")) + below

    def as_latex(self, notes: Sequence[str] = ()) -> str:
        """A booktabs table, names in words, the means of the best in bold; explanations stand below."""
        table = self.as_text(in_words=True)
        text = latex_table(
            table.header,
            table.rows,
            caption=f"Mean ± {interval_text(self.interval, self.level)}, over seeds.",
            left=table.left,
            bold=table.bold,
            below=self._published_in_words(),
            notes=self._latex_notes(table),
        )
        return text + "".join(f"% {' '.join(note.split())}\n" for note in notes)

    def _published_in_words(self) -> list[list[str]]:
        """The published rows, with the values of keys in words."""
        left = len(self.keys)
        return [[*map(value_words, self.keys, row[:left]), *row[left:]] for row in self.published_rows()]

    def _latex_notes(self, table: TextTable) -> list[str]:
        """What bold means, the scores by the tool's names, where published rows come from."""
        notes = []
        if any(map(any, table.bold)):
            same = len({group.data for group in self.groups}) > 1
            among = ", among groups of the same data" if same else ""
            notes.append(f"Bold: {describe_test(self.test, self.level)}{among}.")
        if any(cell.endswith(")") for row in table.rows for cell in row[table.left :]):
            notes.append("(n): so many runs have the score.")
        if table.legend:
            notes.append(f"{table.legend}.")
        if source := self.published_source():
            notes.append(f"Below the rule, {source}.")
        return notes

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


def _cell(one: Estimate | None, runs: int) -> str:
    text = estimate_text(one)
    return text if one is None or one.count == runs else f"{text} ({one.count})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def shorten(names: Sequence[str], width: int, least: int = 0) -> dict[str, str]:
    """Each name and its short form: the name itself where all fit into `width` characters, `least` a column.

    Else each long word loses its end; different names stay different.

    >>> shorten(["dci.disentanglement", "mig"], 20)
    {'dci.disentanglement': 'dci.disentang', 'mig': 'mig'}
    """
    short = list(names)
    for length in WORD_LENGTHS:
        if sum(max(len(name) + 2, least) for name in short) <= width:
            break
        cut = [_cut_words(name, length) for name in names]
        short = cut if len(set(cut)) == len(cut) else short
    return dict(zip(names, short, strict=True))


def _cut_words(name: str, length: int) -> str:
    """The name with its words of more than `length` + 1 letters cut."""
    return re.sub(r"[^\W_]+", lambda word: word[0] if len(word[0]) <= length + 1 else word[0][:length], name)


def _legend(short: dict[str, str]) -> str:
    """`dci.disen is dci.disentanglement, …`; nothing where no name was cut."""
    return ", ".join(f"{cut} is {name}" for name, cut in short.items() if cut != name)


def sort_groups(groups: Sequence[Group], by: str, keys: Sequence[str], scores: Sequence[str]) -> list[Group]:
    """The groups by the values of a key, or by the mean of a score, best first; those without it last.

    Raises:
        CallError: `by` is neither.
    """
    plain = by.replace("-", "_")
    for at, key in enumerate(keys):
        if key.replace("-", "_") == plain:
            return sorted(groups, key=lambda group: natural_key(group.labels[at : at + 1]))
    score = choose_scores(scores, [by])[0]
    sign = 1.0 if better(score) == "lower" else -1.0
    means = {id(group): estimate(group.values(score), "std") for group in groups}

    def place(group: Group) -> float:
        one = means[id(group)]
        return float("inf") if one is None else sign * one.mean

    return sorted(groups, key=place)


def choose_scores(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Of the scores that there are, those named: all of a metric for `dci`, one for `dci.completeness`.

    A name without an ident means the score of every ident that has it; `dci.*_test` means what fits it.

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
    return name in (known, bare, bare.partition(".")[0], f"{bare}.{bare}") or fnmatchcase(bare, name)
