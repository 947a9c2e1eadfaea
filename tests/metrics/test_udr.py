"""UDR against disentanglement_lib's values and the bounds of its tests, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.udr import relative_strength, udr

IMPORTANCE = np.array([[0.7, 0.1, 0], [0.2, 0.8, 0.1], [0.1, 0.1, 0.6], [0, 0, 0.3]])


def golden_runs() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Two runs of 1,000 points × 4 codes and their KL divergences."""
    draws = np.random.RandomState(0)
    one = draws.normal(size=(1000, 4))
    mixed, own = draws.normal(size=1000), draws.normal(size=1000)
    other = np.stack([one[:, 2], -one[:, 0], 0.5 * one[:, 1] + 0.5 * mixed, own], axis=1)
    return [one, other], [np.ones(4), np.array([1, 1, 1, 0.001])]


@pytest.mark.parametrize(("variant", "score"), [("lasso", 0.701422474), ("spearman", 0.730828405)])
def test_golden_runs(variant, score: float) -> None:
    result = udr(*golden_runs(), variant=variant)
    np.testing.assert_allclose(result["per_run"], score, atol=1e-9)
    assert result["mean"] == pytest.approx(score, abs=1e-9)
    assert result["max"] == pytest.approx(score, abs=1e-9)


def test_golden_matrix() -> None:
    assert relative_strength(IMPORTANCE) == pytest.approx(0.491373106061, abs=1e-11)


@pytest.mark.parametrize(
    ("matrix", "low", "high"),
    [
        (np.eye(3), 1, 1),
        ([[1, 1, 0], [1, 1, 0], [0, 0, 1]], 0.6, 0.7),
        (np.ones((3, 3)), 0.3, 0.4),
        (np.zeros((3, 3)), 0, 0),
    ],
)
def test_synthetic_matrices_of_the_library(matrix, low: float, high: float) -> None:
    assert low <= relative_strength(np.asarray(matrix, dtype=float)) <= high


@pytest.mark.parametrize("variant", ["lasso", "spearman"])
def test_permuted_and_negated_codes_agree(variant) -> None:
    """The library's own bound, 0.8…1, and the Lasso's closed form 1 − alpha for independent codes."""
    rng = np.random.default_rng(0)
    codes = rng.uniform(size=(4000, 10))
    other = codes[:, rng.permutation(10)] * rng.choice([-1, 1], size=10)
    result = udr([codes, other], variant=variant)
    assert ((result["per_run"] > 0.8) & (result["per_run"] <= 1)).all()
    if variant == "lasso":
        np.testing.assert_allclose(result["per_run"], 0.9, atol=0.01)


def test_only_the_codes_with_a_divergence_count() -> None:
    """One shared code among noise: near 0 without the divergences, near 1 with them."""
    rng = np.random.default_rng(0)
    shared = rng.uniform(size=(1000, 1))
    runs = [np.hstack([shared, rng.uniform(size=(1000, 9))]) for _ in range(2)]
    kls = [np.eye(10)[0]] * 2
    assert udr(runs)["max"] < 0.2
    assert 0.8 < udr(runs, kls)["mean"] <= 1


def test_spearman_is_scipys() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(5, size=(300, 3)), rng.integers(7, size=(300, 3))
    other[:, 0] += 3 * one[:, 1]
    expected = np.abs([[spearmanr(a, b).statistic for b in other.T] for a in one.T])
    result = udr([one, other], variant="spearman")
    assert result["pairwise"][0, 1] == pytest.approx(relative_strength(expected), abs=1e-12)


def test_a_run_is_judged_by_the_median_of_the_others() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(500, 3))
    outlier = rng.normal(size=(500, 3))
    result = udr([codes, codes[:, ::-1], -codes, outlier])
    assert (result["per_run"][:3] > 0.85).all()
    assert result["per_run"][3] < 0.2
    np.testing.assert_allclose(result["per_run"][0], np.median(result["pairwise"][1:, 0]))


@given(st.integers(0, 1000), st.sampled_from(["lasso", "spearman"]))
def test_order_sign_and_scale_of_codes_do_not_matter(seed: int, variant) -> None:
    rng = np.random.default_rng(seed)
    runs = [rng.normal(size=(100, 4)) @ rng.normal(size=(4, 4)) for _ in range(3)]
    moved = [codes[:, rng.permutation(4)] * -3.0 + 1.0 for codes in runs]
    np.testing.assert_allclose(
        udr(moved, variant=variant)["per_run"], udr(runs, variant=variant)["per_run"], atol=1e-6
    )


def test_spearman_ignores_monotone_maps() -> None:
    runs = golden_runs()[0]
    warped = [np.exp(runs[0]), runs[1] ** 3]
    np.testing.assert_allclose(
        udr(warped, variant="spearman")["pairwise"], udr(runs, variant="spearman")["pairwise"], atol=1e-12
    )


def test_constant_codes_and_collapsed_runs() -> None:
    codes = np.random.default_rng(0).normal(size=(200, 2))
    padded = np.hstack([codes, np.full((200, 1), 0.1)])
    assert udr([codes, padded])["mean"] == pytest.approx(udr([codes, codes])["mean"])
    collapsed = udr([codes, np.ones((200, 2))])
    assert collapsed["mean"] == collapsed["max"] == 0.0


def test_what_cannot_be_compared_is_said() -> None:
    codes = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.raises(Unsupported, match="at least 2 are needed, got 1"):
        udr([codes])
    with pytest.raises(Unsupported, match="at least 2 points"):
        udr([codes[:1], codes[:1]])
    with pytest.raises(CallError, match="have 9, 8 rows"):
        udr([codes, codes[1:]])
    with pytest.raises(CallError, match="one number for each of its codes"):
        udr([codes, codes], [np.ones(2), np.ones(3)])
    with pytest.raises(CallError, match="known: lasso, spearman"):
        udr([codes, codes], variant="pearson")  # type: ignore[arg-type]
    with pytest.raises(CallError, match="codes of run 1 are not finite"):
        udr([codes, codes * np.nan])
