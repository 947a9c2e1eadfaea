"""Coverage against closed forms and against matplotlib's point-in-polygon test."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path as Polygon

from disentcli.data.rendered.antialias import FULL, coverage
from disentcli.data.rendered.polygons import ONE, PIXEL, SHAPES, cos_sin, outline, posed

AREAS = {"square": 22.0**2, "ellipse": math.pi * 7 * 14, "heart": 180 * math.pi * 0.85**2}


@given(st.integers(-10_000, 10_000), st.integers(1, 5000))
def test_cosine_and_sine_are_right_to_the_last_unit(numerator: int, denominator: int) -> None:
    cos, sin = cos_sin(numerator, denominator)
    angle = 2 * math.pi * (numerator % denominator) / denominator
    assert abs(cos - ONE * math.cos(angle)) <= 0.51 + 1e-5
    assert abs(sin - ONE * math.sin(angle)) <= 0.51 + 1e-5


def test_whole_and_quarter_turns_are_exact() -> None:
    assert [cos_sin(k, 4) for k in range(5)] == [(ONE, 0), (0, ONE), (-ONE, 0), (0, -ONE), (ONE, 0)]


@pytest.mark.parametrize("shape", SHAPES)
def test_outlines_enclose_the_area_of_their_formula(shape: str) -> None:
    x, y = (outline(shape) / PIXEL).T
    shoelace = 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
    assert abs(abs(shoelace) / AREAS[shape] - 1) < 1e-4


@pytest.mark.parametrize("shape", SHAPES)
def test_no_outline_reaches_further_than_16_pixels(shape: str) -> None:
    assert np.hypot(*outline(shape).T).max() < 16 * PIXEL


def test_curves_have_at_least_256_vertices() -> None:
    assert min(len(outline("ellipse")), len(outline("heart"))) >= 256


@given(*[st.integers(0, 8 * PIXEL)] * 2, *[st.integers(0, 8 * 16)] * 2)
def test_a_rectangle_covers_what_its_sides_say(left: int, right: int, top: int, bottom: int) -> None:
    (left, right), (top, bottom) = sorted((left, right)), sorted((top * PIXEL // 16, bottom * PIXEL // 16))
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]])
    pixels = np.arange(8) * PIXEL
    across, down = (
        np.clip(np.minimum(high, pixels + PIXEL) - np.maximum(low, pixels), 0, None)
        for low, high in ((left, right), (top, bottom))
    )
    expected = down[:, None] * across[None, :] * 16 // PIXEL
    assert np.array_equal(coverage(corners, 8)[0], expected)
    assert np.array_equal(coverage(corners[:, ::-1], 8)[0], expected)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("turn", [(0, 1), (3, 39), (11, 39)])
def test_coverage_agrees_with_points_in_the_polygon(shape: str, turn: tuple[int, int]) -> None:
    polygon = posed(shape, (7, 10), turn) + 17 * PIXEL
    fine = (np.arange(34 * 16) + 0.5) / 16
    points = np.stack(np.meshgrid(fine, fine), axis=-1).reshape(-1, 2)
    inside = Polygon(polygon / PIXEL).contains_points(points).reshape(34, 16, 34, 16)
    difference = coverage(polygon[None], 34)[0] / FULL - inside.mean(axis=(1, 3))
    assert np.abs(difference).max() < 1 / 16
    assert abs(difference.sum()) < 0.5


@pytest.mark.parametrize("shape", SHAPES)
def test_coverage_sums_to_the_area(shape: str) -> None:
    covered = coverage(posed(shape, (9, 10), (5, 39))[None] + 17 * PIXEL, 34)
    assert abs(covered.sum() / FULL / (AREAS[shape] * 0.81) - 1) < 0.002


def test_many_polygons_are_covered_as_each_alone() -> None:
    polygons = np.stack([posed("heart", (1, 1), (k, 7)) for k in range(7)]) + 17 * PIXEL
    together = coverage(polygons, 34)
    alone = [coverage(polygon[None], 34)[0] for polygon in polygons]
    assert np.array_equal(together, alone)
