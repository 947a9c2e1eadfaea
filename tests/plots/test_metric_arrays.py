"""Latents that figures mark as unused."""

from __future__ import annotations

import numpy as np

from disentcli.plots.metric_arrays import active_latents

CODES = np.random.default_rng(0).normal(size=(200, 4))


def test_latents_that_range_over_a_twentieth_of_the_widest_are_active() -> None:
    shares = np.array([1.0, 0.2, 0.01, 0.0])
    for scale in (1e-300, 1e-8, 1.0, 1e300):
        assert active_latents(CODES * shares * scale).tolist() == [True, True, False, False]


def test_none_is_active_where_codes_vary_by_rounding_alone() -> None:
    assert not active_latents(0.3 * (1 + 1e-8 * CODES)).any()
    beside = np.column_stack([CODES[:, 0] * 1e-7, 0.3 * (1 + 1e-8 * CODES[:, 1])])
    assert active_latents(beside).tolist() == [True, False]
