"""InfoE against the authors' code and scikit-learn, and where it can be known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss

from disentcli.metrics.infomec.explicitness import classify, features_of, regress

from .published import ARRAYS, indices_of, training_points


@pytest.mark.parametrize("name", ["A", "C", "E"])
def test_equals_the_authors_code(name: str) -> None:
    codes, factors = training_points(name)
    features = features_of(codes, None)
    found = classify(features, factors, max_iter=100, clipped=False)
    np.testing.assert_allclose(found.cross_entropy, ARRAYS[f"cross_entropies_{name}"], atol=1e-5)
    np.testing.assert_allclose(found.chance, np.log([len(np.unique(factor)) for factor in factors.T]))
    np.testing.assert_allclose(regress(features, factors), ARRAYS[f"r2_{name}"], atol=1e-9)


def test_equals_the_authors_code_from_code_indices() -> None:
    codes, factors = training_points("E")
    features = features_of(codes, indices_of(codes))
    assert features.shape == (10_000, 114)
    found = classify(features, factors, max_iter=100, clipped=True)
    np.testing.assert_allclose(found.cross_entropy, ARRAYS["onehot_cross_entropies_E"], atol=2e-4)
    assert found.score == pytest.approx(0.97688448027, abs=2e-5)
    # Least squares on such columns, which are linearly dependent, left the authors' code with weights of
    # 5e12 and rounding for the rest: 0.993469297651. The exact optimum is a little higher.
    exact = LinearRegression().fit(features.toarray(), factors).score(features.toarray(), factors)
    assert regress(features, factors).mean() == pytest.approx(exact, abs=1e-8)
    assert exact == pytest.approx(0.993469297651, abs=3e-5)


def test_converged_fits_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers([2, 5], size=(400, 2))
    features = features_of(factors @ rng.normal(size=(2, 3)) + rng.normal(size=(400, 3)), None)
    found = classify(features, factors, max_iter=1000, clipped=True)
    for f, factor in enumerate(factors.T):
        model = LogisticRegression(C=np.inf, class_weight="balanced", tol=1e-10, max_iter=10_000)
        expected = log_loss(factor, model.fit(features, factor).predict_proba(features))
        assert found.cross_entropy[f] == pytest.approx(expected, abs=1e-5)
        assert found.iterations[f] < 1000


def test_useless_codes_predict_as_well_as_chance_even_of_rare_classes() -> None:
    factors = (np.arange(300) % 10 == 0).astype(int)[:, None]
    found = classify(features_of(np.zeros((300, 2)), None), factors, max_iter=100, clipped=True)
    assert found.cross_entropy[0] == pytest.approx(np.log(2))
    assert found.score == pytest.approx(0.0, abs=1e-12)


def test_a_factor_in_either_of_two_far_values_is_seen_from_indices_only() -> None:
    rng = np.random.default_rng(0)
    indices = rng.integers(8, size=(4000, 1))
    factors = indices % 4
    codes = np.linspace(-0.5, 0.5, 8)[indices]
    by_size = classify(features_of(codes, None), factors, max_iter=100, clipped=True)
    by_index = classify(features_of(codes, indices), factors, max_iter=100, clipped=True)
    assert by_size.score == pytest.approx(0.07, abs=0.06)
    assert by_index.score == pytest.approx(1.0, abs=1e-3)


def test_perfect_predictions_stay_finite() -> None:
    factors = np.arange(100)[:, None] % 2
    for clipped in (True, False):
        found = classify(features_of(factors * 1e6, None), factors, max_iter=100, clipped=clipped)
        assert found.score == pytest.approx(1.0, abs=1e-5)


def test_more_columns_than_points_and_constant_codes_are_no_obstacle() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers(2, size=(20, 1))
    codes = np.hstack([rng.normal(size=(20, 30)), np.ones((20, 1))])
    features = features_of(codes, None)
    assert np.isfinite(features).all()
    assert classify(features, factors, max_iter=100, clipped=True).score > 0.99
    assert regress(features, factors)[0] == pytest.approx(1.0)
