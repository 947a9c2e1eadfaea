"""Unfairness against disentanglement_lib's own values and closed forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.sampling import FunctionFactorSampler
from disentcli.metrics.unfairness import total_variation, unfairness

from . import reference

# scores of 10,000 points and of seeds 0 and 1; the boosted trees were those of scikit-learn 0.21 with seed 0
NOISY = {"tree": [(0.135234694409, 0.182159367204), (0.139163126601, 0.192706248909)]}
QUANTISED = {"tree": [(0.0296312497137, 0.045080556348), (0.0249495368968, 0.0385361117)]}


@dataclass
class NoisySampler:
    """Input C of the reference, drawn afresh."""

    sizes: tuple[int, ...] = reference.SIZES

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        return reference.noisy_codes(factors, rs)


SAMPLERS: dict[str, Callable[[], object]] = {
    "C": NoisySampler,
    "E": lambda: FunctionFactorSampler(reference.MIXED_SIZES, reference.quantised_codes),
}


@pytest.mark.parametrize(("name", "expected"), [("C", NOISY), ("E", QUANTISED)])
def test_one_tree_equals_disentanglement_lib(
    name: str, expected: dict[str, list[tuple[float, float]]]
) -> None:
    for seed, values in enumerate(expected["tree"]):
        result = unfairness(SAMPLERS[name](), np.random.RandomState(seed), predictor="tree")  # type: ignore[arg-type]
        assert (result["mean"], result["max"]) == pytest.approx(values, abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"), [("C", (0.143314361539, 0.188651035726)), ("E", (0.0248853710387, 0.0408000010997))]
)
def test_boosted_trees_equal_disentanglement_lib(name: str, expected: tuple[float, float]) -> None:
    result = unfairness(SAMPLERS[name](), np.random.RandomState(0))  # type: ignore[arg-type]
    assert (result["mean"], result["max"]) == pytest.approx(expected, abs=0.005)


def test_total_variation_of_known_counts() -> None:
    assert total_variation(np.array([[10, 20, 5], [30, 10, 5]])) == pytest.approx((0.1875, 0.229166667))
    assert total_variation(np.array([[5, 5], [3, 3]])) == (0, 0)
    assert total_variation(np.eye(2)) == (0.5, 0.5)


@pytest.mark.parametrize("predictor", ["gbt", "tree"])
def test_codes_that_are_the_factors_are_fair(predictor: str) -> None:
    sampler = FunctionFactorSampler((2, 3, 4), lambda factors: factors.astype(float))
    result = unfairness(
        sampler, np.random.RandomState(0), train_points=300, base_points=20, predictor=predictor
    )
    assert (result["mean"], result["max"]) == (0, 0)


def test_a_code_of_another_factor_alone_makes_predictions_follow_it() -> None:
    sampler = FunctionFactorSampler((2, 4), lambda factors: factors[:, 1:].astype(float))
    result = unfairness(sampler, np.random.RandomState(0), train_points=40, base_points=10)
    assert result["mean_per_pair"][1].tolist() == [0, 0]  # the second factor is read from its own code
    assert result["max_per_pair"][0, 1] > 0  # the first is guessed from the second
    assert result["mean"] == pytest.approx(result["mean_per_pair"].sum() / 2)


def test_dead_codes_give_the_same_prediction_for_all() -> None:
    sampler = FunctionFactorSampler((2, 3), lambda factors: np.zeros((len(factors), 2)))
    assert unfairness(sampler, np.random.RandomState(0), train_points=50, base_points=5)["max"] == 0


def test_one_factor_and_unknown_predictors_are_refused() -> None:
    sampler = FunctionFactorSampler((3,), lambda factors: factors.astype(float))
    with pytest.raises(Unsupported, match="at least 2, got 1"):
        unfairness(sampler, np.random.RandomState(0))
    with pytest.raises(CallError, match="choose one of gbt, tree"):
        unfairness(sampler, np.random.RandomState(0), predictor="forest")
