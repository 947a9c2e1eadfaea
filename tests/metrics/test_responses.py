"""Latent responses against the authors' values on an analytic autoencoder, and closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.response_matrix import draw_pairs, response_matrix, response_scale
from disentcli.metrics.responses import responses
from disentcli.metrics.sampling import FunctionFactorSampler

from . import reference

SCORES = [("linear", 0.460171481967, 0.00139303356764), ("tanh", 0.328259769082, 0.00840783418866)]


def respond_linearly(matrix: np.ndarray):
    return lambda codes: codes @ matrix.T


@pytest.mark.parametrize("kind", ["linear", "tanh"])
def test_given_interventions_give_the_authors_matrix(kind: str) -> None:
    samples, interventions = (
        reference.ARRAYS["autoencoder_samples"],
        reference.ARRAYS["autoencoder_interventions"],
    )
    count, latent_dim = samples.shape
    respond, _ = reference.analytic_autoencoder(kind)
    bases = np.tile(np.arange(count), (latent_dim, 1))
    matrix = response_matrix(respond, np.concatenate([samples, interventions]), bases, bases + count)
    np.testing.assert_allclose(matrix, reference.ARRAYS[f"{kind}_response_mat_fixed"], atol=1e-9)


@pytest.mark.parametrize("kind", ["linear", "tanh"])
def test_codes_of_a_standard_normal_give_the_authors_matrix(kind: str) -> None:
    """Theirs: 1,000 samples of the prior, mean and standard deviation of ten seeds."""
    respond, _ = reference.analytic_autoencoder(kind)
    with np.load(Path(__file__).with_name("reference_responses.npz"), allow_pickle=False) as file:
        mean, deviation = (file[f"{kind}_response_mat_prior_{part}"] for part in ("mean", "std"))
    found = [
        responses(rng.normal(size=(1000, 6)), respond, rng, num_samples=1000)["response_matrix"]
        for rng in map(np.random.default_rng, range(4))
    ]
    off = np.abs(np.mean(found, axis=0) - mean)
    assert (off <= 4 * deviation * np.sqrt(1 / 4 + 1 / 10) + 1e-6).all()


@pytest.mark.parametrize(("kind", "score", "spread"), SCORES)
def test_the_score_comes_with_a_grid(kind: str, score: float, spread: float) -> None:
    """Mean of two seeds against the mean of the authors' ten."""
    respond, encode_factors = reference.analytic_autoencoder(kind)
    grid = FunctionFactorSampler(reference.MIXED_SIZES, encode_factors)
    codes = reference.ARRAYS["autoencoder_samples"]
    found = [responses(codes, respond, np.random.default_rng(seed), grid) for seed in range(2)]
    tolerance = max(4 * spread * np.sqrt(1 / 2 + 1 / 10), 0.004)
    mean = np.mean([one["causal_disentanglement_score"] for one in found])
    assert mean == pytest.approx(score, abs=tolerance)
    assert found[0]["conditioned_responses"].shape == (6, 6)
    assert "reason" not in found[0]


def test_without_a_grid_or_traversals_the_matrix_stays_and_the_score_has_a_reason() -> None:
    codes = np.random.default_rng(0).normal(size=(50, 3))
    grid = FunctionFactorSampler((2, 2), lambda factors: factors.astype(float))
    for options, reason in (({}, "not a full grid"), ({"grid": grid, "num_traversals": 0}, "num_traversals")):
        result = responses(codes, np.tanh, np.random.default_rng(0), **options)
        assert result["response_matrix"].shape == (3, 3)
        assert np.isnan(result["causal_disentanglement_score"])
        assert reason in result["reason"]


@pytest.mark.parametrize("variant", ["latent-responses", "sae-0.5.10", "sae-0.5.14"])
def test_linear_response_is_the_jacobian_times_the_change(variant) -> None:
    """encode(decode(z)) = A z, so row j is |A[:, j]| · sqrt(mean (z'_j − z_j)²) (÷ std of the codes)."""
    rng = np.random.default_rng(0)
    jacobian, codes = rng.normal(size=(4, 4)), rng.normal(size=(400, 4)) * [1, 2, 3, 0.5]
    matrix = responses(codes, respond_linearly(jacobian), np.random.default_rng(1), variant=variant)
    found = matrix["response_matrix"] * response_scale(codes, variant)
    change = found / np.abs(jacobian).T
    np.testing.assert_allclose(change, change[:, :1] * np.ones((1, 4)), rtol=1e-9)
    np.testing.assert_allclose(change[:, 0], np.sqrt(2) * codes.std(axis=0), rtol=0.25)


def test_a_perfect_autoencoder_answers_only_where_it_was_asked() -> None:
    codes = np.random.default_rng(0).normal(size=(100, 3))
    matrix = responses(codes, lambda z: z, np.random.default_rng(0))["response_matrix"]
    assert (np.diag(matrix) > 1).all()
    np.testing.assert_array_equal(matrix - np.diag(np.diag(matrix)), 0)


def test_a_constant_code_answers_nothing_in_any_variant() -> None:
    codes = np.random.default_rng(0).normal(size=(50, 3))
    codes[:, 1] = 2.0
    for variant in ("latent-responses", "sae-0.5.10", "sae-0.5.14"):
        matrix = responses(codes, lambda z: z, np.random.default_rng(0), variant=variant)["response_matrix"]
        assert np.isfinite(matrix).all()
        assert (matrix[1] == 0).all()
        assert (matrix[:, 1] == 0).all()


@pytest.mark.parametrize("group", [2, 10, 40])
def test_default_values_come_from_another_code_uniformly(group: int) -> None:
    bases, values = draw_pairs(group, 3, 32, "latent-responses", np.random.default_rng(0))
    assert bases.shape == values.shape == (3, 32)
    assert (bases != values).all()
    if group >= 32:
        assert all(len(np.unique(row)) == 32 for row in bases)
    _, many = draw_pairs(5, 1, 40_000, "latent-responses", np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(many[0]) / 40_000, 0.2, atol=0.01)


def test_sae_0_5_10_passes_values_along_one_random_order() -> None:
    bases, values = draw_pairs(6, 2, 100, "sae-0.5.10", np.random.default_rng(0))
    np.testing.assert_array_equal(bases[0], bases[1])
    assert sorted(bases[0]) == list(range(6))
    np.testing.assert_array_equal(values[0], np.roll(bases[0], -1))


def test_sae_0_5_14_draws_both_with_replacement() -> None:
    bases, values = draw_pairs(4, 2, 1000, "sae-0.5.14", np.random.default_rng(0))
    assert (bases == values).mean() == pytest.approx(0.25, abs=0.04)


def test_two_codes_are_needed_and_unknown_variants_are_named() -> None:
    with pytest.raises(Unsupported, match="at least 2 codes"):
        draw_pairs(1, 3, 10, "latent-responses", np.random.default_rng(0))
    with pytest.raises(CallError, match="known: latent-responses, sae-"):
        draw_pairs(5, 3, 10, "2022", np.random.default_rng(0))  # type: ignore[arg-type]


def test_the_same_generator_gives_the_same_matrix() -> None:
    codes = np.random.default_rng(0).normal(size=(50, 3))
    once, again = (responses(codes, np.tanh, np.random.default_rng(5))["response_matrix"] for _ in range(2))
    np.testing.assert_array_equal(once, again)
