"""Unsupervised scores against disentanglement_lib's values (A, C, E; toys; matrices) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.unsupervised import (
    gaussian_total_correlation,
    gaussian_wasserstein_correlation,
    unsupervised,
)

from . import reference, toys

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}
NAMES = (
    "gaussian_total_correlation",
    "gaussian_wasserstein_correlation",
    "gaussian_wasserstein_correlation_norm",
    "mutual_info_score",
)
SCORES = {
    "A": (0.000691249404618, 0.0390874992388, 0.000127562437941, 0.00779290067224),
    "C": (0.00221152172433, 0.00246148518458, 0.000218904446996, 0.0159212126287),
    "E": (10.8272162097, 3.74202362094, 0.387138073711, 0.129972991237),
}
TOYS = {
    "A": (3.268642, 0.042172, 0.068130, 0.429285),
    "B": (0.142867, 0.120334, 0.007600, 0.148906),
}

COVARIANCE = (  # its upper triangle, row by row
    *(
        11.2271724690031,
        4.96566310596864,
        4.84537009206927,
        2.1016445403634,
        -2.01425481535492,
        2.04152094207688,
    ),
    *(5.20087259106875, 1.87341262614111, 2.95203611171162, 2.61363290443156, 1.74973617912526),
    *(3.64369430210933, 0.82890059879732, 0.33298980908229, 0.25760870790356),
    *(5.01462313016269, 2.16070287790588, -1.31645069734044),
    *(6.84342623379147, 1.05166858554139),
    *(7.52615168206648,),
)


@pytest.mark.parametrize("name", INPUTS)
def test_equals_disentanglement_lib(name: str) -> None:
    codes, _ = INPUTS[name]()
    result = unsupervised(codes[: reference.TRAIN])
    assert [result[score] for score in NAMES] == pytest.approx(SCORES[name], abs=1e-8)  # type: ignore[literal-required]


@pytest.mark.parametrize(("name", "toy"), [("A", toys.toy_a), ("B", toys.toy_b)])
def test_equals_disentanglement_lib_on_its_own_points(name: str, toy) -> None:
    (factors,) = toys.points(2000)
    result = unsupervised(toy(factors))
    assert [result[score] for score in NAMES] == pytest.approx(TOYS[name], abs=1e-6)  # type: ignore[literal-required]


def test_golden_covariance() -> None:
    covariance = np.array([[1, 0.3, 0], [0.3, 2, -0.5], [0, -0.5, 0.5]])
    assert gaussian_total_correlation(covariance) == pytest.approx(0.174778738085, abs=1e-11)
    assert gaussian_wasserstein_correlation(covariance) == pytest.approx(0.143006263307, abs=1e-11)


def test_stored_covariance_of_the_reference() -> None:
    upper = np.zeros((6, 6))
    upper[np.triu_indices(6)] = COVARIANCE
    covariance = upper + np.triu(upper, 1).T
    assert gaussian_total_correlation(covariance) == pytest.approx(2.26220806466, abs=1e-9)
    assert gaussian_wasserstein_correlation(covariance) == pytest.approx(9.13795696032, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_wasserstein_is_the_trace_of_the_matrix_root(seed: int, latent_dim: int) -> None:
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(latent_dim, latent_dim))
    covariance = mixing @ mixing.T + 0.1 * np.eye(latent_dim)
    root = sqrtm(np.diag(np.diag(covariance)) @ covariance)
    expected = 2 * np.trace(covariance) - 2 * np.trace(root).real
    assert gaussian_wasserstein_correlation(covariance) == pytest.approx(expected, abs=1e-8)
    logs = np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1]
    assert gaussian_total_correlation(covariance) == pytest.approx(logs / 2, abs=1e-8)


def test_independent_codes_score_zero() -> None:
    grid = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1).astype(float)
    result = unsupervised(grid)
    assert [result[score] for score in NAMES] == pytest.approx([0] * 4, abs=1e-12)  # type: ignore[literal-required]


def test_a_rotation_of_unequal_codes_has_its_closed_form() -> None:
    """Variances a, b turned by 45°: correlation (a − b)/(a + b)."""
    a, b = 4.0, 1.0
    covariance = np.array([[a + b, a - b], [a - b, a + b]]) / 2
    assert gaussian_total_correlation(covariance) == pytest.approx(-np.log(1 - 0.6**2) / 2)
    expected = 2 * (a + b) - 2 * np.sqrt((a + b) / 2) * (np.sqrt(a) + np.sqrt(b))
    assert gaussian_wasserstein_correlation(covariance) == pytest.approx(expected)


def test_a_duplicated_code_has_infinite_total_correlation() -> None:
    code = np.random.default_rng(0).normal(size=(500, 1))
    result = unsupervised(np.hstack([code, code]))
    assert result["gaussian_total_correlation"] == np.inf
    variance = code.var(ddof=1)
    assert result["gaussian_wasserstein_correlation"] == pytest.approx((4 - 2 * np.sqrt(2)) * variance)
    assert result["gaussian_wasserstein_correlation_norm"] == pytest.approx(2 - np.sqrt(2))
    assert result["mutual_info_score"] > 2


def test_more_codes_than_points_are_dependent() -> None:
    codes = np.random.default_rng(0).normal(size=(4, 6))
    assert unsupervised(codes)["gaussian_total_correlation"] == np.inf


def test_constant_codes_depend_on_nothing() -> None:
    codes = np.random.default_rng(0).normal(size=(300, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    alone, beside = unsupervised(codes), unsupervised(np.hstack([codes, np.full((300, 1), 0.1)]))
    for score in NAMES[:3]:
        assert beside[score] == pytest.approx(alone[score], abs=1e-9)  # type: ignore[literal-required]
    pairs = (2, 6)  # ordered pairs of different codes: those with a constant one add 0
    assert beside["mutual_info_score"] * pairs[1] == pytest.approx(alone["mutual_info_score"] * pairs[0])


@given(st.integers(0, 1000))
def test_order_shift_and_sign_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    moved = codes[:, rng.permutation(4)] + 3.0
    one, other = unsupervised(codes), unsupervised(moved)
    for score in NAMES[:3]:
        assert other[score] == pytest.approx(one[score], abs=1e-8)  # type: ignore[literal-required]
    scaled = unsupervised(codes * [1, -2, 3, 0.5])
    assert scaled["gaussian_total_correlation"] == pytest.approx(one["gaussian_total_correlation"], abs=1e-8)


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(Unsupported, match="at least 2, got 1"):
        unsupervised(np.zeros((5, 1)))
    with pytest.raises(Unsupported, match="at least 2 points"):
        unsupervised(np.zeros((1, 3)))
    with pytest.raises(Unsupported, match="all 3 codes are constant"):
        unsupervised(np.full((7, 3), 0.1))
    with pytest.raises(CallError, match="not finite: row 1, column 0"):
        unsupervised(np.array([[0.0, 1.0], [np.nan, 2.0]]))
