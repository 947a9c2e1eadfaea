"""IRS against disentanglement_lib's values (A, C, E; toys; matrix) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.irs import irs, irs_sampled
from disentcli.metrics.sampling import FunctionFactorSampler

from . import reference, toys
from .samplers import SAMPLERS

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}
SCORES = {
    "A": {0.99: 0.979091089417, 1.0: 0.979091089417},
    "C": {0.99: 0.481805029361, 1.0: 0.330316742237},
    "E": {0.99: 0.586701408515, 1.0: 0.567711962607},
}
BEST = {  # over factors, at the default quantile
    "A": [1.0, 1.0, 0.973659299188, 0.979954775643, 0.980301832932],
    "C": [
        0.394688536007,
        0.63017583319,
        0.395626159476,
        0.608986882569,
        0.602497436667,
        0.620096677193,
        0.584251273846,
        0.325465595135,
        0.342485829697,
        0.427266504222,
    ],
    "E": [
        0.710013420193,
        0.704163670532,
        0.720038720717,
        0.743889008299,
        0.714838349795,
        0.710920362416,
        0.318820857106,
        0.381940983512,
        0.410280245,
        0.41609478349,
        1.0,
        1.0,
    ],
}
PARENTS = {"A": range(5), "C": [3, 3, 2, 0, 4, 1, 2, 3, 4, 3], "E": [*range(6), *range(6)]}
DRAWN = {  # seeds 0…9 of the library's own draws
    "A": [
        0.979038276743,
        0.97912145839,
        0.97903429722,
        0.978947017473,
        0.979052461306,
        0.978891348245,
        0.978982810514,
        0.979095474677,
        0.979052547516,
        0.978987557906,
    ],
    "C": [
        0.488852205718,
        0.487655241171,
        0.460443806054,
        0.492021152298,
        0.48084637413,
        0.491147841338,
        0.46849303576,
        0.465174642667,
        0.479486015914,
        0.464089965544,
    ],
    "E": [
        0.581740975583,
        0.581787270029,
        0.583227004375,
        0.581200428983,
        0.582602641608,
        0.580166113663,
        0.583470529457,
        0.584690220476,
        0.580775697464,
        0.580864931224,
    ],
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("quantile", [0.99, 1.0])
def test_equals_disentanglement_lib(name: str, quantile: float) -> None:
    codes, factors = (part[: reference.TRAIN] for part in INPUTS[name]())
    result = irs(codes, factors, quantile=quantile)
    assert result["irs"] == pytest.approx(SCORES[name][quantile], abs=1e-10)
    assert result["num_active_dims"] == codes.shape[1]
    if quantile == 0.99:
        np.testing.assert_allclose(result["irs_matrix"].max(axis=1), BEST[name], atol=1e-10)
        np.testing.assert_array_equal(result["irs_matrix"].argmax(axis=1), PARENTS[name])


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("seed", [0, 7])
def test_draws_as_disentanglement_lib_does(name: str, seed: int) -> None:
    result = irs_sampled(SAMPLERS[name], np.random.RandomState(seed))
    assert result["irs"] == pytest.approx(DRAWN[name][seed], abs=1e-9)


@pytest.mark.parametrize(("toy", "score"), [(toys.toy_a, 0.710241), (toys.toy_b, -0.020495)])
def test_equals_disentanglement_lib_on_its_own_points(toy, score: float) -> None:
    (factors,) = toys.points(2000)
    assert irs(toy(factors), factors)["irs"] == pytest.approx(score, abs=1e-6)
    drawn = irs_sampled(FunctionFactorSampler(toys.SIZES, toy), np.random.RandomState(0), num_train=2000)
    assert drawn["irs"] == pytest.approx(score, abs=1e-6)


def test_golden_points() -> None:
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]])
    codes = np.array([[0, 0.1], [0.2, 1], [1, 0], [1.1, 0.9], [2, 0.2], [2.3, 1.2]])
    assert irs(codes, factors)["irs"] == pytest.approx(0.872909090909, abs=1e-11)
    result = irs(codes, factors, quantile=1.0)
    assert result["irs"] == pytest.approx(0.872727272727, abs=1e-11)
    np.testing.assert_allclose(result["irs_matrix"], [[0.916667, 0.125], [0.263158, 0.789474]], atol=1e-6)
    np.testing.assert_allclose(result["max_deviations"], [1.2, 0.633333], atol=1e-6)


def test_dummy_data_of_the_library() -> None:
    """Ten factors with the values 1…10: the factors themselves score 1, zeros score 0."""
    draws = np.random.RandomState(0)
    factors = draws.randint(1, 11, size=(3000, 10))
    assert irs(factors.astype(float), factors)["irs"] == 1.0
    dead = irs(np.zeros((3000, 10)), factors)
    assert dead["irs"] == dead["num_active_dims"] == 0.0


def test_twenty_bins_merge_forty_values_and_none_keeps_them() -> None:
    factors = np.stack(np.unravel_index(np.arange(400), (40, 10)), axis=1)
    assert irs(factors.astype(float), factors)["irs"] < 0.99
    assert irs(factors.astype(float), factors, bins=None)["irs"] == 1.0


def test_one_code_for_two_factors_and_noise_are_not_robust() -> None:
    """z = v₀ + 2 v₁ on a 2 × 2 grid: with v₁ held, z strays ½ of at most 1½ from its mean."""
    factors = np.stack(np.unravel_index(np.arange(4), (2, 2)), axis=1)
    result = irs((factors @ [1.0, 2.0])[:, None], factors, quantile=1.0)
    np.testing.assert_allclose(result["irs_matrix"], [[1 - 1 / 1.5, 1 - 0.5 / 1.5]])
    assert result["irs"] == pytest.approx(2 / 3)


def test_constant_codes_do_not_count() -> None:
    (factors,) = toys.points(500)
    codes = toys.toy_a(factors)
    alone, beside = irs(codes, factors), irs(np.hstack([np.full((500, 1), 0.1), codes]), factors)
    assert beside["irs"] == pytest.approx(alone["irs"], abs=1e-12)
    assert beside["num_active_dims"] == 6
    assert (beside["irs_matrix"][0] == 0).all()


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_order_sign_and_common_scale_do_not_matter(seed: int, scale: float) -> None:
    (factors,) = toys.points(300)
    codes = toys.toy_b(factors)
    order = np.random.default_rng(seed).permutation(6)
    moved = irs(-scale * codes[:, order] + 5.0, factors[:, ::-1])
    assert moved["irs"] == pytest.approx(irs(codes, factors)["irs"], abs=1e-9)
    assert moved["irs"] <= 1


def test_continuous_factors_are_cut_into_bins() -> None:
    factors = np.random.default_rng(0).normal(size=(3000, 2))
    assert 0.8 < irs(factors, factors)["irs"] < 1


def test_what_cannot_be_measured_is_said() -> None:
    codes = np.random.default_rng(0).normal(size=(6, 2))
    with pytest.raises(Unsupported, match="factor 1 has a single value"):
        irs(codes, np.stack([np.arange(6), np.ones(6, dtype=int)], axis=1))
    with pytest.raises(CallError, match="quantile must lie above 0"):
        irs(codes, np.arange(6)[:, None], quantile=99)
    with pytest.raises(CallError, match="6 rows of codes but 5 of factors"):
        irs(codes, np.arange(5)[:, None])
