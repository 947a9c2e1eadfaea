"""Continuous factors become classes column by column."""

from __future__ import annotations

import numpy as np

from disentcli.metrics.classes import factor_classes


def test_classes_beside_continuous_factors_stay_classes() -> None:
    rng = np.random.default_rng(0)
    symbol, slant = rng.integers(0, 13, 2000), rng.normal(size=2000)
    classes = factor_classes(np.stack([symbol, slant], axis=1))
    np.testing.assert_array_equal(classes[:, 0], symbol)
    assert np.bincount(classes[:, 1]).tolist() == [200] * 10
