"""The hand draws what its style says, from seed, symbol and index alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BPoly

from disentcli.data.rendered.symbols.handwriting import STYLE, _cos_sin, distorted, written
from disentcli.data.rendered.symbols.ink import inked
from disentcli.data.rendered.symbols.skeletons import SYMBOLS

COLUMN = {name: place for place, name in enumerate(STYLE)}


def ink(symbol: str, count: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ink (B, 45, 45) in 0…1 and style (B, 7)."""
    hand = written(symbol, np.arange(count), size=45, seed=seed)
    return 1 - inked(hand.starts, hand.ends, hand.widths, 45) / 255, hand.style


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
    style = written("-", np.arange(4000), size=45, seed=3).style
    low, high = np.array(list(STYLE.values())).T
    assert (style >= low).all()
    assert (style <= high).all()
    np.testing.assert_allclose(style.mean(axis=0), (low + high) / 2, atol=0.02)
    np.testing.assert_allclose(style.std(axis=0), (high - low) / np.sqrt(24), rtol=0.05)  # triangular


def test_a_picture_follows_from_seed_symbol_and_index_alone() -> None:
    many = written("8", np.arange(20), size=45, seed=1)
    alone = written("8", np.array([13]), size=45, seed=1)
    np.testing.assert_array_equal(many.starts[13], alone.starts[0])
    np.testing.assert_array_equal(many.style[13], alone.style[0])
    assert not np.array_equal(many.starts, written("8", np.arange(20), size=45, seed=2).starts)
    assert not np.array_equal(many.style, written("9", np.arange(20), size=45, seed=1).style)


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
