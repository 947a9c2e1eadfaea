"""Circles and simple: closed forms of area, centroid and moment; symmetry; the same bytes everywhere."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.dataset import Dataset
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.polygons import PIXEL
from disentcli.data.rendered.simple_shapes import CHECKSUMS, Circles, ShapeGrid, Simple, regular
from disentcli.errors import CallError

AREA = 64**2 / 25
MOMENTS = {"circle": 1 / (2 * math.pi), "triangle": 1 / (3 * math.sqrt(3)), "square": 1 / 6}  # of area 1


@pytest.fixture(scope="module")
def circles(tmp_path_factory: pytest.TempPathFactory) -> Circles:
    return Circles(str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def simple(tmp_path_factory: pytest.TempPathFactory) -> Simple:
    return Simple(str(tmp_path_factory.mktemp("data")), positions=9, shapes=3)


def pictures(data: Dataset) -> np.ndarray:
    """Red (N, H, W) in 0…1."""
    return data.batch(torch.arange(len(data)))[:, 0].double().numpy()


def centroids(images: np.ndarray) -> np.ndarray:
    """(N, 2): x and y in pixels from the upper left corner."""
    pixels, mass = np.arange(images.shape[-1]) + 0.5, images.sum(axis=(1, 2))
    across, down = images.sum(axis=1) @ pixels / mass, images.sum(axis=2) @ pixels / mass
    return np.stack([across, down], axis=-1)


def test_circles_lie_where_their_factors_say(circles: Circles) -> None:
    positions = np.take(circles.factor_space.values[0], circles.factors())
    assert np.abs(centroids(pictures(circles)) - (12 + 40 * positions)).max() < 0.02
    assert positions.min() == 0
    assert positions.max() == 1


def test_shapes_lie_where_their_factors_say(simple: Simple) -> None:
    positions = np.take(simple.factor_space.values[0], simple.factors()[:, :2])
    assert np.abs(centroids(pictures(simple)) - (12 + 40 * positions)).max() < 1 / 32


def test_every_shape_has_the_same_area_wherever_it_is(circles: Circles, simple: Simple) -> None:
    for data in (circles, simple):
        assert np.abs(pictures(data).sum(axis=(1, 2)) / AREA - 1).max() < 0.01


def test_shapes_have_the_moment_of_inertia_of_their_names(simple: Simple) -> None:
    images, shapes = pictures(simple), simple.factors()[:, 2]
    offsets = np.arange(64) + 0.5 - centroids(images)[..., None]
    across, down = (offsets**2).transpose(1, 0, 2)
    spread = np.einsum("nij,nj->n", images, across) + np.einsum("nij,ni->n", images, down)
    moments = (spread - AREA / 6) / AREA**2  # a pixel has a moment of its own: 1/6
    expected = [MOMENTS[name] for name in simple.factor_space.values[2]]
    assert np.abs(moments / np.take(expected, shapes) - 1).max() < 0.02


def test_a_triangle_points_upward(simple: Simple) -> None:
    triangle = pictures(simple)[simple.factor_space.index(np.array([[4, 4, 1]]))[0]]
    widths = triangle.sum(axis=1)[triangle.sum(axis=1) > 0]
    assert (np.diff(widths[:-1]) > 0).all()
    assert np.allclose(triangle, triangle[:, ::-1], atol=0.01)


def test_circles_are_as_points_in_a_circle_say(circles: Circles) -> None:
    radius, center = math.sqrt(AREA / math.pi), 12 + 40 * 10 / 31
    fine = (np.arange(64 * 16) + 0.5) / 16 - center
    inside = (fine[:, None] ** 2 + fine**2 < radius**2).reshape(64, 16, 64, 16).mean(axis=(1, 3))
    drawn = pictures(circles)[circles.factor_space.index(np.array([[10, 10]]))[0]]
    assert np.abs(drawn - inside).max() < 1 / 16


def test_mirrored_places_have_mirrored_pictures(circles: Circles) -> None:
    images = pictures(circles).reshape(32, 32, 64, 64)
    assert np.abs(images[::-1] - images[..., ::-1]).max() < 0.05
    assert np.abs(images[:, ::-1] - images[..., ::-1, :]).max() < 0.05
    assert np.abs(images.swapaxes(0, 1) - images.swapaxes(2, 3)).max() < 0.05


def test_the_color_is_constant_on_black(simple: Simple) -> None:
    images = simple.batch(torch.arange(len(simple))) * 255
    assert torch.equal(images.amax(dim=(2, 3)), torch.tensor([255.0, 170.0, 0.0]).expand(len(simple), 3))
    assert torch.allclose(images[:, 1], images[:, 0] * 170 / 255, atol=1)
    assert images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].max() == 0


@pytest.mark.parametrize("corners", [3, 4, 512])
def test_regular_polygons_enclose_the_area_asked_for(corners: int) -> None:
    x, y = (regular(corners, Fraction(163_84, 100)) / PIXEL).T
    shoelace = 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
    assert abs(shoelace) == pytest.approx(163.84, abs=0.01)
    assert np.abs([x.mean(), y.mean()]).max() < 1e-4


def test_the_published_factors_and_their_names(circles: Circles, tmp_path: Path) -> None:
    assert (circles.factor_names, circles.factor_sizes) == (("x", "y"), (32, 32))
    info = describe_dataset(Simple)
    assert (info.factor_names, info.factor_sizes) == (("x", "y", "shape"), (32, 32, 2))
    assert info.factor_values[2] == ("circle", "triangle")
    assert (info.shape, info.count, info.disk) == ((3, 64, 64), 2048, 25_165_824)


def test_infos_agree_with_what_is_rendered(circles: Circles, simple: Simple) -> None:
    for data, options in ((circles, {}), (simple, {"positions": 9, "shapes": 3})):
        info = describe_dataset(type(data), options)
        assert (info.shape, info.count) == (data.shape, len(data))
        assert (info.factor_names, info.factor_values) == (data.factor_names, data.factor_values)
        assert info.obtain == "rendered on first use"


def test_the_default_grids_have_the_known_checksums(circles: Circles, tmp_path: Path) -> None:
    assert circles.fingerprint == CHECKSUMS["circles_64_32x32"][:16] == "c3c968a31fd3ae77"
    assert Simple(str(tmp_path)).fingerprint == CHECKSUMS["simple_64_32x32x2"][:16] == "229d0c69c401864d"


def test_other_sizes_are_the_same_picture_at_their_scale(tmp_path: Path) -> None:
    data = Simple(str(tmp_path), size=32, positions=3, shapes=2)
    positions = np.take(data.factor_space.values[0], data.factors()[:, :2])
    assert np.abs(centroids(pictures(data)) - (6 + 20 * positions)).max() < 1 / 32
    assert np.abs(pictures(data).sum(axis=(1, 2)) / (AREA / 4) - 1).max() < 0.02


def test_the_folder_tells_the_options() -> None:
    grids = (
        ShapeGrid("circles", 64, 32),
        ShapeGrid("circles", 32, 32),
        ShapeGrid("circles", 64, 16),
        *(ShapeGrid("simple", 64, 32, shapes) for shapes in (2, 3)),
    )
    assert len({grid.folder for grid in grids}) == len(grids)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 30}, "size of simple must be a multiple of 8 in 16…256, not 30"),
        ({"positions": 1}, "positions of simple must be in 2…256, not 1"),
        ({"shapes": 1}, r"2 to 3 shapes \(circle, triangle, square\): shapes cannot be 1"),
        ({"shapes": 4}, r"shapes cannot be 4"),
    ],
)
def test_options_that_make_no_grid_are_refused(options: dict[str, int], message: str, tmp_path: Path) -> None:
    with pytest.raises(CallError, match=message):
        Simple(str(tmp_path), **options)
    with pytest.raises(CallError, match=message):
        describe_dataset(Simple, options)
