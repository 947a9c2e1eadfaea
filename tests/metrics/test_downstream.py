"""Downstream accuracy: against scikit-learn's predictors, and closed forms."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import KFold

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.downstream import Predictor, downstream

from . import toys

(TRAIN, TEST) = toys.points(300, 200)


@pytest.mark.parametrize("predictor", ["logistic", "trees"])
def test_equals_scikit_learn(predictor: Predictor) -> None:
    codes, test_codes = toys.toy_b(TRAIN), toys.toy_b(TEST)
    few, test = TRAIN[:, [0, 4]], TEST[:, [0, 4]]
    found = downstream(codes, few, test_codes, test, predictor=predictor, labels=(30, 100))
    accuracies = np.empty((2, 2))
    for row, count in enumerate((30, 100)):
        for k in range(2):
            if predictor == "trees":
                model = GradientBoostingClassifier(random_state=0)
            else:
                model = LogisticRegressionCV(Cs=10, cv=KFold(5), scoring="accuracy")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(codes[:count], few[:count, k])
            accuracies[row, k] = np.mean(model.predict(test_codes) == test[:, k])
    tolerance = 0.03 if predictor == "trees" else 1e-9  # equal splits are chosen at random
    np.testing.assert_allclose(found["test_accuracy"], accuracies, atol=tolerance)
    assert found["mean_test_accuracy_30"] == pytest.approx(np.mean(found["test_accuracy"][0]))  # type: ignore[index]
    assert found["min_test_accuracy_100"] == pytest.approx(np.min(found["test_accuracy"][1]))  # type: ignore[index]
    efficiency = found["mean_test_accuracy_30"] / found["mean_test_accuracy_100"]
    assert found["sample_efficiency_30"] == pytest.approx(efficiency)


@pytest.mark.parametrize("predictor", ["logistic", "trees"])
def test_codes_that_are_the_factors_need_few_labels(predictor: Predictor) -> None:
    few, test = TRAIN[:, [0, 4]], TEST[:, [0, 4]]
    found = downstream(few, few, test, test, predictor=predictor, labels=(100,))
    assert found["mean_test_accuracy_100"] > 0.95
    blind = downstream(few * 0.0, few, test * 0.0, test, predictor=predictor, labels=(100,))
    assert blind["mean_test_accuracy_100"] == pytest.approx((1 / 3 + 1 / 4) / 2, abs=0.08)


def test_one_regression_for_each_value() -> None:
    codes, test_codes = toys.toy_a(TRAIN), toys.toy_a(TEST)
    found = downstream(
        codes[:, :2], TRAIN[:, :1], test_codes[:, :2], TEST[:, :1], one_vs_rest=True, labels=(60,)
    )
    assert found["mean_test_accuracy_60"] > 0.6


def test_more_labels_than_points_are_not_a_number() -> None:
    found = downstream(TRAIN, TRAIN, TEST, TEST, predictor="trees", labels=(10, 1000))
    assert np.isfinite(found["mean_test_accuracy_10"])
    assert np.isnan(found["mean_test_accuracy_1000"])
    assert np.isnan(found["sample_efficiency_10"])
    with pytest.raises(Unsupported, match="1,000 labels are more than the 300 training points"):
        downstream(TRAIN, TRAIN, TEST, TEST, labels=(1000,))


@pytest.mark.parametrize("predictor", ["logistic", "trees"])
def test_a_single_label_or_value_is_the_only_answer(predictor: Predictor) -> None:
    found = downstream(TRAIN, TRAIN, TEST, TEST, predictor=predictor, labels=(1, 2))
    np.testing.assert_allclose(found["test_accuracy"][0], np.mean(TRAIN[0] == TEST, axis=0))  # type: ignore[index]
    assert found["mean_train_accuracy_1"] == 1


def test_what_cannot_be_computed_is_said() -> None:
    with pytest.raises(CallError, match="unknown predictor 'forest'"):
        downstream(TRAIN, TRAIN, predictor="forest")  # type: ignore[arg-type]
    with pytest.raises(CallError, match="positive numbers of labels"):
        downstream(TRAIN, TRAIN, labels=())
    with pytest.raises(Unsupported, match="factor 0 has a single value"):
        downstream(TRAIN, TRAIN * 0)
