"""Weights over time: their published shapes, and that a config can name them."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from disentcli.config.instantiate import build
from disentcli.errors import CallError
from disentcli.methods import loss_schedules
from disentcli.methods.loss_schedules import (
    ConstantSchedule,
    CosineSchedule,
    CyclicSchedule,
    DelayedSchedule,
    LinearDecay,
    LinearSchedule,
    WeightSchedule,
)

from .models import VECTOR

EVERY = {
    "constant": ConstantSchedule(),
    "linear": LinearSchedule(steps=50),
    "anneal-down": LinearDecay(end=0.1, steps=50),
    "cosine": CosineSchedule(steps=50),
    "delayed": DelayedSchedule(steps=50),
    "cyclic": CyclicSchedule(period=50),
}


def test_the_examples_hold():
    assert doctest.testmod(loss_schedules).failed == 0


@pytest.mark.parametrize("name", EVERY)
def test_a_weight_scales_and_never_leaves_its_range(name: str):
    shares = np.array([EVERY[name](1.0, step) for step in range(130)])
    assert np.allclose([EVERY[name](7.0, step) for step in range(130)], 7 * shares)
    assert shares.min() >= 0
    assert shares.max() <= 1


def test_rising_weights_rise_and_falling_ones_fall():
    for weighting in (
        LinearSchedule(start=0.2, steps=50),
        CosineSchedule(start=0.2, steps=50),
        DelayedSchedule(start=0.2, steps=50),
    ):
        shares = [weighting(1.0, step) for step in range(130)]
        assert (np.diff(shares) >= 0).all()
        assert (shares[0], shares[-1]) == (pytest.approx(0.2), 1.0)
    falling = [EVERY["anneal-down"](1.0, step) for step in range(130)]
    assert (np.diff(falling) <= 0).all()
    assert (falling[0], falling[45], falling[-1]) == (1.0, pytest.approx(0.1), 0.1)


@pytest.mark.parametrize("name", EVERY)
def test_a_config_names_the_weighting_of_a_method(name: str):
    node = {
        "_type": "vae",
        "reg_wt": 4.0,
        "weighting": {"_type": name},
        "latent": {"_type": "gaussian", "latent_dim": 2},
        "encoder": {"_type": "conv12", "width": 8},
        "decoder": {"_type": "conv12", "width": 8},
    }
    model, full = build("method", node, inferred={"input_shape": VECTOR})
    assert isinstance(model.weighting, WeightSchedule)
    assert model.weights(30)["kl"] == type(model.weighting)()(4.0, 30)
    assert full["weighting"]["_type"] == name
    again, _ = build("method", full)
    assert again.weights(30) == model.weights(30)


def test_times_and_shares_out_of_range_are_refused():
    with pytest.raises(CallError, match="steps must be at least 1"):
        LinearSchedule(steps=0)
    with pytest.raises(CallError, match="share of the full weight"):
        LinearDecay(end=2.0)
    with pytest.raises(CallError, match="cannot be 0"):
        CyclicSchedule(ratio=0.0)
