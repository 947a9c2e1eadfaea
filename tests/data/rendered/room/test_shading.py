"""Shadows against closed forms, and layers that stay within white."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.rendered.room.dataset import color_layers
from disentcli.data.rendered.room.scene import HALF
from disentcli.data.rendered.room.shading import CELLS, LAMP, floor_light
from disentcli.data.rendered.room.shapes import SHAPES, Sphere, make_shape


def test_a_sphere_hides_of_the_sky_what_its_form_factor_says() -> None:
    """(r/D)² cos θ with cos θ = r/D, for a sphere of radius r that touches the floor, its centre D away."""
    radius, middles = 0.6, (np.arange(CELLS) + 0.5) / CELLS * 2 * HALF - HALF
    x, z = np.meshgrid(middles, middles)
    hidden = (radius**2 / (x**2 + z**2 + radius**2)) ** 1.5
    assert np.abs(1 - floor_light(Sphere(radius)).sky - hidden).max() < 0.03


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shadow_lies_where_the_lamp_is_hidden(shape: str) -> None:
    lit = floor_light(make_shape(shape, 1.0))
    x, y, z = LAMP[:, 0]
    middle = 0.5 * make_shape(shape, 1.0).height
    shadow, towards_lamp = -middle / (y - middle) * np.array([x, z]), np.array([x, z]) / 2
    assert lit.at(*shadow[:, None])[0] == 0
    assert lit.at(*towards_lamp[:, None])[0] == 1


def test_beside_an_upright_side_half_of_the_sky_is_seen_even_between_the_cells() -> None:
    cube = floor_light(make_shape("cube", 1.0))
    x = np.full(200, 0.501)
    _, sky = cube.at(x, np.linspace(-0.2, 0.2, 200))
    assert (sky > 0.45).all()
    assert (sky < 0.62).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_layers_never_exceed_white(shape: str) -> None:
    solid = make_shape(shape, 1.25)
    parts, rest = color_layers(solid, floor_light(solid), -30.0, 32)
    assert parts.dtype == rest.dtype == np.uint8
    assert (parts.sum(axis=0, dtype=int)[..., None] + rest).max() <= 255
    for part in parts:
        assert part.max() > 150


def test_halving_the_image_keeps_the_picture() -> None:
    """The mean of 2×2 pixels of the larger image is the pixel of the smaller one."""
    solid = make_shape("cylinder", 1.0)
    lit = floor_light(solid)
    small, large = (color_layers(solid, lit, 12.0, size)[0].astype(float) for size in (32, 64))
    means = large.reshape(3, 32, 2, 32, 2).mean(axis=(2, 4))
    assert np.abs(means - small).mean() < 1
    assert np.quantile(np.abs(means - small), 0.98) < 8
