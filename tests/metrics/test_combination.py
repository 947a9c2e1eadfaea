"""Placement and decoder errors of held-out combinations, and which part of a model fails."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder

from disentcli.errors import CallError, Unsupported
from disentcli.metrics import MetricWarning, combination

from .split_toys import (
    DEVIATION,
    FACTORS,
    HELD_OUT,
    NEITHER,
    SPACE,
    TESTED,
    TRAIN,
    Grid,
    LinearImages,
    additive_codes,
    make_parts,
)

CODES = additive_codes()
MISPLACED = CODES.copy()
MISPLACED[HELD_OUT, 0] += 1 / 3  # as ellipses


@pytest.mark.parametrize(
    ("codes", "decoder_fails", "verdict"),
    [
        (CODES, False, "neither"),
        (MISPLACED, False, "encoder"),
        (CODES, True, "decoder"),
        (MISPLACED, True, "both"),
    ],
    ids=["neither", "encoder", "decoder", "both"],
)
def test_the_part_that_was_broken_is_found(codes: np.ndarray, decoder_fails: bool, verdict: str) -> None:
    scores = combination(make_parts(codes, fails=decoder_fails))
    wrong = (verdict in ("encoder", "both"), verdict in ("decoder", "both"))
    assert (scores["encoder_fails"], scores["decoder_fails"]) == wrong
    assert scores["verdict"] == wrong[0] + 2 * wrong[1]
    assert scores["used"] == {"condition": "shape, pos_x", "verdict": verdict}
    assert "reason" not in scores


def test_additive_codes_lie_one_spread_away_in_every_part() -> None:
    scores = combination(make_parts(CODES))
    for part in ("train", "in_distribution", "held_out"):
        for name in ("placement_error", "placement_error_condition", "placement_error_latents"):
            assert scores[f"{part}.{name}"] == pytest.approx(1, abs=0.15), (part, name)


def test_misplaced_codes_lie_as_far_away_as_they_were_moved() -> None:
    scores = combination(make_parts(MISPLACED))
    displaced = (1 / 3 / DEVIATION) ** 2
    of_latents = np.sqrt(1 + displaced / 2)  # of the latents of shape and position one was moved
    assert scores["held_out.placement_error_latents"] == pytest.approx(of_latents, rel=0.1)
    assert scores["held_out.placement_error"] == pytest.approx(np.sqrt(1 + displaced / 4), rel=0.1)
    assert scores["in_distribution.placement_error"] == pytest.approx(1, abs=0.15)


def test_expected_codes_and_their_errors_are_those_of_a_regression_on_one_hot_factors() -> None:
    codes = MISPLACED**2 + MISPLACED
    scores, images = combination(make_parts(codes)), LinearImages()
    encoder = OneHotEncoder(drop="first").fit(FACTORS[~NEITHER])
    model = LinearRegression().fit(encoder.transform(FACTORS[TRAIN]).toarray(), codes[TRAIN])
    for name, part in {"in_distribution": TESTED, "held_out": HELD_OUT}.items():
        known = part & (FACTORS[:, 1] < 5)  # training shows no size 5, of which the place is unknown
        expected = model.predict(encoder.transform(FACTORS[known]).toarray())
        nll, mse = images.of_codes(np.flatnonzero(known), expected)
        assert scores[f"{name}.nll_expected"] == pytest.approx(nll)
        assert scores[f"{name}.mse_expected"] == pytest.approx(mse)
        variance = ((images.images[known] - images.images[TRAIN].mean(axis=0)) ** 2).mean()
        assert scores[f"{name}.decoder_error"] == pytest.approx(mse / variance)


def test_thresholds_are_options() -> None:
    slightly = CODES + 2 * DEVIATION * HELD_OUT[:, None]
    assert combination(make_parts(slightly))["encoder_fails"] == 1
    assert combination(make_parts(slightly), encoder_ratio=3.0)["encoder_fails"] == 0
    failing = make_parts(CODES, fails=True)
    share = combination(failing)["held_out.decoder_error"]
    assert combination(failing, decoder_ratio=2 * share / 0.05)["decoder_fails"] == 0
    assert combination(failing, least_decoder_error=share)["decoder_fails"] == 0


def test_expected_codes_that_decode_badly_everywhere_tell_nothing_of_the_decoder() -> None:
    mixed = CODES * np.where(FACTORS[:, [3]] % 2, 1, -1) * np.where(FACTORS[:, [1]] % 2, 1, -1)
    scores = combination(make_parts(mixed))
    assert scores["in_distribution.decoder_error"] > 0.5
    assert np.isnan(scores["decoder_fails"])
    assert np.isnan(scores["verdict"])
    assert "tell nothing of the decoder" in scores["reason"]
    assert "verdict" not in scores["used"]


class NoDecoder(LinearImages):
    """A model without a decoder."""

    def of_codes(self, indices: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
        raise Unsupported("supervised has no decoder")


def test_an_encoder_alone_is_judged_alone() -> None:
    scores = combination(make_parts(MISPLACED, errors=NoDecoder()))
    assert scores["encoder_fails"] == 1
    assert np.isnan(scores["decoder_fails"])
    assert np.isnan(scores["verdict"])
    assert scores["reason"] == "supervised has no decoder"
    assert "held_out.mse_expected" not in scores


def test_where_extrapolated_images_should_land_is_unknown() -> None:
    right = FACTORS[:, 2] >= 4
    every = {
        "train": np.flatnonzero(~right & (np.arange(SPACE.size) % 5 > 0)),
        "in_distribution": np.flatnonzero(~right & (np.arange(SPACE.size) % 5 == 0)),
        "held_out": np.flatnonzero(right),
        "neither": np.empty(0, dtype=np.int64),
    }
    scores = combination(make_parts(CODES, every=every, held_out_factors=("pos_x",)))
    assert np.isnan(scores["held_out.placement_error"])
    assert np.isnan(scores["verdict"])
    assert "extrapolation" in scores["reason"]
    assert scores["in_distribution.placement_error"] == pytest.approx(1, abs=0.15)


def test_the_factors_of_the_condition_can_be_named() -> None:
    scores = combination(make_parts(CODES), condition=("size", "pos-y"))
    assert scores["used"]["condition"] == "size, pos_y"
    with pytest.raises(CallError, match="colour"):
        combination(make_parts(CODES), condition=("colour",))


def test_training_images_are_the_reference_where_the_split_keeps_no_others() -> None:
    full = make_parts(CODES)
    every = {**full.every, "in_distribution": np.empty(0, dtype=np.int64)}
    with pytest.warns(MetricWarning, match="training images are the reference"):
        scores = combination(make_parts(MISPLACED, fails=True, every=every))
    assert scores["used"]["verdict"] == "both"
    assert not any(name.startswith("in_distribution") for name in scores)


def test_what_cannot_be_measured_is_refused_with_the_reason() -> None:
    full = make_parts(CODES)
    nothing = {**full.every, "held_out": np.empty(0, dtype=np.int64)}
    with pytest.raises(Unsupported, match="the split holds out no combinations"):
        combination(make_parts(CODES, every=nothing))
    with pytest.raises(Unsupported, match="the data have no factors"):
        combination(make_parts(CODES, dataset=Grid((), (), (), FACTORS[:, :0])))
    with pytest.raises(Unsupported, match="tokens, without distances"):
        combination(make_parts(CODES, ordered=False))
    with pytest.raises(Unsupported, match="name some with the option"):
        combination(make_parts(CODES, held_out_factors=()))
