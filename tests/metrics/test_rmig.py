"""RMIG and JEMMIG against the authors' own values (inputs A, C, E), closed forms and odd input.

clarken92/DisentanglementMetrics ada6b5e, in float32, on the codes of tests/metrics/reference.py,
standardised; standard deviation 0.1 of every code, or 0 for a deterministic encoder.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.jemmig import jemmig
from disentcli.metrics.noisy_codes import quantised_entropies
from disentcli.metrics.rmig import rmig

from . import reference

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}

QUANTISED = {  # (input, deviation, bins): RMIG and normalised JEMMIG of every factor
    ("A", 0.1, 100): (
        [0.999029040337, 0.994102716446, 0.586282789707, 0.621177494526, 0.624589323997],
        [0.288089185953, 0.258359640837, 0.38198402524, 0.3661249578, 0.364660531282],
    ),
    ("A", 0.1, 200): (
        [0.999017000198, 0.994104623795, 0.58628320694, 0.621177196503, 0.624588727951],
        [0.365233242512, 0.330866664648, 0.429655730724, 0.416267514229, 0.414917886257],
    ),
    ("A", 0.0, 100): (
        [0.99609798193, 0.994616210461, 0.982240796089, 0.982454717159, 0.981096208096],
        [0.000751479237806, 0.00150782079436, 0.00789708364755, 0.0075321267359, 0.00811559893191],
    ),
    ("C", 0.1, 100): (
        [0.66980355978, 0.418613761663, 0.197304964066, 0.214532002807, 0.212344735861],
        [0.617590785027, 0.657083272934, 0.737695336342, 0.727277696133, 0.729698240757],
    ),
    ("C", 0.1, 200): (
        [0.669803798199, 0.41861385107, 0.197303682566, 0.214531943202, 0.212344869971],
        [0.65902775526, 0.690608620644, 0.757930636406, 0.748850286007, 0.751080274582],
    ),
    ("C", 0.0, 100): (
        [0.678956925869, 0.421627730131, 0.183870404959, 0.204808801413, 0.200377076864],
        [0.610731780529, 0.651131927967, 0.734324395657, 0.722817957401, 0.726555168629],
    ),
    ("E", 0.1, 100): (
        [0.269834727049, 0.253228545189, 0.261493861675, 0.268259912729, 0.216928243637, 0.344960182905],
        [0.617892503738, 0.628154218197, 0.620393812656, 0.613332211971, 0.455231040716, 0.467080324888],
    ),
    ("E", 0.1, 200): (
        [0.269838094711, 0.253246098757, 0.261501908302, 0.268242239952, 0.216969802976, 0.344971895218],
        [0.65273976326, 0.662061095238, 0.655011236668, 0.649665594101, 0.511714994907, 0.513216733932],
    ),
    ("E", 0.0, 100): (
        [0.284803628922, 0.26473236084, 0.27324411273, 0.284547656775, 0.19842594862, 0.39718875289],
        [0.393958717585, 0.406439453363, 0.400494873524, 0.378015637398, 0.185419872403, 0.2231900841],
    ),
}
SAMPLED = {  # input: RMIG and JEMMIG of 1000 samples with RandomState(0)
    "A": (0.765954494476, -0.0751219764352),
    "C": (0.346060454845, 2.57126116753),
    "E": (0.270470410585, 1.31775081158),
}


def standardised_points(name: str) -> tuple[np.ndarray, np.ndarray]:
    codes, factors = (part[: reference.TRAIN] for part in INPUTS[name]())
    codes = (codes - codes.mean(axis=0)) / codes.std(axis=0)
    return codes.astype(np.float32).astype(float), factors


@pytest.mark.parametrize(("name", "deviation", "bins"), QUANTISED)
def test_quantised(name: str, deviation: float, bins: int) -> None:
    codes, factors = standardised_points(name)
    spread = np.full(codes.shape, deviation) if deviation else None
    gaps = rmig(codes, factors, spread, bins=bins, standardise=False)
    joint = jemmig(codes, factors, spread, bins=bins, standardise=False)
    expected_gaps, expected_joint = QUANTISED[name, deviation, bins]
    np.testing.assert_allclose(gaps["per_factor"], expected_gaps, atol=2e-5)
    np.testing.assert_allclose(joint["normalised_per_factor"], expected_joint, atol=2e-5)
    assert gaps["rmig"] == pytest.approx(np.mean(expected_gaps), abs=2e-5)
    assert joint["jemmig_normalised"] == pytest.approx(np.mean(expected_joint), abs=2e-5)
    assert joint["jemmig_inverted"] == pytest.approx(1 - np.mean(expected_joint), abs=2e-5)


@pytest.mark.parametrize(
    "name", ["A", pytest.param("C", marks=pytest.mark.slow), pytest.param("E", marks=pytest.mark.slow)]
)
def test_sampling_with_the_same_draws(name: str) -> None:
    codes, factors = standardised_points(name)
    options = {"estimator": "sampling", "num_samples": 1000, "standardise": False}
    spread = np.full(codes.shape, 0.1)
    expected_gap, expected_joint = SAMPLED[name]
    assert rmig(codes, factors, spread, **options)["rmig"] == pytest.approx(expected_gap, abs=2e-5)
    joint = jemmig(codes, factors, spread, **options)
    assert joint["jemmig"] == pytest.approx(expected_joint, abs=2e-5)
    assert "jemmig_normalised" not in joint


def test_estimators_agree_where_bins_are_fine() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers([3, 4], size=(800, 2))
    codes = (factors - factors.mean(axis=0)) / factors.std(axis=0) + 0.1 * rng.normal(size=(800, 2))
    spread = rng.uniform(0.2, 0.4, size=codes.shape)
    fine = rmig(codes, factors, spread, bins=200, standardise=False)["rmig"]
    drawn = rmig(codes, factors, spread, estimator="sampling", num_samples=4000, standardise=False)["rmig"]
    assert drawn == pytest.approx(fine, abs=0.02)


def test_the_entropy_of_one_wide_code_is_the_gaussians() -> None:
    found = quantised_entropies(
        np.zeros((50, 1)), np.full((50, 1), 0.5), np.arange(50)[:, None] % 2, 200, (-4, 4)
    )
    assert found.codes[0] == pytest.approx(norm.entropy(scale=0.5) - np.log(8 / 200), abs=1e-6)
    assert found.information[0, 0] == pytest.approx(0.0, abs=1e-12)
    assert found.factors[0] == pytest.approx(np.log(2))


def test_perfect_duplicated_and_dead_codes_of_a_deterministic_encoder() -> None:
    factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    perfect = factors.astype(float)
    assert rmig(perfect, factors)["rmig"] == pytest.approx(1.0)
    assert jemmig(perfect, factors)["jemmig"] == pytest.approx(0.0, abs=1e-9)
    twice = np.hstack([perfect, perfect])
    assert rmig(twice, factors)["rmig"] == pytest.approx(0.0, abs=1e-12)
    dead = np.ones((60, 2))
    assert rmig(dead, factors)["rmig"] == 0.0
    with pytest.raises(Unsupported, match="no code varies"):
        jemmig(dead, factors)
    pair = np.stack([factors[:, 0] * 4 + factors[:, 1], factors[:, 2]], axis=1).astype(float)
    assert rmig(pair, factors)["rmig"] == pytest.approx(1.0)
    assert jemmig(pair, factors)["jemmig"] == pytest.approx(
        (np.log(4) + np.log(3)) / 3
    )  # what each has besides


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 2))
def test_bounds_and_order_and_affine_maps(seed: int, deviation: float) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.integers(4, size=(60, 2))
    factors[:4] = np.arange(4)[:, None]
    codes = rng.normal(size=(60, 3))
    spread = np.full(codes.shape, deviation)
    gaps, joint = rmig(codes, factors, spread, bins=30), jemmig(codes, factors, spread, bins=30)
    assert 0 <= gaps["rmig"] <= 1
    assert 0 <= joint["jemmig_normalised"] <= 1
    moved = rmig(codes[:, ::-1] * 8 + 16, factors, spread * 8, bins=30)  # exact in binary
    assert moved["rmig"] == pytest.approx(gaps["rmig"], abs=1e-6)


def test_codes_beyond_the_limits_are_in_the_last_bins() -> None:
    factors = np.arange(40)[:, None] % 2
    codes = np.hstack([factors * 200.0 - 100, np.zeros((40, 1))])
    assert rmig(codes, factors, standardise=False)["rmig"] == pytest.approx(1.0)


def test_odd_input_says_what_is_wrong() -> None:
    factors = np.arange(20)[:, None] % 2
    codes = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(Unsupported, match="a deterministic code has no density"):
        rmig(codes, factors, estimator="sampling")
    with pytest.raises(CallError, match="num-samples is at least 1"):
        rmig(codes, factors, np.ones((20, 2)), estimator="sampling", num_samples=0)
    with pytest.raises(CallError, match="known: quantised, sampling"):
        jemmig(codes, factors, estimator="knn")  # type: ignore[arg-type]
    with pytest.raises(CallError, match=r"code_std must be of the codes' shape \(20, 2\)"):
        rmig(codes, factors, np.ones((20, 1)))
    with pytest.raises(CallError, match="nowhere negative"):
        rmig(codes, factors, -np.ones((20, 2)))
    with pytest.raises(CallError, match="0 bins between"):
        rmig(codes, factors, bins=0)
    with pytest.raises(CallError, match="low < high"):
        rmig(codes, factors, limits=(4, -4))
    with pytest.raises(CallError, match="row 0, column 0 is nan"):
        jemmig(codes * np.nan, factors)
    with pytest.raises(Unsupported, match="latent-dim of at least 2"):
        jemmig(codes[:, :1], factors)
    with pytest.raises(Unsupported, match="factor 0 has a single value"):
        rmig(codes, factors * 0)
