"""Strokes are Catmull–Rom curves through their control points, for every way of writing a symbol."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from disentcli.data.rendered.symbols import curves as module
from disentcli.data.rendered.symbols.curves import PIECES, curves
from disentcli.data.rendered.symbols.skeletons import SKELETONS, SYMBOLS


def sampled(symbol: str) -> np.ndarray:
    """The samples (V, P, 2) of all writings of a symbol."""
    shape = curves(symbol)
    return shape.samples(np.arange(len(shape.controls)), shape.controls)


def test_there_are_the_thirteen_symbols_of_hwf() -> None:
    assert SYMBOLS == (*"0123456789+-", "times") == tuple(SKELETONS)
    assert all(len(SKELETONS[symbol]) >= 3 for symbol in SYMBOLS)


def test_a_stroke_is_the_cubic_hermite_spline_of_the_mean_slopes() -> None:
    stroke = np.array(SKELETONS["0"][0][0])
    ends = np.concatenate([stroke[:1], stroke, stroke[-1:]])
    spline = CubicHermiteSpline(np.arange(len(stroke)), stroke, (ends[2:] - ends[:-2]) / 2)
    expected = spline(np.arange(0, len(stroke) - 1 + 1e-9, 1 / PIECES))
    np.testing.assert_allclose(sampled("0")[0][: len(expected)], expected, atol=1e-12)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_strokes_pass_through_their_points_and_are_not_joined(symbol: str) -> None:
    shape, points = curves(symbol), sampled(symbol)
    for v, writing in enumerate(SKELETONS[symbol]):
        for point in {point for stroke in writing for point in stroke}:
            assert np.abs(points[v] - point).sum(axis=1).min() < 1e-12
        links = set(zip(shape.starts[v].tolist(), shape.ends[v].tolist(), strict=True))
        pieces = sum(PIECES * (len(dict.fromkeys(stroke)) - 1) for stroke in writing)
        closed = sum(stroke[0] == stroke[-1] for stroke in writing)
        assert len(links) == pieces + PIECES * closed


def test_a_point_given_twice_is_a_corner() -> None:
    """At the corner of the 7 the top line ends level-headed, and the stem leaves in its own direction."""
    stroke = np.array(SKELETONS["7"][0][0])
    corner = 1 * PIECES
    points = sampled("7")[0]
    np.testing.assert_allclose(points[corner], stroke[1])
    top, stem = points[corner] - points[corner - 1], points[corner + 1] - points[corner]
    assert abs(top[1]) < 0.02 * abs(top[0])
    assert stem[1] > 2 * abs(stem[0])


def test_examples_hold() -> None:
    assert doctest.testmod(module) == (0, 1)
