"""MIG against disentanglement_lib's own values (inputs A, C, E; toys A, B) and closed forms."""

from __future__ import annotations

import doctest
from importlib import import_module

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.mig import mig, mig_ceiling

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


def test_forty_bins_equal_the_code_of_do_and_tran() -> None:
    expected = {"A": 0.987301230431, "C": 0.347074449062, "E": 0.283823728561}  # in float32
    for name, make in INPUTS.items():
        codes, factors = (part[: reference.TRAIN] for part in make())
        assert mig(codes, factors, bins=40)["mig"] == pytest.approx(expected[name], abs=1e-6)


@pytest.mark.parametrize(
    ("sizes", "ceiling"),
    [
        ((3, 6, 40, 32, 32), 0.9024),  # dSprites
        ((1, 3, 6, 40, 32, 32), 0.9024),
        ((4, 24, 183), 0.8341),  # Cars3D
        ((6, 6, 2, 3, 3, 40, 40), 0.9463),  # MPI3D
        ((10, 10, 10, 8, 4, 15), 1.0),  # 3D-Shapes
        ((5, 9, 18, 6), 1.0),  # SmallNORB
    ],
)
def test_twenty_bins_keep_a_perfect_code_below_one(sizes: tuple[int, ...], ceiling: float) -> None:
    assert mig_ceiling(sizes) == pytest.approx(ceiling, abs=5e-5)


def test_the_ceiling_is_what_the_identity_reaches_on_the_full_grid() -> None:
    sizes = (3, 40, 24)
    grid = np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1)
    result = mig(grid.astype(float), grid)
    assert result["mig"] == pytest.approx(result["ceiling"], abs=1e-12)
    assert result["ceiling"] == pytest.approx(mig_ceiling(sizes))
    assert result["ceiling"] < mig(grid.astype(float), grid, bins=40)["mig"]


def test_the_ceiling_is_unknown_where_factors_are_continuous_and_undefined_without_factors() -> None:
    rng = np.random.default_rng(0)
    mixed = np.stack([rng.integers(3, size=400), rng.random(400)], axis=1)
    assert "ceiling" not in mig(mixed, mixed)
    assert mig(mixed, mixed[:, :1])["ceiling"] == pytest.approx(1.0)
    with pytest.raises(Unsupported, match="every factor has a single value"):
        mig_ceiling([1, 1])


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(import_module("disentcli.metrics.mig")) == (0, 3)


def test_the_number_of_bins_is_checked() -> None:
    (factors,) = toys.points(50)
    for bins in (0, -3, 2.5, "many"):
        with pytest.raises(CallError, match="bins is a whole number of at least 1"):
            mig(toys.toy_a(factors), factors, bins=bins)  # type: ignore[arg-type]


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


def test_mutual_information_of_the_librarys_toy() -> None:
    (factors,) = toys.points(1000)
    result = mig(toys.toy_a(factors), factors)
    expected = [
        [1.097904, 0.019008, 0.043316, 1.183281, 0.008647],
        [0.016287, 1.25457, 1.189639, 0.07087, 0.027094],
        [0.121844, 0.058268, 0.94005, 0.064371, 0.398975],
        [0.021305, 0.861406, 0.095169, 1.212055, 0.031241],
        [0.02068, 0.044845, 1.575587, 0.078412, 0.665104],
        [0.872466, 0.02023, 0.036269, 0.031636, 1.160614],
    ]
    np.testing.assert_allclose(result["mutual_information"], expected, atol=1e-6)
    entropies = [1.097904, 1.787437, 2.296535, 2.077456, 1.386052]
    np.testing.assert_allclose(result["factor_entropy"], entropies, atol=1e-6)


@pytest.mark.parametrize("bins", [10, 20])
def test_equals_disentanglement_lib_on_its_dummy_data(bins: int) -> None:
    rng = np.random.RandomState(0)
    batches = [rng.randint(1, 11, size=(min(16, 3000 - start), 10)) for start in range(0, 3000, 16)]
    factors = np.concatenate(batches)
    codes = factors.astype(float)
    assert mig(codes, factors, bins=bins)["mig"] == pytest.approx(0.99215949, abs=1e-8)
    assert mig(np.hstack([codes, codes]), factors, bins=bins)["mig"] == pytest.approx(0.0, abs=1e-12)
    assert mig(codes * 0, factors, bins=bins)["mig"] == 0.0
