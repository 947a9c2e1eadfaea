"""Small images as features: their cells, and the distance of constant images in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.metrics.fid import frechet_distance, moments_of
from disentcli.metrics.pixel_features import PixelFeatures


def test_the_features_are_means_of_cells() -> None:
    images = torch.rand(3, 2, 32, 16, generator=torch.Generator().manual_seed(0))
    features = PixelFeatures(2)(images)
    cells = images.numpy().reshape(3, 2, 8, 4, 8, 2).mean((3, 5)).reshape(3, -1)
    assert features.shape == (3, PixelFeatures(2).dimension)
    np.testing.assert_allclose(features.numpy(), cells, rtol=1e-6)


def test_one_colour_images_are_as_far_apart_as_their_brightness() -> None:
    """Brightness u and u + 0.2 in each of 64 cells: ‖shift‖² = 64 · 0.04."""
    network = PixelFeatures(1)
    brightness = 0.5 * torch.rand(50, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    one, other = (
        moments_of([(brightness + shift).expand(-1, 1, 16, 16)], network, network.dimension)
        for shift in (0, 0.2)
    )
    assert frechet_distance(one, other) == pytest.approx(64 * 0.04, rel=1e-5)
