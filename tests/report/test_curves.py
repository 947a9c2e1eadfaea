"""Training curves: every point where it belongs, as numpy says."""

from __future__ import annotations

import doctest
import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.report import axis, curves
from disentcli.report.axis import Axis, axis_over, round_values

from .reading import Page


def lines_of(records: list[dict[str, float | None]]) -> dict[str, list[list[float]]]:
    """Source of each line → its points (x, y) as drawn, of a page with one chart."""
    html = str(curves.render_curves(records, 10**6))
    svg = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    found = {}
    for group in svg.iter("g"):
        numbers = re.findall(r"[ML](\S+) ([-\d.]+)", group.find("path").get("d", ""))  # type: ignore[union-attr]
        found[group.get("class", "")] = [[float(x), float(y)] for x, y in numbers]
        marks = [[float(dot.get("cx", "")), float(dot.get("cy", ""))] for dot in group.iter("circle")]
        assert marks == (found[group.get("class", "")] if len(records) <= curves.MARKED else [])
    return found


def test_examples_hold() -> None:
    assert doctest.testmod(axis).attempted == 2
    assert not doctest.testmod(axis).failed


def test_a_line_runs_linearly_between_the_ends_of_its_axes() -> None:
    steps, values = np.arange(10, 110, 10), np.linspace(5.0, 1.0, 10) ** 1.5
    records = [
        {"step": int(s), "train/kl": float(v), "val/kl": 2.0} for s, v in zip(steps, values, strict=True)
    ]
    drawn = lines_of(records)
    x = np.interp(steps, [0, 100], [curves.LEFT, curves.WIDTH - curves.RIGHT])
    low, high = values.min(), values.max()
    y = np.interp(values, [low, high], [curves.HEIGHT - curves.BOTTOM, curves.TOP])
    np.testing.assert_allclose(drawn["train"], np.stack([x, y], axis=1), atol=0.051)
    np.testing.assert_allclose(np.array(drawn["val"])[:, 0], x, atol=0.051)


def test_a_stage_is_marked_where_it_begins() -> None:
    records = [{"step": step, "train/kl": float(step)} for step in range(10, 110, 10)]
    html = str(curves.render_curves(records, 10**6, {40: "relational"}))
    x = np.interp(40, [0, 100], [curves.LEFT, curves.WIDTH - curves.RIGHT])
    assert f'd="M{x:.1f} {curves.TOP}V{curves.HEIGHT - curves.BOTTOM}"' in html
    assert re.search(rf'<text x="{x:.1f}"[^>]*>relational</text>', html)
    assert "stage" not in str(curves.render_curves(records, 10**6))


def test_values_of_many_magnitudes_are_drawn_by_their_logarithm() -> None:
    axis = axis_over([0.01, 1.0, 100.0], 200.0, 0.0)
    assert axis.logarithmic
    assert [axis.place(v) for v in (0.01, 1.0, 100.0)] == pytest.approx([200, 100, 0])
    assert not axis_over([-1.0, 1e6], 0, 1).logarithmic


def test_a_value_that_was_not_finite_interrupts_the_line() -> None:
    html = str(
        curves.render_curves([{"step": n, "lr": None if n == 2 else float(n)} for n in range(5)], 10**6)
    )
    path = re.search(r'<path class="line" d="([^"]+)"', html)
    assert path is not None
    assert [len(part.split("L")) for part in path[1].split("M")[1:]] == [2, 2]


def test_a_quantity_that_was_never_finite_is_said_to_be_so() -> None:
    assert "was never finite" in curves.render_curves([{"step": 1, "train/loss": None}], 0)


def test_nothing_recorded_yet() -> None:
    assert "Nothing was recorded" in curves.render_curves([], 0)


def test_long_records_are_thinned_to_their_room_and_keep_their_ends() -> None:
    points = [(n, float(n)) for n in range(10_001)]
    thin = curves.thin(points, 150)
    assert (len(thin), thin[0], thin[-1]) == (150, (0, 0.0), (10_000, 10_000.0))
    assert max(np.diff([step for step, _ in thin])) <= math.ceil(10_000 / 149) + 1
    records = [{"step": n, "train/a": n / 7, "val/a": -n / 7, "train/b": 1.0} for n in range(10_001)]
    sizes = [len(curves.render_curves(records, room)) for room in (0, 4_000, 10**6)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < sizes[2] < 20_000


def test_quantities_beyond_the_first_are_named() -> None:
    records = [{"step": step, **{f"val/m<{n}>": 1.0 / step for n in range(30)}} for step in (1, 2)]
    page = Page(str(curves.render_curves(records, 0)))
    assert len([tag for tag, _ in page.elements if tag == "svg"]) == curves.CHARTS
    assert "Not drawn: m<24>, m<25>, " in page.text


def test_what_is_constant_or_was_recorded_once_has_no_empty_chart_but_its_value_in_words() -> None:
    records = [
        {"step": step, "lr": 5e-4, "train/loss": 3.0 / step, "train/a": float(step)} for step in (1, 2)
    ]
    records[-1] |= {"val/once": 0.25}
    page = Page(str(curves.render_curves(records, 10**6)))
    assert len([tag for tag, _ in page.elements if tag == "svg"]) == 2
    assert "Without a curve: lr 0.0005; once val 0.25." in page.text


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_are_round_evenly_spaced_and_inside(low: float, width: float, most: int) -> None:
    high = low + width
    if high - low < 1e-9 * abs(high):
        return  # so narrow that no float lies at a round number
    ticks = round_values(low, high, most)
    assert len(ticks) <= most
    slack = 1e-6 * width + 1e-9 * abs(high)
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    if len(ticks) > 1:
        step = (ticks[-1] - ticks[0]) / (len(ticks) - 1)
        np.testing.assert_allclose(np.diff(ticks), step, rtol=1e-3)


@given(st.floats(1e-9, 1e9), st.floats(31.0, 1e12))
def test_logarithmic_ticks_are_few_and_inside(low: float, ratio: float) -> None:
    ticks = Axis(low, low * ratio, 0, 1, logarithmic=True).ticks()
    assert 1 <= len(ticks) <= 5
    assert all(low <= tick <= low * ratio for tick in ticks)
