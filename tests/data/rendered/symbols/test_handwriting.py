"""Strokes follow the style, from seed, symbol and index alone, and cover the area of their outline."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BPoly

from disentcli.data.rendered.symbols.handwriting import STYLE, _cos_sin, distorted, rasterize, write
from disentcli.data.rendered.symbols.skeletons import SYMBOLS

COLUMN = {name: place for place, name in enumerate(STYLE)}


def ink(symbol: str, count: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ink (B, 45, 45) in 0…1 and style (B, 7)."""
    strokes = write(symbol, np.arange(count), size=45, seed=seed)
    return 1 - rasterize(strokes.starts, strokes.ends, strokes.widths, 45) / 255, strokes.style


def moments(images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mass, means of x and y, variances of x and y, covariance, of each image, in pixels."""
    places = np.arange(images.shape[-1]) + 0.5
    mass = images.sum(axis=(1, 2))
    x, y = images.sum(axis=1) @ places / mass, images.sum(axis=2) @ places / mass
    xx = images.sum(axis=1) @ places**2 / mass - x**2
    yy = images.sum(axis=2) @ places**2 / mass - y**2
    xy = np.einsum("bij,i,j->b", images, places, places) / mass - x * y
    return mass, x, y, xx, yy, xy


def related(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_no_ink_comes_near_the_border(symbol: str) -> None:
    images, _ = ink(symbol)
    border = np.ones((45, 45), bool)
    border[1:-1, 1:-1] = False
    assert (images[:, border] == 0).all()
    assert (images.max(axis=(1, 2)) > 0.9).all()


def test_the_style_shows_in_the_pictures() -> None:
    images, style = ink("0")
    mass, x, y, xx, yy, _ = moments(images)
    assert related(x, style[:, COLUMN["x_position"]]) > 0.85
    assert related(y, style[:, COLUMN["y_position"]]) > 0.85
    assert related(yy, style[:, COLUMN["height"]] ** 2) > 0.8
    assert related(xx / yy, style[:, COLUMN["aspect"]] ** 2) > 0.5
    assert related(mass, style[:, COLUMN["stroke_width"]]) > 0.85


def test_minus_turns_clockwise_and_one_leans_to_the_right() -> None:
    images, style = ink("-")
    _, _, _, xx, _, xy = moments(images)
    assert related(xy / xx, np.tan(style[:, COLUMN["rotation"]])) > 0.75
    images, style = ink("1")
    _, _, _, _, yy, xy = moments(images)
    assert related(-xy / yy, style[:, COLUMN["slant"]]) > 0.5


def test_styles_lie_between_their_bounds_mostly_in_the_middle() -> None:
    style = write("-", np.arange(4000), size=45, seed=3).style
    low, high = np.array(list(STYLE.values())).T
    assert (style >= low).all()
    assert (style <= high).all()
    np.testing.assert_allclose(style.mean(axis=0), (low + high) / 2, atol=0.02)
    np.testing.assert_allclose(style.std(axis=0), (high - low) / np.sqrt(24), rtol=0.05)  # triangular


def test_a_picture_follows_from_seed_symbol_and_index_alone() -> None:
    many = write("8", np.arange(20), size=45, seed=1)
    alone = write("8", np.array([13]), size=45, seed=1)
    np.testing.assert_array_equal(many.starts[13], alone.starts[0])
    np.testing.assert_array_equal(many.style[13], alone.style[0])
    assert not np.array_equal(many.starts, write("8", np.arange(20), size=45, seed=2).starts)
    assert not np.array_equal(many.style, write("9", np.arange(20), size=45, seed=1).style)


def test_no_two_pictures_are_the_same() -> None:
    images, _ = ink("-", 1000)
    assert len(np.unique(images.reshape(1000, -1), axis=0)) == 1000


def test_the_distortion_is_a_bernstein_polynomial_of_its_lattice() -> None:
    rng = np.random.default_rng(0)
    points, lattice = rng.uniform(-0.6, 0.6, (3, 7, 2)), rng.normal(size=(3, 4, 4, 2))
    u, v = np.moveaxis(points / 1.4 + 0.5, -1, 0)
    for b in range(3):
        for p in range(7):
            rows = BPoly(lattice[b].transpose(1, 0, 2)[:, None], [0, 1])(u[b, p])  # over the columns
            moved = BPoly(rows[:, None], [0, 1])(v[b, p])
            np.testing.assert_allclose(distorted(points, lattice)[b, p], points[b, p] + moved)


def test_a_lattice_moved_as_a_whole_moves_the_points_as_a_whole() -> None:
    points = np.random.default_rng(0).uniform(-0.7, 0.7, (2, 9, 2))
    lattice = np.broadcast_to(np.array([0.1, -0.2]), (2, 4, 4, 2))
    np.testing.assert_allclose(distorted(points, lattice), points + np.array([0.1, -0.2]))


def test_cosine_and_sine_are_right_within_the_angles_that_occur() -> None:
    angles = np.linspace(*STYLE["rotation"], 101)
    np.testing.assert_allclose(_cos_sin(angles), (np.cos(angles), np.sin(angles)), atol=1.2e-8)


def coverage(segments: list[list[list[float]]], width: float, size: int = 45) -> np.ndarray:
    """Ink (size, size) in 0…1 of some segments [[[x, y], [x, y]], …]."""
    ends = np.array(segments)[None]
    return 1 - rasterize(ends[:, :, 0], ends[:, :, 1], np.array([width]), size)[0] / 255


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
    image = rasterize(np.array([[[5.0, 20.5]]]), np.array([[[40.0, 20.5]]]), np.array([3.0]), 45)
    assert (image.dtype, image.shape) == (np.uint8, (1, 45, 45))
    assert (image[0, 20, 6:39] == 0).all()
    assert (np.delete(image[0], np.s_[17:24], axis=0) == 255).all()
