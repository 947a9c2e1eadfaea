"""The four objects of the room, standing on the floor at its middle: where a ray meets them, analytically."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .intervals import Span, ball, common, either, slab, tube

SHAPES = ("cube", "cylinder", "sphere", "capsule")


class Body(Protocol):
    """A convex body that stands on the floor y = 0, round the axis x = z = 0, in the lengths of the room."""

    @property
    def height(self) -> float: ...

    def span(self, origins: np.ndarray, directions: np.ndarray) -> Span:
        """Where the rays (3, N) enter and leave."""

    def normals(self, points: np.ndarray) -> np.ndarray:
        """The outward normals (3, N) at points (3, N) of the surface."""


@dataclass(frozen=True)
class Box:
    half: float

    @property
    def height(self) -> float:
        return 2 * self.half

    def span(self, origins: np.ndarray, directions: np.ndarray) -> Span:
        sides = [slab(origins[k], directions[k], -self.half, self.half) for k in (0, 2)]
        return common(*sides, slab(origins[1], directions[1], 0, self.height))

    def normals(self, points: np.ndarray) -> np.ndarray:
        from_middle = points - np.array([[0], [self.half], [0]])
        face = np.abs(from_middle).argmax(axis=0)
        return np.where(np.arange(3)[:, None] == face, np.sign(from_middle), 0.0)


@dataclass(frozen=True)
class Cylinder:
    radius: float
    height: float

    def span(self, origins: np.ndarray, directions: np.ndarray) -> Span:
        side = tube(origins, directions, self.radius)
        return common(side, slab(origins[1], directions[1], 0, self.height))

    def normals(self, points: np.ndarray) -> np.ndarray:
        x, y, z = points
        from_side = self.radius - np.sqrt(x * x + z * z)
        top = np.abs(self.height - y) < from_side
        bottom = np.minimum(y, self.height - y) < from_side
        side = ~(top | bottom)
        upward = np.where(side, 0.0, np.where(top, 1.0, -1.0))
        return np.stack([side * x / self.radius, upward, side * z / self.radius])


@dataclass(frozen=True)
class Sphere:
    radius: float

    @property
    def height(self) -> float:
        return 2 * self.radius

    def span(self, origins: np.ndarray, directions: np.ndarray) -> Span:
        return ball(origins, directions, self.radius, self.radius)

    def normals(self, points: np.ndarray) -> np.ndarray:
        return (points - np.array([[0], [self.radius], [0]])) / self.radius


@dataclass(frozen=True)
class Capsule:
    radius: float
    height: float

    def span(self, origins: np.ndarray, directions: np.ndarray) -> Span:
        low, high = self.radius, self.height - self.radius
        middle = common(tube(origins, directions, self.radius), slab(origins[1], directions[1], low, high))
        return either(middle, *(ball(origins, directions, self.radius, centre) for centre in (low, high)))

    def normals(self, points: np.ndarray) -> np.ndarray:
        x, y, z = points
        on_axis = np.clip(y, self.radius, self.height - self.radius)
        return np.stack([x, y - on_axis, z]) / self.radius


def body(shape: str, scale: float) -> Body:
    """The object of this shape; they are of about the same size."""
    if shape == "cube":
        return Box(0.5 * scale)
    if shape == "cylinder":
        return Cylinder(0.54 * scale, 1.1 * scale)
    if shape == "sphere":
        return Sphere(0.62 * scale)
    return Capsule(0.42 * scale, 1.5 * scale)
