"""What the rays meet: the same as an independent renderer sees, and symmetric as the objects are."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.rendered.room.grid import RoomGrid
from disentcli.data.rendered.room.scene import FLOOR, OBJECT, SKY, WALL, camera_position, rays, trace
from disentcli.data.rendered.room.shapes import SHAPES, make_shape

from .marched import march, object_distance, project

SIDE = 96


def hit(shape: str, scale: float, orientation: float, side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """Material and distance (side, side)."""
    view = trace(camera_position(orientation), rays(orientation, side), make_shape(shape, scale))
    return view.material.reshape(side, side), view.distances.reshape(side, side)


def mask(shape: str, scale: float, orientation: float) -> np.ndarray:
    return hit(shape, scale, orientation)[0] == OBJECT


def inner(material: np.ndarray) -> np.ndarray:
    """Pixels whose neighbours all show the same material."""
    padded = np.pad(material, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return (windows == material[..., None, None]).all(axis=(-1, -2))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("scale", "orientation"), [(0.75, -30.0), (1.0, 0.0), (1.25, 17.0)])
def test_sphere_tracing_sees_the_same_materials_at_the_same_distances(
    shape: str, scale: float, orientation: float
) -> None:
    expected, distance = march(shape, scale, orientation, 48)
    material, distances = hit(shape, scale, orientation, 48)
    clear = inner(expected)
    assert clear.mean() > 0.7
    assert (material == expected)[clear].all()
    assert (material == expected).mean() > 0.99
    solid = clear & (expected != SKY)
    assert np.allclose(distances[solid], distance[solid], atol=2e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_normals_are_the_gradient_of_the_signed_distance(shape: str) -> None:
    solid, view = make_shape(shape, 1.1), trace(camera_position(20.0), rays(20.0, 64), make_shape(shape, 1.1))
    points = view.points[:, view.material == OBJECT].T
    steps = np.eye(3) * 1e-5
    gradient = [
        (object_distance(points + step, shape, 1.1) - object_distance(points - step, shape, 1.1)) / 2e-5
        for step in steps
    ]
    normals = solid.normals(points.T)
    assert np.allclose((normals * normals).sum(axis=0), 1)
    agree = np.abs(np.stack(gradient) - normals).max(axis=0) < 1e-3
    assert agree.mean() > 0.98  # all but those on an edge


@pytest.mark.parametrize("shape", ["cylinder", "sphere", "capsule"])
def test_a_round_object_looks_the_same_from_all_sides(shape: str) -> None:
    middle = mask(shape, 1.0, 0.0)
    assert np.array_equal(middle, middle[:, ::-1])
    for orientation in RoomGrid().angles:
        assert (mask(shape, 1.0, orientation) != middle).mean() < 5e-4


@pytest.mark.parametrize("shape", SHAPES)
def test_the_opposite_orientation_is_the_mirror_image(shape: str) -> None:
    for orientation in RoomGrid().angles[8:]:
        right, left = (hit(shape, 1.0, sign * orientation) for sign in (1, -1))
        assert (right[0] != left[0][:, ::-1]).mean() < 5e-4
        assert (np.abs(right[1] - left[1][:, ::-1]) > 1e-9).mean() < 5e-4


def test_the_cube_turns_with_the_camera() -> None:
    masks = [mask("cube", 1.0, orientation) for orientation in RoomGrid().angles]
    widths = [one.any(axis=0).sum() for one in masks]
    assert widths[0] == widths[-1] == max(widths)
    assert widths[7] == min(widths)
    assert widths[7:] == sorted(widths[7:])


def surface(shape: str, scale: float) -> np.ndarray:
    """Points (N, 3) all over the surface: on the unit sphere, pushed out to the object."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((20_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    middle = np.array([0, 0.5 * scale, 0])
    low, high = np.zeros(len(directions)), np.full(len(directions), 3.0)
    for _ in range(40):
        half = (low + high) / 2
        inside = object_distance(middle + half[:, None] * directions, shape, scale) < 0
        low, high = np.where(inside, half, low), np.where(inside, high, half)
    return middle + low[:, None] * directions


@pytest.mark.parametrize("shape", SHAPES)
def test_the_extent_in_the_picture_is_that_of_the_scaled_object(shape: str) -> None:
    unscaled, heights = surface(shape, 1.0), []
    for scale in RoomGrid().space.values[3]:
        rows, columns = np.nonzero(mask(shape, float(scale), 30.0))
        corners = project(unscaled * float(scale), 30.0)
        assert np.allclose(columns.min() / SIDE, corners[:, 0].min(), atol=1.5 / SIDE)
        assert np.allclose((columns.max() + 1) / SIDE, corners[:, 0].max(), atol=1.5 / SIDE)
        assert np.allclose(rows.min() / SIDE, corners[:, 1].min(), atol=1.5 / SIDE)
        assert np.allclose((rows.max() + 1) / SIDE, corners[:, 1].max(), atol=1.5 / SIDE)
        heights.append(int(np.ptp(rows)) + 1)
    assert (np.diff(heights) > 0).all()
    assert 0.3 < heights[0] / SIDE + 0.05 < heights[-1] / SIDE < 0.75


def test_the_room_is_laid_out_as_in_3d_shapes() -> None:
    """The floor below, walls above it, a strip of sky; the object in the middle, wholly in the picture."""
    for shape in SHAPES:
        material, _ = hit(shape, 1.25, 30.0)
        shown = material == OBJECT
        rows, columns = np.nonzero(shown)
        assert rows.min() > 0
        assert rows.max() < SIDE - 8
        assert abs((columns.min() + columns.max() + 1) / 2 - SIDE / 2) < 2
        assert (material[0] == SKY).all()
        assert (material[-1] == FLOOR).all()
        beside = material[:, :10]
        assert (beside != OBJECT).all()
        assert (np.diff((beside == WALL) + 2 * (beside == FLOOR), axis=0) >= 0).all()
