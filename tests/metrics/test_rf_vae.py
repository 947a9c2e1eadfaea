"""RF-VAE score on codes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.metrics.factor_batches import fix_factor, pair_factor, vary_factor
from disentcli.metrics.rf_vae import rf_vae
from disentcli.metrics.sampling import FunctionFactorSampler

from . import toys
from .samplers import SAMPLERS

COUNTS = {"num_train": 1000, "num_eval": 500, "num_variance_estimate": 2000}


def test_each_factor_its_own_code_is_perfect() -> None:
    for sampler in (
        SAMPLERS["A"],
        FunctionFactorSampler(toys.SIZES, lambda factors: -5.0 * factors[:, ::-1]),
    ):
        result = rf_vae(sampler, np.random.RandomState(0), **COUNTS)
        assert (result["train_accuracy"], result["eval_accuracy"]) == (1.0, 1.0)


def test_noise_beside_the_codes_is_what_varies_most() -> None:
    assert rf_vae(SAMPLERS["C"], np.random.RandomState(0), **COUNTS)["eval_accuracy"] < 0.5


def test_one_code_for_two_factors_names_one_of_them() -> None:
    sampler = FunctionFactorSampler(
        (4, 4, 4), lambda factors: np.stack([factors[:, 0] + factors[:, 1], factors[:, 2]], 1)
    )
    result = rf_vae(sampler, np.random.RandomState(0), **COUNTS)
    assert result["eval_accuracy"] == pytest.approx(2 / 3, abs=0.08)
    assert result["eval_above_chance"] == pytest.approx((result["eval_accuracy"] - 1 / 3) / (1 - 1 / 3))
    assert not result["train_votes"][2, 0]


def test_dead_codes_take_no_part() -> None:
    half = FunctionFactorSampler((4, 4), lambda factors: np.hstack([factors, factors * 0.0]))
    result = rf_vae(half, np.random.RandomState(0), prune_threshold=0.0, **COUNTS)
    assert result["num_active_dims"] == 2
    assert result["eval_accuracy"] == 1
    dead = FunctionFactorSampler((4, 4), lambda factors: factors * 0.0)
    assert rf_vae(dead, np.random.RandomState(0), **COUNTS)["eval_accuracy"] == 0


def test_scenes_hold_vary_and_share_the_chosen_factor() -> None:
    rng = np.random.default_rng(0)
    chosen, factors = np.array([0, 2]), rng.integers(9, size=(2, 2, 7, 3))
    held = fix_factor(chosen, factors.copy())
    varied = vary_factor(chosen, factors.copy())
    shared = pair_factor(chosen, factors.copy())
    for n, k in enumerate(chosen):
        others = [f for f in range(3) if f != k]
        assert (held[n, :, :, k] == factors[n, :, :1, k]).all()
        assert (held[n][..., others] == factors[n][..., others]).all()
        assert (varied[n, :, :, k] == factors[n, :, :, k]).all()
        assert (varied[n][..., others] == factors[n, :, :1][..., others]).all()
        assert (shared[n, 1, :, k] == factors[n, 0, :, k]).all()
        assert (shared[n, 1][:, others] == factors[n, 1][:, others]).all()
        assert (shared[n, 0] == factors[n, 0]).all()
