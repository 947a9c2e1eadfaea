"""A study in words: its design, its budget, its table, what can be told from it, and what failed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..console.follow_up import program
from ..tables.grouping import Group
from ..tables.intervals import LEVEL, estimate_text, interval_text
from ..tables.score_direction import arrow
from ..tables.table import NULL, markdown_table
from .study_call import StudyCall
from .study_progress import StudyProgress
from .study_results import Compared, StudyResults, Verdict
from .sweep_states import duration

SHOWN = 12  # names of a list
SPREAD = f"Mean over seeds ± {interval_text('t', LEVEL)}"
MARKED = f"{SPREAD}; * marks the best of its data."
TEST = (
    "Of each score, the best cell beside all others of the same data: a two-sided Welch t-test at 0.05, with "
    "Holm's correction over these comparisons. That the best was chosen by the same scores is not corrected "
    "for."
)


@dataclass(frozen=True)
class StudySummary:
    """What the page and the summary of a study say, at `time`; `made_with` is what its runs say of that."""

    study: StudyCall
    progress: StudyProgress
    results: StudyResults
    time: str
    made_with: Sequence[tuple[str, str]]

    @property
    def title(self) -> str:
        """What the study is called."""
        return f"Study {self.study.name}"

    @property
    def status(self) -> str:
        """completed, running, failed or open: of the whole."""
        counts = self.progress.counts
        if self.progress.at_work:
            return "running"
        if self.progress.done == self.progress.total:
            return "completed"
        return "failed" if counts.get("failed") else "interrupted" if self.progress.done else "open"

    def design(self) -> list[tuple[str, str]]:
        """What was planned: the command, the axes with their values, seeds, steps, and what follows a run."""
        sweep = self.study.sweep
        seeds = list(dict.fromkeys(one.seed for one in sweep.plan))
        axes: dict[str, dict[str, None]] = {}
        for one in sweep.plan:
            for name, value in one.axes:
                axes.setdefault(name, {})[value] = None
        rows = [("command", f"{program()} {shlex.join(self.study.words)}")]
        rows += [(name, f"{len(values)}: {some(list(values))}") for name, values in axes.items()]
        rows.append(("seeds", f"{len(seeds)}: {some([str(seed) for seed in seeds])}"))
        rows.append(("runs", f"{len(sweep.plan):,}"))
        return [*rows, *(("then", f"{program()} {call}") for call in sweep.then)]

    def budget(self) -> str:
        """How much was computed, and how much is expected to be left."""
        one = self.progress
        text = ", ".join(f"{count:,} {status}" for status, count in one.counts.items())
        text = f"{one.total:,} runs: {text}"
        if one.seconds:
            text += f"; the completed ones took {duration(one.seconds / 60)} in all"
        if one.done < one.total and one.seconds_left != 0:
            text += f"; {self.left()}"
        return text

    def left(self) -> str:
        """How much longer it will take."""
        if self.progress.seconds_left is None:
            return "how much longer is known when the first run is done"
        return f"about {duration(self.progress.seconds_left / 60)} left at this pace"

    def table(self, scores: Sequence[str]) -> list[list[str]]:
        """Lines of the table, header first: each cell with its scores, the best marked with *."""
        best = {(one.score, one.best.labels) for one in self.results.verdicts}
        lines = [[*self.results.axes, "seeds", *(f"{name}{arrow(name)}" for name in scores)]]
        for group in self.results.groups:
            cells = [self.cell(group, score) + " *" * ((score, group.labels) in best) for score in scores]
            lines.append([*group.labels, f"{len(group.runs)}/{self.results.wanted}", *cells])
        return lines

    def cell(self, group: Group, score: str) -> str:
        """A score of a group with its interval."""
        return estimate_text(self.results.estimate(group, score))

    def told(self, verdict: Verdict) -> str:
        """What a verdict says, in a sentence."""
        best, others = f"{verdict.score}: best is {label(verdict.best)}", verdict.others
        untested = [one for one in others if one.p is None]
        if untested:
            return f"{best}; no test with fewer than two seeds"
        if not verdict.not_told:
            return f"{best}; all {len(others)} others are told from it"
        names = some([label(one.group) for one in verdict.not_told])
        return f"{best}; {len(verdict.not_told)} of {len(others)} cannot be told from it: {names}"

    def comparisons(self, verdict: Verdict) -> list[list[str]]:
        """Lines of the table of a verdict, header first."""
        wanted = self.study.difference
        seeds = "seeds for this difference" if wanted is None else f"seeds for {wanted:g}"
        head = ["beside the best", "difference", "p (Holm)", "told", seeds]
        return [head, *(_comparison(one) for one in verdict.others)]

    def on_screen(self) -> str:
        """The summary in a few lines."""
        lines = [f"{self.title}: {self.status}", self.budget()]
        return "\n".join([*lines, *(self.told(one) for one in self.results.verdicts)])

    def as_markdown(self) -> str:
        """The whole summary."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        results = self.results
        yield from (f"# {self.title}", "", *self.study.about, "", f"{self.status}, {self.time}", "")
        yield from ("## Design", "", markdown_table(["", ""], self.design(), left=2))
        yield from ("## Budget", "", f"{self.budget()}.", "")
        yield from ("## Scores", "", MARKED, "")
        header, *rows = self.table(results.scores)
        yield markdown_table(header, rows, left=len(results.axes))
        yield from ("## What can be told", "", TEST, "")
        for verdict in results.verdicts:
            header, *rows = self.comparisons(verdict)
            yield from (f"{self.told(verdict)}.", "", markdown_table(header, rows))
        yield from ("## Failed runs", "")
        yield from ([f"* {name}: {reason}" for name, reason in self.progress.failed] or ["None."])
        yield from ("", "## Made with", "", *(f"* {name}: {text}" for name, text in self.made_with))


def _comparison(one: Compared) -> list[str]:
    p = NULL if one.p is None else f"{one.p:.2g}"
    told = NULL if one.p is None else "yes" if one.told else "no"
    seeds = NULL if one.seeds_needed is None else f"{one.seeds_needed:,}"
    return [label(one.group), f"{one.difference:+.3g}", p, told, seeds]


def label(group: Group) -> str:
    """How a cell of the grid is called."""
    return ", ".join(group.labels)


def some(names: Sequence[str]) -> str:
    """The names, or the first twelve and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "; ".join(names[:SHOWN]) + more


def by_status(counts: Mapping[str, int], total: int) -> list[tuple[str, int, float]]:
    """Each status with its number of runs and its share in percent."""
    return [(status, count, 100 * count / total) for status, count in counts.items()]
