"""An independent renderer: a pinhole camera and sphere tracing of signed distances.

The object stands on the floor at the origin; the room is 4.4 wide, its walls are 1.8 high; the camera is 3.9
away from the object's axis and 1.9 high, looks at the height 0.54, and sees 0.37 to each side at distance 1.
"""

from __future__ import annotations

import numpy as np

FLOOR, WALL, OBJECT, SKY = range(4)


def camera(orientation: float) -> tuple[np.ndarray, np.ndarray]:
    """The eye (3,), and the axes right, up, forward as rows (3, 3)."""
    turn = np.radians(orientation)
    camera_position = np.array([3.9 * np.sin(turn), 1.9, 3.9 * np.cos(turn)])
    forward = np.array([0, 0.54, 0]) - camera_position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    return camera_position, np.stack([right, np.cross(right, forward), forward])


def project(points: np.ndarray, orientation: float) -> np.ndarray:
    """Places (N, 2) in the picture, right and down in 0…1, of points (N, 3)."""
    camera_position, axes = camera(orientation)
    right, up, ahead = axes @ (points - camera_position).T
    return np.stack([0.5 + right / ahead / 0.74, 0.5 - up / ahead / 0.74], axis=-1)


def object_distance(points: np.ndarray, shape: str, scale: float) -> np.ndarray:
    """Signed distances (N,) from points (N, 3) to the object."""
    x, y, z = (points / scale).T
    if shape == "cube":
        return scale * _box(np.stack([x, y - 0.5, z]), np.array([0.5, 0.5, 0.5]))
    if shape == "cylinder":
        return scale * _box(np.stack([np.hypot(x, z), y - 0.55]), np.array([0.54, 0.55]))
    if shape == "sphere":
        return scale * (np.sqrt(x**2 + (y - 0.62) ** 2 + z**2) - 0.62)
    return scale * (np.sqrt(x**2 + (y - np.clip(y, 0.42, 1.08)) ** 2 + z**2) - 0.42)


def _box(place: np.ndarray, half: np.ndarray) -> np.ndarray:
    beyond = np.abs(place) - half[:, None]
    return np.linalg.norm(np.maximum(beyond, 0), axis=0) + np.minimum(beyond.max(axis=0), 0)


def march(shape: str, scale: float, orientation: float, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Material and distance (side, side), seen through the middle of each pixel."""
    camera_position, axes = camera(orientation)
    steps = ((np.arange(side) + 0.5) / side - 0.5) * 0.74
    right, down = np.meshgrid(steps, steps)
    directions = np.stack([right, -down, np.ones_like(right)], axis=-1).reshape(-1, 3) @ axes
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    distance = np.zeros(len(directions))
    for _ in range(300):
        points = camera_position + distance[:, None] * directions
        nearest = np.stack([*_room(points), object_distance(points, shape, scale)])
        distance += np.maximum(nearest.min(axis=0), 0)
    met = nearest.argmin(axis=0)
    material = np.array([FLOOR, WALL, WALL, WALL, OBJECT])[met]
    material[(material == WALL) & (points[:, 1] > 1.8)] = SKY
    return material.reshape(side, side), distance.reshape(side, side)


def _room(points: np.ndarray) -> tuple[np.ndarray, ...]:
    """Distances to the floor, the back, the left and the right wall (which go on upwards), from inside."""
    x, y, z = points.T
    return y, z + 2.2, x + 2.2, 2.2 - x
