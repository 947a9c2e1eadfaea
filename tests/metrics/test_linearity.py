"""Linearity against disent's own values (mean of 3 seeds, 64 repeats) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import Unsupported
from disentcli.metrics.linearity import dominance, linearity
from disentcli.metrics.sampling import FunctionFactorSampler

from .samplers import SAMPLERS

NAMES = ("axis_ratio", "linear_ratio", "axis_alignment", "axis_ratio_of_means")
DISENT = {
    "A": (1.0, 1.0, 1.0, 1.0),
    "C": (0.139085, 0.267183, 0.525378, 0.0961763),
    "E": (0.512819, 0.974366, 0.526363, 0.512510),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_equals_disent(name: str) -> None:
    result = linearity(SAMPLERS[name], np.random.RandomState(0), repeats=256)
    for score, expected in zip(NAMES, DISENT[name], strict=True):
        tolerance = 0.04 if (name, score) == ("C", "axis_alignment") else 0.01
        assert result[score] == pytest.approx(expected, abs=tolerance), score  # type: ignore[literal-required]


def test_a_line_across_the_axes_is_linear_and_not_aligned() -> None:
    rotation = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    result = linearity(
        FunctionFactorSampler((5, 9), lambda f: f @ rotation), np.random.RandomState(0), repeats=3
    )
    assert result["linear_ratio"] == pytest.approx(1)
    assert result["axis_ratio"] == result["axis_alignment"] == pytest.approx(0, abs=1e-7)


def test_traversals_that_move_nothing_stand_aside() -> None:
    sampler = FunctionFactorSampler((4, 2), lambda f: np.stack([f[:, 0] * f[:, 1], f[:, 1] * 1.0], axis=1))
    result = linearity(sampler, np.random.RandomState(0), repeats=50)  # factor 1 = 0: factor 0 moves nothing
    assert result["axis_ratio"] > 0.2
    assert result["per_factor"][0, 0] == 1


def test_dominance() -> None:
    assert dominance(np.array([4.0, 0, 0, 0])) == 1
    assert dominance(np.full((2, 4), 0.7)).tolist() == [0, 0]
    assert dominance(np.array([3.0, 1])) == 0.5


def test_what_cannot_be_computed_is_said() -> None:
    with pytest.raises(Unsupported, match="needs at least 2, got 1"):
        linearity(FunctionFactorSampler((3,), lambda factors: factors * 1.0), np.random.RandomState(0))
    dead = FunctionFactorSampler((3, 3), lambda factors: factors * 0.0)
    with pytest.raises(Unsupported, match="factor 0 moves no code"):
        linearity(dead, np.random.RandomState(0))
