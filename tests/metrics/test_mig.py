"""MIG against disentanglement_lib's own values (inputs A, C, E; toys A, B) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import Unsupported
from disentcli.metrics.mig import mig

from . import reference, toys

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}
SCORES = {"A": 0.895203005902, "C": 0.346277444384, "E": 0.283823733561}
PER_FACTOR = {
    "A": [0.997827696585, 0.996756780222, 0.80093015857, 0.839853595467, 0.840646798668],
    "C": [0.674500505027, 0.423085377164, 0.200529394511, 0.218151246989, 0.215120698227],
    "E": [0.28480355716, 0.264732359135, 0.273244130996, 0.284547659752, 0.1984259072, 0.397188787125],
}


@pytest.mark.parametrize("name", INPUTS)
def test_equals_disentanglement_lib(name: str) -> None:
    codes, factors = (part[: reference.TRAIN] for part in INPUTS[name]())
    result = mig(codes, factors)
    assert result["mig"] == pytest.approx(SCORES[name], abs=1e-9)
    np.testing.assert_allclose(result["per_factor"], PER_FACTOR[name], atol=1e-9)
    expected = reference.ARRAYS[f"mig_{name}_mutual_information"]
    np.testing.assert_allclose(result["mutual_information"], expected, atol=1e-9)


def test_equals_disentanglement_lib_on_its_own_points() -> None:
    (factors,) = toys.points(2000)
    assert mig(toys.toy_a(factors), factors)["mig"] == pytest.approx(0.195445, abs=1e-6)
    assert mig(toys.toy_b(factors), factors)["mig"] == pytest.approx(0.034090, abs=1e-6)


def test_twenty_bins_keep_a_perfect_code_of_dsprites_below_one() -> None:
    sizes = (3, 6, 40, 32, 32)
    ceilings = []
    for size in sizes:  # the full grid factorises: each factor alone, beside a constant code
        values = np.arange(size)[:, None]
        ceilings.append(mig(np.hstack([values, values * 0.0]), values)["mig"])
    np.testing.assert_allclose(ceilings, [1, 1, 0.8121, 0.85, 0.85], atol=5e-5)
    assert np.mean(ceilings) == pytest.approx(0.9024, abs=5e-5)


def test_duplicated_codes_leave_no_gap() -> None:
    _, factors = reference.identity_input()
    assert mig(np.hstack([factors, factors]).astype(float), factors)["mig"] == pytest.approx(0.0, abs=1e-12)


def test_constant_codes_score_zero() -> None:
    (factors,) = toys.points(200)
    assert mig(np.ones((200, 3)), factors)["mig"] == 0.0


def test_order_and_scale_of_codes_do_not_matter() -> None:
    (factors,) = toys.points(500)
    codes = toys.toy_a(factors)
    assert mig(codes[:, ::-1] * -8.0, factors)["mig"] == pytest.approx(mig(codes, factors)["mig"], abs=0.02)
    assert mig(codes * 4.0, factors)["mig"] == mig(codes, factors)["mig"]


def test_one_factor_is_enough_and_one_code_is_not() -> None:
    values = np.arange(10).repeat(20)[:, None]
    noise = np.random.default_rng(0).normal(size=(200, 1))
    assert 0.5 < mig(np.hstack([values, noise]), values)["mig"] < 1
    with pytest.raises(Unsupported, match="latent-dim of at least 2"):
        mig(values.astype(float), values)


def test_continuous_factors_are_cut_into_ten_quantiles() -> None:
    factors = np.random.default_rng(0).normal(size=(3000, 2))
    result = mig(factors, factors)
    np.testing.assert_allclose(result["factor_entropy"], np.log(10))
    assert 0.5 < result["mig"] < 1
