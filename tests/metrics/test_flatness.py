"""Flatness against disent's own values (mean of 5 seeds, 128 repeats) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.flatness import flatness, widths_and_steps
from disentcli.metrics.sampling import FunctionFactorSampler

from .samplers import SAMPLERS

DISENT = {  # mean and four standard deviations
    "A": {
        **dict.fromkeys(("flatness", "flatness_l1", "flatness_l2"), (1.0, 1e-06)),
        **dict.fromkeys(("width_l1", "width_l2", "length_l1", "length_l2"), (21.6, 1e-06)),
    },
    "C": {
        "flatness": (0.0911105, 0.0020),
        "flatness_l1": (0.226724, 0.0074),
        "flatness_l2": (0.226535, 0.0027),
        "width_l1": (14.897, 0.26),
        "width_l2": (5.95782, 0.076),
        "length_l1": (181.273, 1.6),
        "length_l2": (73.3261, 0.54),
    },
    "E": {
        "flatness": (0.565560, 0.0036),
        "flatness_l1": (1.0, 1e-6),
        "flatness_l2": (0.845422, 0.0063),
        "width_l1": (6.78062, 0.059),
        "width_l2": (3.80757, 0.040),
        "length_l1": (6.78062, 0.059),
        "length_l2": (4.55349, 0.039),
    },
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_equals_disent(name: str) -> None:
    result = flatness(SAMPLERS[name], np.random.RandomState(0), repeats=128)
    for score, (mean, tolerance) in DISENT[name].items():
        assert result[score] == pytest.approx(mean, abs=tolerance), score  # type: ignore[literal-required]


def test_the_same_seed_draws_the_traversals_of_disent() -> None:
    result = flatness(SAMPLERS["E"], np.random.RandomState(0), repeats=128)
    assert result["flatness"] == pytest.approx(0.566465854645, abs=1e-6)
    assert result["width_l1"] == pytest.approx(6.76606607437, abs=1e-5)


def test_a_line_across_the_axes_is_flat_in_one_norm_only() -> None:
    rotation = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    result = flatness(
        FunctionFactorSampler((5, 9), lambda f: f @ rotation), np.random.RandomState(0), repeats=3
    )
    assert (result["flatness_l1"], result["flatness_l2"]) == pytest.approx((1, 1))
    assert result["flatness"] == pytest.approx(1 / np.sqrt(2))


def test_a_circle() -> None:
    def circle(factors: np.ndarray) -> np.ndarray:
        angle = 2 * np.pi * factors[:, 0] / 100
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)

    result = flatness(FunctionFactorSampler((100,), circle), np.random.RandomState(0), repeats=2)
    assert result["width_l2"] == pytest.approx(2)
    assert result["length_l2"] == pytest.approx(99 * 2 * np.sin(np.pi / 100))


def test_a_factor_that_moves_no_code_counts_as_zero_and_one_of_one_value_not_at_all() -> None:
    sampler = FunctionFactorSampler((5, 1, 4), lambda factors: factors[:, :1] * np.array([1.0, 0, 0]))
    result = flatness(sampler, np.random.RandomState(0), repeats=2)
    assert result["flatness"] == 0.5
    assert result["widths"].tolist() == [[4, 0], [4, 0]]


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = flatness(SAMPLERS["E"], np.random.RandomState(0), repeats=20)["flatness"]
    monkeypatch.setattr("disentcli.metrics.factor_traversals.CELLS", 5000)
    assert flatness(SAMPLERS["E"], np.random.RandomState(0), repeats=20)["flatness"] == pytest.approx(whole)


def test_widths_and_steps() -> None:
    widths, steps = widths_and_steps(np.array([[[0.0, 0], [3, 4], [3, 5]]]))
    assert widths.ravel().tolist() == pytest.approx([8, np.sqrt(34)])
    assert steps.ravel().tolist() == pytest.approx([(7 + 1) / 2, (5 + 1) / 2])


def test_what_cannot_be_computed_is_said() -> None:
    with pytest.raises(Unsupported, match="no factor has more than one value"):
        flatness(FunctionFactorSampler((1, 1), np.asarray), np.random.RandomState(0))
    with pytest.raises(CallError, match="positive number of repeats"):
        flatness(SAMPLERS["A"], np.random.RandomState(0), repeats=0)
    with pytest.raises(CallError, match="row 0, column 0 is nan"):
        flatness(FunctionFactorSampler((3, 3), lambda factors: factors * np.nan), np.random.RandomState(0))
