"""Colours: the hue of what is seen is the value of its factor, and integers agree with real numbers."""

from __future__ import annotations

from colorsys import hsv_to_rgb, rgb_to_hsv

import numpy as np

from disentcli.data.rendered.room.grid import RoomGrid
from disentcli.data.rendered.room.render import cast
from disentcli.data.rendered.room.tint import SATURATIONS, coloured

GRID = RoomGrid(size=32, floor_hues=10, wall_hues=10, object_hues=10, scales=1, shapes=4, orientations=1)


def test_images_are_the_sum_of_their_layers_in_colour() -> None:
    parts, rest = cast(GRID)
    hues = ([0.1], [0.5], [0.0, 0.7])
    for images, of_object in zip(coloured(parts, rest, hues), hues[2], strict=True):
        colours = [
            np.array(hsv_to_rgb(hue, saturation, 1))
            for hue, saturation in zip((0.1, 0.5, of_object), SATURATIONS, strict=True)
        ]
        exact = rest + sum(part[..., None] * colour for part, colour in zip(parts, colours, strict=True))
        assert np.abs(images - exact).max() < 1


def test_the_median_hue_of_floor_wall_and_object_is_that_of_their_factor() -> None:
    parts, rest = cast(GRID)
    alone = (parts > 0).sum(axis=0) == 1
    matt = alone & (rest.max(axis=-1) == 0)  # neither sky nor highlight
    shown = [matt & (parts[0] > 60), matt & (parts[1] > 60), alone & (parts[2] > 60)]
    for k in range(10):
        hues = ([k / 10], [(k + 3) % 10 / 10], [(k + 6) % 10 / 10])
        images = next(coloured(parts, rest, hues))
        for (hue,), where in zip(hues, shown, strict=True):
            pixels = images[where][::7] / 255
            off = [(rgb_to_hsv(*pixel)[0] - hue + 0.5) % 1 - 0.5 for pixel in pixels]
            assert abs(np.median(off)) < 0.002
            assert np.abs(off).max() < 0.02


def test_the_object_changes_fastest_and_a_start_leaves_combinations_out() -> None:
    parts, rest = cast(GRID)
    hues = ([0.0, 0.5], [0.2, 0.4, 0.9], [0.1, 0.6])
    every = [images.copy() for images in coloured(parts, rest, hues)]
    assert len(every) == 12
    alone = next(coloured(parts, rest, ([0.5], [0.4], [0.6])))
    assert np.array_equal(every[1 * 6 + 1 * 2 + 1], alone)
    for start in (1, 2, 7, 11, 12):
        later = [images.copy() for images in coloured(parts, rest, hues, start)]
        assert len(later) == 12 - start
        assert all(np.array_equal(a, b) for a, b in zip(later, every[start:], strict=True))
