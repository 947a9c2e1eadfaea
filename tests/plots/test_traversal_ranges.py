"""The ranges of traversals, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.plots.traversal_ranges import (
    RANGES,
    describe_range,
    latent_values,
    traversal_range,
)

CODES = np.random.default_rng(0).normal(3.0, 2.0, size=(500, 3))


def test_each_range_is_what_its_name_says() -> None:
    latent = PlainLatent(3)
    expected = {
        "quantiles": np.quantile(CODES, [0.025, 0.975], axis=0).T,
        "std": np.stack([CODES.mean(0) - 2 * CODES.std(0), CODES.mean(0) + 2 * CODES.std(0)], axis=1),
        "minmax": np.stack([CODES.min(0), CODES.max(0)], axis=1),
        "fixed": np.array([[-2.0, 2.0]] * 3),
    }
    assert expected.keys() == RANGES.keys()
    for rule, ends in expected.items():
        np.testing.assert_allclose(traversal_range(latent, CODES, rule), ends)
        values = latent_values(latent, CODES, rule)
        np.testing.assert_allclose(values, np.linspace(*ends.T, 9, axis=1))


@pytest.mark.parametrize("rule", RANGES)
def test_a_discrete_latent_steps_through_its_values_whatever_the_range(rule: str) -> None:
    latent = QuantizedLatent(2, num_values=5)
    codes = latent.codes(torch.linspace(-0.5, 0.5, 101)[:, None].repeat(1, 2)).detach().numpy()
    values = latent_values(latent, codes.astype(float), rule)
    np.testing.assert_allclose(values, [[-0.5, -0.25, 0, 0.25, 0.5]] * 2, atol=1e-7)
    assert describe_range(latent, rule) == "the values in use"


def test_an_unknown_range_names_the_nearest() -> None:
    with pytest.raises(CallError, match="did you mean minmax"):
        traversal_range(PlainLatent(3), CODES, "minmx")
