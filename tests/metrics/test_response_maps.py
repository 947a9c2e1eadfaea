"""Response maps: closed forms of linear and radial fields, numpy's gradient, and where the plane lies."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.response_maps import divergence, mean_curvature, response_maps

CODES = np.random.default_rng(0).normal(size=(200, 3)) * [1, 3, 2] + [5, 0, 0]


def grid(resolution: int, extent: float) -> tuple[np.ndarray, float]:
    """Positions (n, n, 2) of a grid, and its step."""
    positions = np.linspace(-extent, extent, resolution)
    return np.stack(np.meshgrid(positions, positions, indexing="ij"), axis=-1), positions[1] - positions[0]


def by_loops(field: np.ndarray) -> np.ndarray:
    """The divergence at the inner points: half the difference of the neighbours on both sides."""
    n, m, _ = field.shape
    found = np.full((n, m), np.nan)
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            along = field[i + 1, j, 0] - field[i - 1, j, 0]
            found[i, j] = (along + field[i, j + 1, 1] - field[i, j - 1, 1]) / 2
    return found


def test_the_divergence_of_a_linear_field_is_the_trace_of_its_matrix() -> None:
    matrix = np.array([[0.3, -2.0], [1.5, -0.8]])
    points, step = grid(9, 2.0)
    np.testing.assert_allclose(divergence(points @ matrix.T), np.trace(matrix) * step, atol=1e-12)


def test_divergence_is_central_differences_and_numpys_gradient() -> None:
    field = np.random.default_rng(0).normal(size=(7, 5, 2))
    found = divergence(field)
    np.testing.assert_allclose(found[1:-1, 1:-1], by_loops(field)[1:-1, 1:-1])
    np.testing.assert_allclose(found, np.gradient(field[..., 0])[0] + np.gradient(field[..., 1])[1])


@pytest.mark.parametrize("centre", [(0.0, 0.0), (0.7, -0.4)])
def test_a_field_towards_a_point_has_half_the_curvature_of_circles_around_it(
    centre: tuple[float, float],
) -> None:
    """1 / r is the curvature of a circle; towards the centre is positive, away from it negative."""
    points, step = grid(401, 2.0)
    towards = np.array(centre) - points
    radius = np.linalg.norm(towards, axis=-1)
    inside = (radius > 0.3)[1:-1, 1:-1]
    for sign, speed in ((1, 1.0), (-1, radius[..., None])):  # of any speed
        found = mean_curvature(sign * speed * towards)[1:-1, 1:-1] / step
        np.testing.assert_allclose(found[inside], sign / (2 * radius[1:-1, 1:-1][inside]), rtol=2e-3)


def test_straight_lines_are_not_curved_and_no_motion_has_no_direction() -> None:
    points, _ = grid(11, 1.0)
    np.testing.assert_allclose(mean_curvature(np.ones_like(points) * [3.0, 1.0]), 0, atol=1e-12)
    np.testing.assert_array_equal(mean_curvature(np.zeros_like(points)), 0)


def test_maps_are_of_the_plane_through_the_mean_code() -> None:
    asked: list[np.ndarray] = []

    def respond(codes: np.ndarray) -> np.ndarray:
        asked.append(codes)
        return codes @ np.array([[1, 0, 0], [0, 0.5, 0], [0, 0.25, 1]])

    maps = response_maps(CODES, respond, extent=3.0, resolution=5)
    plane = asked[0].reshape(5, 5, 3)
    assert maps["latents"].tolist() == [1, 2]  # whose codes deviate most
    np.testing.assert_allclose(plane[..., 0], CODES[:, 0].mean())
    np.testing.assert_allclose(plane[..., 1:], grid(5, 3.0)[0])
    np.testing.assert_allclose(maps["positions"], [-3, -1.5, 0, 1.5, 3])
    expected = np.stack([-0.5 * plane[..., 1] + 0.25 * plane[..., 2], np.zeros((5, 5))], axis=-1)
    np.testing.assert_allclose(maps["response"], expected, atol=1e-12)
    np.testing.assert_allclose(maps["magnitude"], np.abs(expected[..., 0]))
    assert maps["mean_magnitude"] == pytest.approx(np.abs(expected[..., 0]).mean())
    np.testing.assert_allclose(maps["divergence"], -0.5 * 1.5)
    np.testing.assert_allclose(maps["mean_curvature"], mean_curvature(expected), atol=1e-12)


def test_the_latents_can_be_named_in_any_order() -> None:
    maps = response_maps(CODES, lambda codes: codes * [0.5, 1, 0], latents=(2, 0), resolution=3)
    assert maps["latents"].tolist() == [2, 0]
    np.testing.assert_allclose(maps["response"][2, 0], [-2, 1])


def test_rounding_is_no_response() -> None:
    exact = response_maps(CODES, lambda codes: codes.astype(np.float32).astype(float))
    assert exact["mean_magnitude"] == 0
    np.testing.assert_array_equal(exact["mean_curvature"], 0)


def test_what_has_no_plane_is_refused() -> None:
    with pytest.raises(Unsupported, match="at least 2 latents, got 1"):
        response_maps(CODES[:, :1], lambda codes: codes)
    with pytest.raises(Unsupported, match="values of codebooks"):
        response_maps(CODES, lambda codes: codes, np.zeros(CODES.shape, dtype=int))
    for latents in ((1, 1), (0, 3)):
        with pytest.raises(CallError, match="two different ones of 0 to 2"):
            response_maps(CODES, lambda codes: codes, latents=latents)
