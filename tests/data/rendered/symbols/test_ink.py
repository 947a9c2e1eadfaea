"""Strokes of ink have the area and the shape of their outline."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.rendered.symbols.ink import inked


def coverage(segments: list[list[list[float]]], width: float, size: int = 45) -> np.ndarray:
    """Ink (size, size) in 0…1 of some segments [[[x, y], [x, y]], …]."""
    ends = np.array(segments)[None]
    return 1 - inked(ends[:, :, 0], ends[:, :, 1], np.array([width]), size)[0] / 255


@pytest.mark.parametrize("width", [1.6, 3.0, 4.2])
@pytest.mark.parametrize("turn", [0, 0.3, np.pi / 4, 2])
def test_a_segment_covers_its_length_times_its_width_and_two_round_ends(width: float, turn: float) -> None:
    along = 10 * np.array([np.cos(turn), np.sin(turn)])
    ink = coverage([[list(22.3 - along), list(22.3 + along)]], width)
    assert ink.sum() == pytest.approx(20 * width + np.pi * width**2 / 4, rel=0.03)


def test_a_dot_is_a_disc() -> None:
    fine = (np.arange(45 * 16) + 0.5) / 16
    inside = (fine - 20.2) ** 2 + (fine[:, None] - 23.7) ** 2 < 3**2
    exact = inside.reshape(45, 16, 45, 16).mean(axis=(1, 3))
    assert np.abs(coverage([[[20.2, 23.7], [20.2, 23.7]]], 6) - exact).max() < 0.13
    assert np.abs(coverage([[[20.2, 23.7], [20.2, 23.7]]], 6) - exact).mean() < 1e-3


def test_strokes_that_cross_are_not_darker() -> None:
    one, other = [[10.0, 22.5], [35.0, 22.5]], [[22.5, 10.0], [22.5, 35.0]]
    both = coverage([one, other], 3)
    np.testing.assert_array_equal(both, np.maximum(coverage([one], 3), coverage([other], 3)))


def test_ink_is_dark_and_paper_white() -> None:
    image = inked(np.array([[[5.0, 20.5]]]), np.array([[[40.0, 20.5]]]), np.array([3.0]), 45)
    assert (image.dtype, image.shape) == (np.uint8, (1, 45, 45))
    assert (image[0, 20, 6:39] == 0).all()
    assert (np.delete(image[0], np.s_[17:24], axis=0) == 255).all()
