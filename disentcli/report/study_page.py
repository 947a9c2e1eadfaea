"""The page of a study: progress, design, scores with intervals, and what can be told from them."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from ..experiment.study_summary import MARKED, SPREAD, TEST, StudySummary, by_status, label
from ..tables.score_direction import arrow
from .axis import axis_over
from .templating import render, render_page

REFRESH = 5  # seconds after which a browser loads the page again, while runs are at work
MOST_ROWS = 60  # of a chart; more cells are in the table alone
WIDTH, ROW, TOP = 300, 18, 6  # of a chart, in pixels
MARGIN = 10


@dataclass(frozen=True)
class ChartRow:
    """A cell of the grid in a chart: its name, its mean and interval in pixels, and how it compares."""

    name: str
    text: str
    place: float
    low: float
    high: float
    mark: str
    begins: bool  # whether the rows before it are of other data


@dataclass(frozen=True)
class ScoreChart:
    """The intervals of one score; `ticks` are (x, text), `said` is what can be told from it."""

    name: str
    rows: list[ChartRow]
    ticks: list[tuple[float, str]]
    said: list[str]


def render_study_page(summary: StudySummary) -> str:
    """The whole page, in one file; it loads itself anew as long as runs are at work."""
    results = summary.results
    body = render(
        "study.html",
        summary=summary,
        progress=summary.progress,
        parts=by_status(summary.progress.counts, summary.progress.total),
        charts=[chart_of(summary, score) for score in results.scores],
        table=summary.table(results.scores),
        verdicts=[(summary.told(one), summary.comparisons(one)) for one in results.verdicts if one.others],
        spread=SPREAD,
        marked=MARKED,
        test=TEST,
        width=WIDTH,
        row=ROW,
        top=TOP,
    )
    return render_page(summary.title, Markup(body), refresh=REFRESH if summary.status == "running" else 0)  # noqa: S704 - by Jinja2, which escapes


def chart_of(summary: StudySummary, score: str) -> ScoreChart:
    """The means and intervals of a score, a row a cell; none of them where cells are too many for a chart."""
    verdicts = [one for one in summary.results.verdicts if one.score == score]
    said = [summary.told(one) for one in verdicts]
    found = [(group, summary.results.estimate(group, score)) for group in summary.results.groups]
    places = {data: at for at, data in enumerate(dict.fromkeys(group.data for group, _ in found))}
    known = sorted(
        ((group, one) for group, one in found if one is not None), key=lambda pair: places[pair[0].data]
    )
    if not known or len(known) > MOST_ROWS:
        return ScoreChart(score + arrow(score), [], [], said)
    ends = [value for _, one in known for value in (one.mean, one.low, one.high) if value is not None]
    across = axis_over(ends, MARGIN, WIDTH - MARGIN)
    marks = {one.best.labels: "best" for one in verdicts}
    marks |= {other.group.labels: "tied" for one in verdicts for other in one.not_told}
    rows = [
        ChartRow(
            label(group),
            summary.cell(group, score),
            round(across.place(one.mean), 1),
            round(across.place(one.mean if one.low is None else one.low), 1),
            round(across.place(one.mean if one.high is None else one.high), 1),
            marks.get(group.labels, "told"),
            at > 0 and group.data != known[at - 1][0].data,
        )
        for at, (group, one) in enumerate(known)
    ]
    ticks = [(round(across.place(value), 1), f"{value:.4g}") for value in across.ticks(4)]
    return ScoreChart(score + arrow(score), rows, ticks, said)
