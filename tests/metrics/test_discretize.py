"""Continuous factors become classes column by column."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.metrics import mig, r2
from disentcli.metrics.discretize import factor_classes, in_one_type


def test_classes_beside_continuous_factors_stay_classes() -> None:
    rng = np.random.default_rng(0)
    symbol, slant = rng.integers(0, 13, 2000), rng.normal(size=2000)
    classes = factor_classes(np.stack([symbol, slant], axis=1))
    np.testing.assert_array_equal(classes[:, 0], symbol)
    assert np.bincount(classes[:, 1]).tolist() == [200] * 10


def test_whole_numbers_that_are_said_to_be_continuous_are_cut_into_quantiles() -> None:
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(0, 360, 3000), rng.integers(0, 4, 3000)], axis=1)
    codes = factors + rng.normal(size=(3000, 2))
    kept = in_one_type(factors, (0, 4))
    assert len(np.unique(factor_classes(kept)[:, 0])) == 10
    np.testing.assert_array_equal(factor_classes(kept)[:, 1], factors[:, 1])
    assert (
        mig(codes, kept)["mig"]
        == mig(codes, factors + np.array([0.25, 0]))["mig"]
        != mig(codes, factors)["mig"]
    )
    assert r2(codes, kept)["linear_test"] == pytest.approx(r2(codes, factors)["linear_test"], abs=1e-12)


def test_continuous_columns_that_are_not_whole_stay_as_they_are() -> None:
    factors = np.array([[0.5, 1.0], [1.0, 2.0]])
    assert in_one_type(factors, (0, 3)) is factors
    assert in_one_type(factors.astype("f4"), (0, 3)).dtype == np.float64
    assert in_one_type(factors.astype("u1"), (2, 3)).dtype == np.int64
