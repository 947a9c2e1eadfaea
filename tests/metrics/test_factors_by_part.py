"""Factors read off the codes, part by part, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler

from disentcli.errors import Unsupported
from disentcli.metrics import factors_by_part

from .split_toys import FACTORS, HELD_OUT, TESTED, TRAIN, Grid, additive_codes, make_parts

CODES = additive_codes()
CODES[HELD_OUT, 0] += 1 / 3  # held-out squares look like ellipses
NOISY = CODES + 0.1 * np.random.default_rng(2).normal(size=CODES.shape)


def test_scores_are_those_of_scikit_learn() -> None:
    scores = factors_by_part(make_parts(NOISY))
    scaler = StandardScaler().fit(NOISY[TRAIN])
    codes = scaler.transform(NOISY)
    linear = LinearRegression().fit(codes[TRAIN], FACTORS[TRAIN, 1:])
    logistic = LogisticRegression().fit(codes[TRAIN], FACTORS[TRAIN, 0])
    variance = FACTORS[TRAIN, 1:].var(axis=0)
    for name, part in {"train": TRAIN, "in_distribution": TESTED, "held_out": HELD_OUT}.items():
        errors = ((linear.predict(codes[part]) - FACTORS[part, 1:]) ** 2).mean(axis=0)
        expected = 1 - errors / variance
        found = [scores[f"{name}.r2.{factor}"] for factor in ("size", "pos_x", "pos_y")]
        np.testing.assert_allclose(found, expected)
        assert scores[f"{name}.r2"] == pytest.approx(expected.mean())
        accuracy = (logistic.predict(codes[part]) == FACTORS[part, 0]).mean()
        assert scores[f"{name}.accuracy.shape"] == pytest.approx(accuracy, abs=0.002)


def test_factors_of_misplaced_images_are_misread() -> None:
    scores = factors_by_part(make_parts(CODES))
    assert scores["in_distribution.accuracy.shape"] > 0.99
    assert scores["held_out.accuracy.shape"] < 0.01
    assert scores["held_out.r2.pos_x"] > 0.98
    assert "reason" not in scores


def test_factors_are_categorical_by_name_too() -> None:
    scores = factors_by_part(make_parts(CODES), categorical=("pos-y",))
    assert {name for name in scores if name.startswith("held_out.accuracy.")} == {
        "held_out.accuracy.shape",
        "held_out.accuracy.pos_y",
    }
    assert "held_out.r2.pos_y" not in scores


def test_a_factor_that_does_not_vary_in_training_is_left_out() -> None:
    table = FACTORS * [1, 0, 1, 1] + HELD_OUT[:, None] * [0, 1, 0, 0]
    assert "train.r2.size" not in factors_by_part(make_parts(CODES, dataset=Grid(table=table)))
    with pytest.raises(Unsupported, match="no factor varies among the training images"):
        factors_by_part(make_parts(CODES, dataset=Grid(table=HELD_OUT[:, None] * np.ones(4, dtype=int))))
