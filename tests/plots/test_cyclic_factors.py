"""Hues and angles go round; what only sounds so, or stops before a whole turn, does not."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from disentcli.plots import cyclic_factors
from disentcli.plots.cyclic_factors import cycle_of


def test_examples_hold() -> None:
    assert doctest.testmod(cyclic_factors).attempted == 2
    assert not doctest.testmod(cyclic_factors).failed


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("object_hue", np.arange(10) / 10, ("hsv", 1.0)),  # 3D Shapes
        ("orientation", np.linspace(0, 2 * np.pi, 40), ("twilight", 2 * np.pi)),  # dSprites: both ends
        ("azimuth", np.arange(24) * 15.0, ("twilight", 360.0)),  # Cars3D
        ("orientation", np.linspace(-30, 30, 15), None),  # 3D Shapes: a part of a turn
        ("angle", [0.0, 120.0, 240.0], ("twilight", 360.0)),
        ("hue", [0.0, 0.1, 0.2], None),
        ("x_position", np.linspace(0, 1, 32), None),
        ("huel", np.arange(10) / 10, None),
        ("hue", [0.0, 1.0], None),
    ],
)
def test_which_factors_go_round(name: str, values: np.ndarray, expected: tuple[str, float] | None) -> None:
    found = cycle_of(name, list(values))
    assert found == (None if expected is None else (expected[0], pytest.approx(expected[1])))
