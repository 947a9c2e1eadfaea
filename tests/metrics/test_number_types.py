"""The type in which codes and factors come changes no score of any metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from disentcli.metrics import infomec, r2

from .degenerate import METRICS, Inputs, call, mixed, scores

TYPES = ["f2", "f4", ">f8", np.longdouble]


def short(factors: np.ndarray) -> np.ndarray:
    """Codes that half precision holds exactly."""
    return mixed(factors).astype("f2").astype(float)


@pytest.mark.parametrize("metric", METRICS)
def test_no_score_depends_on_the_type_of_codes_and_factors(metric: str) -> None:
    expected = scores(metric, call(metric, Inputs(short)))
    for dtype in ("f2", np.longdouble):
        inputs = Inputs(
            encode=lambda factors, dtype=dtype: short(factors).astype(dtype),
            relabel=lambda factors, dtype=dtype: factors.astype(dtype),
        )
        assert scores(metric, call(metric, inputs)) == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("metric", METRICS)
def test_no_score_depends_on_whether_factors_have_a_sign(metric: str) -> None:
    expected = scores(metric, call(metric, Inputs()))
    found = scores(metric, call(metric, Inputs(relabel=lambda factors: factors.astype("u8"))))
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("dtype", TYPES)
def test_variances_that_half_precision_cannot_hold(dtype: Any) -> None:
    """Squares of 240 overflow in half precision, whose largest number is 65,504."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.uniform(0, 240, 3000), rng.uniform(0, 360, 3000)], axis=1).astype("f2")
    codes = (factors / [100, 100] + 0.3 * rng.normal(size=(3000, 2))).astype("f2")
    wide = factors.astype(float), codes.astype(float)
    slope = [np.corrcoef(wide[1][:, k], wide[0][:, k])[0, 1] ** 2 for k in range(2)]
    r2_of = r2(codes.astype(dtype), factors.astype(dtype), codes.astype(dtype), factors.astype(dtype))
    np.testing.assert_allclose(
        r2_of["test_per_factor"], slope, atol=1e-3
    )  # the other code adds next to nothing
    infoe = infomec(codes.astype(dtype), factors.astype(dtype), explicitness="regression")
    np.testing.assert_allclose(infoe["r2"], r2_of["test_per_factor"], rtol=1e-9)
