"""Conditioned responses and their score against the authors' values on an analytic autoencoder."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import Unsupported
from disentcli.metrics.cds import causal_disentanglement, cds, draw_factor_traversals, draw_orders

from . import reference

SCORES = {"linear": (0.460171481967, 0.00139303356764), "tanh": (0.328259769082, 0.00840783418866)}
FIRST_SEED = {"linear": 0.459815472364, "tanh": 0.32028567791}


@pytest.mark.parametrize("kind", SCORES)
def test_score_of_the_authors_matrix(kind: str) -> None:
    matrix = reference.ARRAYS[f"{kind}_conditioned_mat_first_seed"].astype(float)
    assert causal_disentanglement(matrix) == pytest.approx(FIRST_SEED[kind], abs=1e-6)


@pytest.mark.parametrize("kind", SCORES)
def test_default_agrees_with_the_authors_over_seeds(kind: str) -> None:
    respond, encode_factors = reference.analytic_autoencoder(kind)
    codes = reference.ARRAYS["autoencoder_samples"]
    found = [
        cds(codes, reference.MIXED_SIZES, encode_factors, respond, np.random.default_rng(seed))
        for seed in range(4)
    ]
    mean, deviation = SCORES[kind]
    tolerance = max(4 * deviation * np.sqrt(1 / 4 + 1 / 10), 0.004)
    assert np.mean([one["causal_disentanglement"] for one in found]) == pytest.approx(mean, abs=tolerance)
    average = np.mean([one["conditioned_responses"] for one in found], axis=0)
    spread = 4 * reference.ARRAYS[f"{kind}_conditioned_mat_std"] * np.sqrt(1 / 4 + 1 / 10)
    off = np.abs(average - reference.ARRAYS[f"{kind}_conditioned_mat_mean"])
    assert (off <= spread + 1e-4).all()


@pytest.mark.parametrize("variant", ["latent-responses", "sae-0.5.10", "sae-0.5.14"])
def test_one_latent_a_factor_scores_one(variant) -> None:
    """Codes = factors, a perfect autoencoder: each latent answers to its own factor alone."""
    codes = np.random.default_rng(0).integers([4, 3, 5], size=(200, 3)).astype(float)
    result = cds(
        codes,
        (4, 3, 5),
        lambda factors: factors.astype(float),
        lambda z: z,
        np.random.default_rng(0),
        num_traversals=3,
        variant=variant,
    )
    assert result["causal_disentanglement"] == pytest.approx(1.0)
    matrix = result["conditioned_responses"]
    assert (np.diag(matrix) > 0).all()
    np.testing.assert_array_equal(matrix - np.diag(np.diag(matrix)), 0)


def test_closed_form_of_a_linear_autoencoder() -> None:
    """Latent k of traversal f answers |A_kk W_kf| times the RMS change of the factor: Σ_k max_f / Σ."""
    encoder = np.array([[2.0, 1.0], [0.5, 3.0]])
    codes = np.zeros((2, 2))
    result = cds(
        codes,
        (2, 2),
        lambda factors: factors @ encoder.T,
        lambda z: z * [1.0, 2.0],
        np.random.default_rng(0),
        num_traversals=2,
    )
    expected = np.array([[2.0, 1.0], [1.0, 6.0]])  # two values: the other one is always a change of 1
    np.testing.assert_allclose(result["conditioned_responses"], expected)
    assert result["causal_disentanglement"] == pytest.approx((2 + 6) / 10)


@pytest.mark.parametrize("variant", ["latent-responses", "sae-0.5.10", "sae-0.5.14"])
def test_two_values_always_change_into_each_other(variant) -> None:
    """Every variant gives a code another one's value: of two, each latent answers by its whole difference."""
    result = cds(
        np.zeros((2, 2)) if variant != "sae-0.5.10" else np.diag([np.sqrt(2.0), np.sqrt(2.0)]),  # deviation 1
        (2, 2),
        lambda factors: factors @ np.array([[3.0, 0.0], [0.0, 5.0]]),
        lambda codes: codes,
        np.random.default_rng(0),
        num_traversals=4,
        variant=variant,
    )
    np.testing.assert_allclose(result["conditioned_responses"], np.diag([3.0, 5.0]))


def test_sae_0_5_14_gives_each_latent_an_order_of_its_own_and_no_code_its_own_value() -> None:
    bases, values = draw_orders(7, 50, np.random.default_rng(0))
    assert (np.sort(bases, axis=1) == np.arange(7)).all()
    assert (np.sort(values, axis=1) == np.arange(7)).all()
    assert (bases != values).all()
    assert len({tuple(values[d, np.argsort(bases[d])]) for d in range(50)}) > 40


def test_sae_0_5_14_measures_the_mean_square_over_other_values() -> None:
    """Of n values each other one is as likely, so that E (v' − v)² = 2 n / (n − 1) · Var v."""
    values = np.array([0.0, 1.0, 4.0, 9.0])
    squares = [
        cds(
            np.zeros((2, 2)),
            (4, 2),
            lambda factors: np.stack([values[factors[:, 0]], 10.0 * factors[:, 1]], axis=1),
            lambda codes: codes,
            np.random.default_rng(seed),
            num_traversals=1,
            variant="sae-0.5.14",
        )["conditioned_responses"][0, 0]
        ** 2
        for seed in range(400)
    ]
    assert np.mean(squares) == pytest.approx(2 * 4 / 3 * values.var(), rel=0.05)


def test_sae_variants_reduce_by_minimum_then_maximum_and_differ_from_the_default() -> None:
    respond, encode_factors = reference.analytic_autoencoder("tanh")
    codes = reference.ARRAYS["autoencoder_samples"]
    scores = {
        variant: cds(
            codes, reference.MIXED_SIZES, encode_factors, respond, np.random.default_rng(0), variant=variant
        )["causal_disentanglement"]
        for variant in ("latent-responses", "sae-0.5.10", "sae-0.5.14")
    }
    assert len({round(score, 3) for score in scores.values()}) == 3


def test_a_traversal_changes_one_factor_only() -> None:
    traversals = draw_factor_traversals((4, 3, 5), 2, 7, np.random.default_rng(0))
    assert traversals.shape == (7, 5, 3)
    assert (traversals[:, :, :2] == traversals[:, :1, :2]).all()
    np.testing.assert_array_equal(traversals[0, :, 2], np.arange(5))


def test_one_factor_or_a_dead_model_is_unsupported() -> None:
    codes = np.ones((5, 2))
    with pytest.raises(Unsupported, match="at least 2, got 1"):
        cds(codes, (3,), np.asarray, np.asarray, np.random.default_rng(0))
    with pytest.raises(Unsupported, match="every conditioned response is zero"):
        cds(codes, (3, 2), lambda f: f * 0.0, lambda z: z, np.random.default_rng(0), num_traversals=2)
