"""Which latents figures mark as unused, by the criterion that fits the model."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import torch

from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.plots import active_latents
from disentcli.plots.active_latents import (
    BY_RANGE,
    BY_RESPONSE,
    BY_VARIANCE,
    Activity,
    active_by_range,
    active_by_variance,
    decoder_responses,
    has_prior_scale,
    latent_activity,
)

CODES = np.random.default_rng(0).normal(size=(200, 4))


class Linear:
    """An inference whose decoder weighs each latent: x = z · weights."""

    def __init__(self, latent: object, weights: list[float]) -> None:
        self.decoding_model = self
        self.latent, self.weights = latent, np.array(weights)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return codes * self.weights


def activity(latent: object, weights: list[float], codes: np.ndarray) -> Activity:
    return latent_activity(Linear(latent, weights), codes)  # type: ignore[arg-type]


def test_examples_hold() -> None:
    assert doctest.testmod(active_latents).attempted == 2
    assert not doctest.testmod(active_latents).failed


def test_with_a_prior_it_is_the_variance_of_the_mean_code_that_counts() -> None:
    codes = CODES / CODES.std(axis=0) * np.sqrt([1.0, 0.0101, 0.0099, 0.0])  # variances about Burda's 0.01
    found = activity(GaussianLatent(4), [0.0] * 4, codes)
    assert found.mask.tolist() == [True, True, False, False]
    assert found.criterion == BY_VARIANCE
    assert "0.01" in found.criterion
    assert not active_by_variance(codes * 0.09).any()  # no latent is active beside others that are less so


def test_without_one_it_is_the_decoders_answer() -> None:
    found = activity(PlainLatent(4), [1.0, 0.02, 0.005, 0.0], CODES * [1e-3, 1e-3, 1e-3, 50.0])
    assert found.mask.tolist() == [True, True, False, False]
    assert found.criterion == BY_RESPONSE
    assert not activity(PlainLatent(4), [0.0] * 4, CODES).mask.any()


def test_the_answer_is_what_the_decoder_does_from_one_end_of_the_codes_to_the_other() -> None:
    weights = [1.0, 2.0, 0.5, 0.0]
    low, high = np.quantile(CODES, [0.025, 0.975], axis=0)
    expected = (high - low) * weights / np.sqrt(4)  # of four numbers one moves
    inference = Linear(PlainLatent(4), weights)
    np.testing.assert_allclose(decoder_responses(inference, CODES), expected, rtol=1e-6)  # type: ignore[arg-type]


def test_latents_of_codebooks_have_no_scale_of_a_prior() -> None:
    assert has_prior_scale(GaussianLatent(2))
    assert not has_prior_scale(PlainLatent(2))
    assert not has_prior_scale(QuantizedLatent(2, num_values=(3, 5)))
    assert GaussianLatent(2).divergences(torch.zeros(1, 4)) is not None
    assert PlainLatent(2).divergences(torch.zeros(1, 2)) is None


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 1e300])
def test_without_a_decoder_it_is_the_range_beside_the_widest(scale: float) -> None:
    shares = np.array([1.0, 0.2, 0.01, 0.0])
    assert active_by_range(CODES * shares * scale).tolist() == [True, True, False, False]


def test_none_is_active_where_codes_vary_by_rounding_alone() -> None:
    assert not active_by_range(0.3 * (1 + 1e-8 * CODES)).any()
    beside = np.column_stack([CODES[:, 0] * 1e-7, 0.3 * (1 + 1e-8 * CODES[:, 1])])
    assert active_by_range(beside).tolist() == [True, False]
    assert "twentieth" in BY_RANGE
