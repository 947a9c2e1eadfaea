"""Training curves as inline SVG: a chart for each recorded quantity, training and validation in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .axis import Axis, axis_over
from .markup import Markup, tag

WIDTH, HEIGHT = 360.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 12.0, 34.0
POINTS = (20, 150)  # of a line: at least, at most
POINT = 14  # characters of one
MARKED = 15  # points up to which each is marked
CHARTS = 24  # of a run
OTHER = ""  # the source of what is neither of training nor of validation

Point = tuple[float, float | None]  # step, value; None where it was not finite
Lines = dict[str, list[Point]]


def charts(records: Sequence[Mapping[str, Any]], room: int) -> Markup:
    """Every quantity of scalars.jsonl over the steps, thinned so that all points take some `room` characters.

    At most 24 are drawn; the others are named.
    """
    quantities = by_quantity(records)
    if not quantities:
        return tag("p", "Nothing was recorded: no step of training has been made yet.")
    shown = dict(list(quantities.items())[:CHARTS])
    least, most = POINTS
    points = min(max(room // (POINT * sum(map(len, shown.values()))), least), most)
    thin = {
        name: {source: thinned(line, points) for source, line in one.items()} for name, one in shown.items()
    }
    drawn = [_figure(name, lines) for name, lines in thin.items()]
    rest = list(quantities)[CHARTS:]
    note = tag("p", f"Not drawn: {', '.join(rest)}; they are in records/scalars.jsonl.") if rest else Markup()
    return Markup(tag("div", *drawn, on={"class": "charts"}) + note)


def by_quantity(records: Sequence[Mapping[str, Any]]) -> dict[str, Lines]:
    """`train/kl` and `val/kl` as two lines of `kl`: quantity → train, val or nothing → points."""
    found: dict[str, Lines] = {}
    for record in records:
        for tag_name, value in record.items():
            if tag_name != "step":
                source, slash, name = tag_name.partition("/")
                source, name = (source, name) if slash and source in ("train", "val") else (OTHER, tag_name)
                found.setdefault(name, {}).setdefault(source, []).append((record["step"], value))
    return found


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many points, evenly spaced among them, the last one always."""
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    return [points[round(k * last / (most - 1))] for k in range(most)]


def _figure(name: str, lines: Lines) -> Markup:
    finite = {source: [v for _, v in points if v is not None] for source, points in lines.items()}
    ends = ", ".join(f"{source or 'value'} {values[-1]:.4g}" for source, values in finite.items() if values)
    caption = tag("figcaption", tag("b", name), f" {ends}" if ends else " was never finite")
    if not ends:
        return tag("figure", caption, on={"class": "chart"})
    return tag(
        "figure",
        _svg(f"{name} over training steps; at the end {ends}", lines),
        caption,
        on={"class": "chart"},
    )


def _svg(label: str, lines: Lines) -> Markup:
    """The chart; colours and strokes are the style sheet's, so that they follow the colour scheme."""
    steps = [step for points in lines.values() for step, _ in points]
    values = [value for points in lines.values() for _, value in points if value is not None]
    across = axis_over([0.0, *steps], LEFT, WIDTH - RIGHT)
    across = Axis(across.low, across.high, across.start, across.end)  # steps are never logarithmic
    up = axis_over(values, HEIGHT - BOTTOM, TOP)
    drawn = [_line(source, points, across, up) for source, points in lines.items()]
    return tag(
        "svg",
        *_grid(across, up),
        *drawn,
        on={"viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}", "role": "img", "aria-label": label},
    )


def _grid(across: Axis, up: Axis) -> list[Markup]:
    parts = []
    for value in up.ticks():
        y = f"{up.place(value):.1f}"
        parts.append(tag("path", on={"class": "grid", "d": f"M{LEFT:g} {y}H{WIDTH - RIGHT:g}"}))
        parts.append(tag("text", f"{value:.4g}", on={"x": f"{LEFT - 6:g}", "y": y, "class": "up"}))
    for value in across.ticks(4):
        x = f"{across.place(value):.1f}"
        parts.append(
            tag("text", f"{value:,.0f}", on={"x": x, "y": f"{HEIGHT - BOTTOM + 15:g}", "class": "across"})
        )
    middle = f"{(LEFT + WIDTH - RIGHT) / 2:g}"
    parts.append(tag("text", "step", on={"x": middle, "y": f"{HEIGHT - 5:g}", "class": "across"}))
    return parts


def _line(source: str, points: Sequence[Point], across: Axis, up: Axis) -> Markup:
    """A line that is interrupted where the value was not finite; the points of a short one are marked."""
    path, dots, pen = [], [], "M"
    for step, value in points:
        if value is None:
            pen = "M"
            continue
        x, y = f"{across.place(step):.1f}", f"{up.place(value):.1f}"
        path.append(f"{pen}{x} {y}")
        dots.append(tag("circle", on={"cx": x, "cy": y, "r": "2.5"}))
        pen = "L"
    marks = dots if len(dots) <= MARKED else []
    line = tag("path", on={"class": "line", "d": "".join(path)})
    return tag("g", tag("title", source or "value"), line, *marks, on={"class": source or "other"})
