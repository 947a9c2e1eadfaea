"""Training curves as inline SVG: a chart for each recorded quantity, training and validation in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ..runs.records import Point, by_quantity
from .axis import Axis, axis_over
from .templating import render

WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 34  # free space around the curves
POINTS = (20, 150)  # of a line: at least, at most
POINT = 14  # characters of one
MARKED = 15  # points up to which each is marked
CHARTS = 24  # of a run

Place = tuple[str, str]


@dataclass(frozen=True)
class ChartLine:
    """A line in pixels, interrupted where the value was not finite; the points of a short one are marked."""

    source: str
    path: str
    marks: list[Place]


@dataclass(frozen=True)
class Chart:
    """A quantity as the template draws it; `ends` are its last values in words, "" if none was finite.

    rows: (y, text) of the ticks at the left; columns: (x, text) of those below.
    stages: (x, name) of those that begin after the first.
    """

    name: str
    ends: str
    rows: list[Place]
    columns: list[Place]
    lines: list[ChartLine]
    stages: list[Place]


def render_curves(
    records: Sequence[Mapping[str, Any]], budget: int, switches: Mapping[int, str] | None = None
) -> Markup:
    """Every quantity of scalars.jsonl over the steps, thinned to points of some `budget` characters in all.

    At most 24 are drawn; the others are named.
    switches: the name of the stage of training that begins at each of these steps, which is marked.
    """
    quantities = by_quantity(records)
    if not quantities:
        words = "Nothing was recorded: no step of training has been made yet."
        return render("paragraph.html", lines=[words], kind="")
    moving = {name: lines for name, lines in quantities.items() if varies(lines)}
    still = [_constant(name, lines) for name, lines in quantities.items() if name not in moving]
    shown = dict(list(moving.items())[:CHARTS])
    least, most = POINTS
    count = min(max(budget // (POINT * max(1, sum(map(len, shown.values())))), least), most)
    charts = [
        _chart(name, {source: thin(points, count) for source, points in lines.items()}, switches or {})
        for name, lines in shown.items()
    ]
    size = {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
    }
    return render("charts.html", charts=charts, still=still, left_out=list(moving)[CHARTS:], **size)


def varies(lines: Mapping[str, Sequence[Point]]) -> bool:
    """Whether a quantity has a curve: two different values at two steps, in one part or another."""
    finite = [(step, value) for points in lines.values() for step, value in points if value is not None]
    return len({step for step, _ in finite}) > 1 and len({value for _, value in finite}) > 1


def _constant(name: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """A quantity without a curve in words: `lr 0.0005`, or that it was never finite."""
    values = {
        source: dict.fromkeys(f"{value:.4g}" for _, value in points if value is not None)
        for source, points in lines.items()
    }
    ends = ", ".join(f"{source} {next(reversed(texts))}".strip() for source, texts in values.items() if texts)
    return f"{name} {ends or 'was never finite'}"


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many points, evenly spaced among them, the last one always."""
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    return [points[round(k * last / (most - 1))] for k in range(most)]


def _chart(name: str, lines: Mapping[str, Sequence[Point]], switches: Mapping[int, str]) -> Chart:
    finite = {source: [v for _, v in points if v is not None] for source, points in lines.items()}
    ends = ", ".join(f"{source or 'value'} {values[-1]:.4g}" for source, values in finite.items() if values)
    if not ends:
        return Chart(name, "", [], [], [], [])
    steps = [step for points in lines.values() for step, _ in points]
    across = axis_over([0.0, *steps, *switches], LEFT, WIDTH - RIGHT)
    across = Axis(across.low, across.high, across.start, across.end)  # steps are never logarithmic
    up = axis_over([value for values in finite.values() for value in values], HEIGHT - BOTTOM, TOP)
    return Chart(
        name,
        ends,
        rows=[(f"{up.place(value):.1f}", f"{value:.4g}") for value in up.ticks()],
        columns=[(f"{across.place(value):.1f}", f"{value:,.0f}") for value in across.ticks(4)],
        lines=[_line(source, points, across, up) for source, points in lines.items()],
        stages=[(f"{across.place(step):.1f}", stage) for step, stage in switches.items()],
    )


def _line(source: str, points: Sequence[Point], across: Axis, up: Axis) -> ChartLine:
    path, marks, pen = [], [], "M"
    for step, value in points:
        if value is None:
            pen = "M"
            continue
        x, y = f"{across.place(step):.1f}", f"{up.place(value):.1f}"
        path.append(f"{pen}{x} {y}")
        marks.append((x, y))
        pen = "L"
    return ChartLine(source, "".join(path), marks if len(marks) <= MARKED else [])
