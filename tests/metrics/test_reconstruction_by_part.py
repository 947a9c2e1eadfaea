"""Reconstruction errors by part, of images that are a linear map of their factors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from disentcli.errors import Unsupported
from disentcli.metrics.reconstruction_by_part import reconstruction_by_part

from .split_toys import FACTORS, SPACE, LinearImages, make_parts

EXACT = FACTORS / np.array(SPACE.sizes)


class Unbounded(LinearImages):
    """Of a decoder without a least error."""

    def least_nll(self, indices: np.ndarray) -> float:
        raise Unsupported("densities have no bound")


def test_the_errors_of_a_part_are_those_of_its_images_alone() -> None:
    found = reconstruction_by_part(make_parts(EXACT, fails=True))
    assert found["train.mse_per_pixel"] == pytest.approx(0, abs=1e-20)
    assert found["neither.mse_per_pixel"] == pytest.approx(0, abs=1e-20)
    off = 0.6 * LinearImages().weights[0]  # of every held-out image: another shape is decoded
    assert found["held_out.mse_per_pixel"] == pytest.approx((off**2).mean())
    assert found["held_out.nll_per_image"] == pytest.approx((off**2).sum() / 2)
    assert found["held_out.least_nll_per_image"] == 0


def test_an_unknown_least_error_leaves_the_others() -> None:
    found = reconstruction_by_part(make_parts(EXACT, errors=Unbounded(fails=True)))
    assert found["reason"] == "densities have no bound"
    assert math.isnan(found["held_out.least_nll_per_image"])
    assert found["held_out.nll_per_image"] > 0
