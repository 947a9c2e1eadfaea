"""Degenerate input to every registered metric: a defined value or a clear message, never a wrong number.

The metrics are those that the catalog finds, so that a new one is tested without being named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from disentcli.errors import DisentError, Unsupported

from .degenerate import METRICS, Inputs, MissingClass, UnseenClass, asks_for, mixed, outcome

OF_CODES = ("codes", "codes_of_runs", "sampler", "encode_factors", "representations")
OF_FACTORS = ("factors", "sampler", "factor_sizes", "representations")
GIVEN = ("factors", "representations")


def with_value(value: float) -> Callable[[np.ndarray], np.ndarray]:
    """Codes of which every seventh has one bad latent."""

    def encode(factors: np.ndarray) -> np.ndarray:
        codes = mixed(factors)
        codes[::7, 1] = value
        return codes

    return encode


def padded(factors: np.ndarray) -> np.ndarray:
    """Informative codes beside a constant and a duplicated one."""
    codes = mixed(factors)
    return np.hstack([codes, np.full((len(codes), 1), 0.1), codes[:, :1]])


DEFINED = {
    "well-formed": Inputs(),
    "constant codes": Inputs(lambda factors: np.full((len(factors), 3), 0.1)),
    "some codes constant or duplicated": Inputs(padded),
    "binary codes": Inputs(lambda factors: (factors > 0).astype(float)),
    "whole numbers as codes": Inputs(lambda factors: factors),
    "codes in single precision": Inputs(lambda factors: mixed(factors).astype(np.float32)),
    "tiny codes": Inputs(lambda factors: 1e-12 * mixed(factors)),
    "codes far from zero": Inputs(lambda factors: 1e6 + mixed(factors)),
    "one code": Inputs(lambda factors: mixed(factors)[:, :1]),
    "more codes than points": Inputs(lambda factors: np.tile(mixed(factors), 10), points=20, test_points=12),
    "fewer points than bins": Inputs(points=7, test_points=4),
    "one point": Inputs(points=1, test_points=1),
    "two points": Inputs(points=2, test_points=2),
    "one factor": Inputs(lambda factors: np.hstack([factors, factors**2]), sizes=(4,)),
    "a class missing in test": MissingClass(),
    "a class unseen in training": UnseenClass(),
    "continuous factors": Inputs(relabel=mixed),
    "one factor continuous": Inputs(
        relabel=lambda factors: np.column_stack([factors[:, :2], mixed(factors)])
    ),
}

REASONS = {  # why some metrics give no value in these cases; in all others each of them gives one
    "constant codes": "no latent answers to any factor|no code varies|moves no code|all 3 codes are constant",
    "one code": r"at least 2.*, got 1",
    "more codes than points": "30 labels are more than the 20 training points",
    "fewer points than bins": r"labels are more than the 7 training points|of 7 training points.*: too few",
    "one point": r"single value in these 1 points|of 1 training points.*: too few|at least 2 .*, got 1",
    "two points": r"single value in these 2 points|of 2 training points.*: too few",
    "one factor": r"at least 2.*, got (\d+ and )?1",
    "continuous factors": "is continuous and has no classes",
}


@pytest.mark.parametrize("case", DEFINED)
@pytest.mark.parametrize("metric", METRICS)
def test_a_defined_value_or_a_message(metric: str, case: str) -> None:
    found = outcome(metric, DEFINED[case])
    if isinstance(found, DisentError):
        assert case in REASONS, f"the other metrics give a value: {found}"
        assert isinstance(found, Unsupported)
        assert re.search(REASONS[case], str(found)), found


def refused(metric: str, inputs: Inputs, message: str) -> None:
    """The metric refuses such input, with a message that names what is wrong with it."""
    found = outcome(metric, inputs)
    assert isinstance(found, DisentError)
    assert re.search(message, str(found)), found


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "inf"])
@pytest.mark.parametrize("metric", [name for name in METRICS if asks_for(name, *OF_CODES)])
def test_codes_that_are_not_finite_are_refused(metric: str, value: float) -> None:
    refused(metric, Inputs(with_value(value)), rf"not finite: row \d+, column 1 is {value}")


@pytest.mark.parametrize("metric", [name for name in METRICS if asks_for(name, *GIVEN)])
def test_factors_that_are_not_finite_are_refused(metric: str) -> None:
    def relabel(factors: np.ndarray) -> np.ndarray:
        return np.where(np.arange(len(factors))[:, None] % 7, factors, np.nan)

    refused(metric, Inputs(relabel=relabel), r"factors .*not finite: row \d+, column 0 is nan")


@pytest.mark.parametrize("metric", [name for name in METRICS if asks_for(name, *GIVEN)])
def test_codes_and_factors_of_other_lengths_are_refused(metric: str) -> None:
    refused(metric, Inputs(relabel=lambda factors: factors[:-1]), r"rows of codes but [\d,]+ of factors")


@pytest.mark.parametrize("shape", [(-1,), (-1, 1, 3)], ids=["vector", "three-way"])
@pytest.mark.parametrize("metric", [name for name in METRICS if asks_for(name, "codes", "representations")])
def test_codes_that_are_no_matrix_are_refused(metric: str, shape: tuple[int, ...]) -> None:
    inputs = Inputs(lambda factors: mixed(factors).reshape(shape))
    refused(metric, inputs, "must be a matrix of one row a point, not of shape")


@pytest.mark.parametrize("metric", [name for name in METRICS if asks_for(name, *OF_FACTORS)])
def test_a_factor_with_one_value_has_nothing_to_find(metric: str) -> None:
    """Codes of noise: a number here would be made of nothing."""
    inputs = Inputs(lambda factors: np.random.default_rng(0).normal(size=(len(factors), 3)), sizes=(1,))
    found = outcome(metric, inputs)
    if metric == "responses":  # its matrix needs no factors
        assert np.isnan(found["causal_disentanglement_score"])  # type: ignore[index]
    else:
        assert isinstance(found, Unsupported)


LABELS = {
    "floats": lambda factors: factors.astype(float),
    "float32": lambda factors: factors.astype(np.float32),
    "small unsigned": lambda factors: factors.astype(np.uint8),
    "negative": lambda factors: factors - 2,
    "from a thousand": lambda factors: factors + 1000,
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("metric", [name for name in METRICS if asks_for(name, *GIVEN)])
def test_how_classes_are_written_does_not_matter(metric: str, kind: str) -> None:
    expected, found = outcome(metric, Inputs()), outcome(metric, Inputs(relabel=LABELS[kind]))
    assert isinstance(expected, dict)
    assert isinstance(found, dict), found
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)
