"""The placement of codes: expected places, spread of a cell, distances; against scikit-learn's regression."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.placement import fit_placement, placement_error, root_mean_square

SIZES = (3, 6, 8, 8)
ALL = np.stack(np.unravel_index(np.arange(np.prod(SIZES)), SIZES), axis=1)
HELD_OUT = (ALL[:, 0] == 0) & (ALL[:, 2] >= 4)
IN_DISTRIBUTION = ~HELD_OUT & (np.arange(len(ALL)) % 5 == 0)
TRAIN = ~HELD_OUT & ~IN_DISTRIBUTION
DEVIATION = 0.05


def additive_codes(latents: int = 6, *, deviation: float = DEVIATION) -> np.ndarray:
    """Codes (N, D): a random effect of every value of every factor, and normal noise."""
    rng = np.random.default_rng(0)
    effects = [rng.normal(size=(size, latents)) for size in SIZES]
    means = sum(effect[column] for effect, column in zip(effects, ALL.T, strict=True))
    return means + deviation * rng.normal(size=means.shape)


def test_expected_places_are_those_of_a_linear_regression_on_one_hot_factors() -> None:
    codes = additive_codes() ** 2  # not additive: the fit is no interpolation
    placement = fit_placement(codes[TRAIN], ALL[TRAIN], SIZES)
    encoder = OneHotEncoder(drop="first").fit(ALL)
    model = LinearRegression().fit(encoder.transform(ALL[TRAIN]).toarray(), codes[TRAIN])
    np.testing.assert_allclose(placement.expected(ALL), model.predict(encoder.transform(ALL).toarray()))
    residuals = codes[TRAIN] - placement.expected(ALL[TRAIN])
    rank = 1 + sum(size - 1 for size in SIZES)
    np.testing.assert_allclose(placement.spread, np.sqrt((residuals**2).sum(0) / (TRAIN.sum() - rank)))
    np.testing.assert_allclose(placement.intercept, codes[TRAIN].mean(axis=0))


def test_an_additive_code_with_noise_lies_one_spread_away_held_out_or_not() -> None:
    codes = additive_codes()
    placement = fit_placement(codes[TRAIN], ALL[TRAIN], SIZES)
    np.testing.assert_allclose(placement.spread, DEVIATION, rtol=0.08)
    for part in (TRAIN, IN_DISTRIBUTION, HELD_OUT):
        assert root_mean_square(placement_error(placement, codes[part], ALL[part])) == pytest.approx(
            1, abs=0.06
        )


def test_the_spread_of_a_pair_is_that_within_its_cells() -> None:
    codes, pair = additive_codes(), ALL[:, [0, 2]]
    placement = fit_placement(codes[TRAIN], pair[TRAIN], (3, 8))
    squares, cells = np.zeros(codes.shape[1]), 0
    for cell in np.unique(pair[TRAIN], axis=0):
        inside = codes[TRAIN][(pair[TRAIN] == cell).all(axis=1)]
        squares, cells = squares + ((inside - inside.mean(axis=0)) ** 2).sum(axis=0), cells + 1
    np.testing.assert_allclose(placement.spread, np.sqrt(squares / (TRAIN.sum() - cells)))
    assert (placement.spread > 5 * DEVIATION).all()  # what the other factors change is inside a cell
    error = root_mean_square(placement_error(placement, codes[HELD_OUT], pair[HELD_OUT]))
    assert error == pytest.approx(1, abs=0.2)


def aligned_codes() -> np.ndarray:
    """Codes (N, 4), each of one factor, with noise."""
    return ALL / np.array(SIZES) + DEVIATION * np.random.default_rng(3).normal(size=ALL.shape)


@pytest.mark.parametrize("factors", [[0, 1, 2, 3], [0, 2]], ids=["all", "pair"])
@pytest.mark.parametrize("wrong", ["swapped", "collapsed"])
def test_held_out_images_encoded_as_others_lie_far_away(factors: list[int], wrong: str) -> None:
    right, labels = aligned_codes(), ALL[:, factors]
    others = right.mean(axis=0)
    if wrong == "swapped":
        mirrored = ALL[HELD_OUT] * [0, 1, 1, 1] + [2, 0, 0, 0]  # as another shape
        others = right[np.ravel_multi_index(tuple(mirrored.T), SIZES)]
    placement = fit_placement(right[TRAIN], labels[TRAIN], [SIZES[f] for f in factors])
    near = root_mean_square(placement_error(placement, right[HELD_OUT], labels[HELD_OUT]))
    far = placement_error(placement, right[HELD_OUT] * 0 + others, labels[HELD_OUT])
    assert near == pytest.approx(1, abs=0.1)
    assert root_mean_square(far) > 4 * near


def test_other_factors_in_the_latents_of_a_pair_hide_that_codes_collapse() -> None:
    codes, pair = additive_codes(), [0, 2]
    of_pair = fit_placement(codes[TRAIN], ALL[TRAIN][:, pair], [SIZES[f] for f in pair])
    of_all = fit_placement(codes[TRAIN], ALL[TRAIN], SIZES)
    collapsed = np.tile(codes.mean(axis=0), (int(HELD_OUT.sum()), 1))
    assert root_mean_square(placement_error(of_pair, collapsed, ALL[HELD_OUT][:, pair])) < 1.5
    assert root_mean_square(placement_error(of_all, collapsed, ALL[HELD_OUT])) > 10


def test_a_displacement_of_c_spreads_in_every_latent_gives_one_plus_c_squared() -> None:
    codes = additive_codes()
    placement = fit_placement(codes[TRAIN], ALL[TRAIN], SIZES)
    distances = placement_error(placement, codes[HELD_OUT] + 3 * placement.spread, ALL[HELD_OUT])
    expected = 1 + 3**2
    assert (distances**2).mean() == pytest.approx(expected, rel=0.05)


def test_latents_that_no_factor_moves_do_not_count() -> None:
    rng = np.random.default_rng(1)
    codes = np.hstack([additive_codes(), rng.normal(size=(len(ALL), 3)), np.full((len(ALL), 1), 0.7)])
    placement = fit_placement(codes[TRAIN], ALL[TRAIN], SIZES)
    assert (placement.weights[:6] > 0.99).all()
    assert (placement.weights[6:9] < 0.05).all()
    assert placement.weights[9] == 0
    alone = fit_placement(codes[TRAIN, :6], ALL[TRAIN], SIZES)
    moved = codes + np.r_[np.zeros(6), np.full(4, 1.0)]
    np.testing.assert_allclose(
        placement_error(placement, moved[HELD_OUT], ALL[HELD_OUT]),
        placement_error(alone, codes[HELD_OUT, :6], ALL[HELD_OUT]),
        atol=0.3,
    )


def test_each_factor_is_assigned_the_latent_that_it_moves() -> None:
    codes = np.stack([ALL[:, 3], ALL[:, 0], np.zeros(len(ALL)), ALL[:, 2], ALL[:, 1]], axis=1).astype(float)
    placement = fit_placement(codes, ALL, SIZES)
    assert placement.assigned_latents().tolist() == [1, 4, 3, 0]
    np.testing.assert_allclose(placement.effect_shares.sum(axis=1), [1, 1, 0, 1, 1], atol=1e-6)
    few = fit_placement(codes[:, :2], ALL, SIZES)
    assert few.assigned_latents().tolist() == [1, -1, -1, 0]


def test_the_place_of_a_value_never_seen_is_unknown() -> None:
    codes = additive_codes()
    seen = ALL[:, 2] < 4
    placement = fit_placement(codes[seen], ALL[seen], SIZES)
    assert np.isnan(placement.expected(ALL[~seen])).all()
    assert np.isnan(root_mean_square(placement_error(placement, codes[~seen], ALL[~seen])))


def test_what_cannot_be_fitted_is_refused() -> None:
    codes = additive_codes()
    with pytest.raises(Unsupported, match="5 points are too few"):
        fit_placement(codes[:5], ALL[:5], SIZES)
    with pytest.raises(CallError, match="do not match"):
        fit_placement(codes[:9], ALL, SIZES)
    with pytest.raises(CallError, match="whole-number factors"):
        fit_placement(codes, ALL.astype(float), SIZES)
    with pytest.raises(CallError, match="from 0 to less than"):
        fit_placement(codes, ALL, (3, 6, 8, 7))
