"""Strokes as many short segments: Catmull–Rom curves, laid out as index arrays for a whole class at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .skeletons import SKELETONS, Point, Stroke, Writing

PIECES = 4  # segments between two control points

Layout = tuple[list[Point], list[list[int]], list[list[float]], list[tuple[int, int]]]


@dataclass(frozen=True)
class Curves:
    """The V writings of a symbol, padded to the same numbers of control points, samples and segments.

    Sample p of writing v is Σ_k weights[v, p, k] · controls[v, anchors[v, p, k]]; segment s joins the samples
    starts[v, s] and ends[v, s]. Padding repeats what is there already.
    """

    controls: np.ndarray  # (V, K, 2) float64
    anchors: np.ndarray  # (V, P, 4) int64
    weights: np.ndarray  # (V, P, 4) float64
    starts: np.ndarray  # (V, S) int64
    ends: np.ndarray  # (V, S) int64

    def samples(self, writings: np.ndarray, controls: np.ndarray) -> np.ndarray:
        """Points (B, P, 2) on the curves of `writings` (B,) with these control points (B, K, 2)."""
        anchors, weights = self.anchors[writings], self.weights[writings]
        rows = np.arange(len(writings))[:, None]
        points = np.zeros((*anchors.shape[:2], 2))
        for k in range(4):  # in this order everywhere: no matrix product, whose sums depend on the machine
            points += weights[..., k, None] * controls[rows, anchors[..., k]]
        return points


@lru_cache(maxsize=32)
def curves(symbol: str) -> Curves:
    """The curves of a symbol."""
    controls, anchors, weights, links = zip(*map(_lay_out, SKELETONS[symbol]), strict=True)
    segments = _stacked([np.array(of_writing) for of_writing in links])
    return Curves(
        _stacked([np.array(points) for points in controls]),
        _stacked([np.array(of_writing) for of_writing in anchors]),
        _stacked([np.array(of_writing) for of_writing in weights]),
        segments[..., 0],
        segments[..., 1],
    )


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    """Arrays of different lengths as one, the shorter ones continued with their last row."""
    longest = max(map(len, arrays))
    return np.stack(
        [np.concatenate([one, np.repeat(one[-1:], longest - len(one), axis=0)]) for one in arrays]
    )


def _lay_out(writing: Writing) -> Layout:
    """Control points, and anchors, weights and links of the samples of all strokes."""
    controls: list[Point] = []
    anchors: list[list[int]] = []
    weights: list[list[float]] = []
    links: list[tuple[int, int]] = []
    for stroke in writing:
        knots = _knots(stroke, controls)
        first = len(anchors)
        for i in range(len(knots) - 1):
            if knots[i] != knots[i + 1]:
                around = [knots[max(i - 1, 0)], knots[i], knots[i + 1], knots[min(i + 2, len(knots) - 1)]]
                for piece in range(PIECES):
                    anchors.append(around)
                    weights.append(catmull_rom(piece / PIECES))
        anchors.append([knots[-1]] * 4)
        weights.append([0.0, 1.0, 0.0, 0.0])
        links += [(p, p + 1) for p in range(first, len(anchors) - 1)]
    return controls, anchors, weights, links


def _knots(stroke: Stroke, controls: list[Point]) -> list[int]:
    """Places of the stroke's points among the `controls`, which it joins; a corner is one point."""
    places: list[int] = []
    for i, point in enumerate(stroke):
        if not i or point != stroke[i - 1]:
            controls.append(point)
        places.append(len(controls) - 1)
    return places


def catmull_rom(t: float) -> list[float]:
    """Weights of four points for a point between the second (t = 0) and the third (t = 1).

    >>> catmull_rom(0.5)
    [-0.0625, 0.5625, 0.5625, -0.0625]
    """
    return [
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (-(t**2) + t**3) / 2,
    ]
