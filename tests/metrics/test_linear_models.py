"""Linear models against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression
from sklearn.metrics import r2_score
from sklearn.multiclass import OneVsRestClassifier

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.linear_models import explained, fit_linear, fit_logistic, lasso


def test_least_squares_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    features, targets, others = (
        rng.normal(size=(90, 4)),
        rng.normal(size=(90, 3)) + 5,
        rng.normal(size=(9, 4)),
    )
    expected = LinearRegression().fit(features, targets).predict(others)
    np.testing.assert_allclose(fit_linear(features, targets)(others), expected, atol=1e-10)


def test_sparse_and_dense_features_give_the_same_predictions() -> None:
    rng = np.random.default_rng(0)
    features = (rng.random((200, 12)) < 0.2).astype(float)
    features[:, 11] = features[:, 0]  # dependent
    targets = rng.normal(size=(200, 2))
    dense = fit_linear(features, targets)(features)
    np.testing.assert_allclose(
        fit_linear(csr_array(features), targets)(csr_array(features)), dense, atol=1e-7
    )


@pytest.mark.parametrize("seed", range(4))
def test_lasso_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5)), rng.normal(size=(400, 3))
    y += x[:, :3]
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean(axis=0)) / y.std(axis=0)
    expected = Lasso(alpha=0.1, tol=1e-12, max_iter=100_000).fit(x, y).coef_.T
    np.testing.assert_allclose(lasso(x.T @ x / 400, x.T @ y / 400, 0.1), expected, atol=1e-8)


def test_explained_is_scikit_learns_and_of_a_constant_target_all_or_nothing() -> None:
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(50, 3))
    predictions = targets + rng.normal(size=(50, 3))
    expected = r2_score(targets, predictions, multioutput="raw_values")
    np.testing.assert_allclose(explained(predictions, targets), expected)
    constant = np.full((5, 2), 3.0)
    assert explained(constant - [[0, 1]], constant).tolist() == [1, 0]


@pytest.mark.parametrize("solver", ["liblinear", "lbfgs"])
def test_logistic_regression_is_scikit_learns(solver: str) -> None:
    rng = np.random.default_rng(0)
    classes = rng.integers(3, size=200)
    codes = rng.normal(size=(200, 2)) + classes[:, None] * [1.0, -1.0]
    model = LogisticRegression(solver=solver)
    expected = (OneVsRestClassifier(model) if solver == "liblinear" else model).fit(codes, classes)
    found = fit_logistic(codes, classes, solver)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.predict_proba(codes), expected.predict_proba(codes), atol=1e-8)


def test_an_unknown_solver_and_a_single_class_are_refused() -> None:
    with pytest.raises(CallError, match="unknown solver 'sag'; known: liblinear, lbfgs"):
        fit_logistic(np.zeros((2, 1)), np.arange(2), "sag")  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match="all 4 points are of the same class"):
        fit_logistic(np.zeros((4, 1)), np.ones(4), "lbfgs")
