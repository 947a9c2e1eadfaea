"""The four objects of the room, standing on the floor at its middle: where a ray meets them, analytically."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .vectors import dot

SHAPES = ("cube", "cylinder", "sphere", "capsule")

Span = tuple[
    np.ndarray, np.ndarray
]  # the distances (N,) where rays enter and leave; a miss enters after it leaves


class Body(Protocol):
    """A convex body over the floor y = 0, symmetric about the axis x = z = 0."""

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
    """The object of this shape; at scale 1 they are of about the same volume."""
    if shape == "cube":
        return Box(0.5 * scale)
    if shape == "cylinder":
        return Cylinder(0.54 * scale, 1.1 * scale)
    if shape == "sphere":
        return Sphere(0.62 * scale)
    return Capsule(0.42 * scale, 1.5 * scale)


def slab(origin: np.ndarray, direction: np.ndarray, low: float, high: float) -> Span:
    """Where rays are between two planes, from one coordinate (N,) of their origins and directions."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - origin) / direction, (high - origin) / direction
    return np.fmin(first, second), np.fmax(first, second)


def tube(origins: np.ndarray, directions: np.ndarray, radius: float) -> Span:
    """Where rays are within the endless upright cylinder."""
    (ox, _, oz), (dx, _, dz) = origins, directions
    return _roots(dx * dx + dz * dz, ox * dx + oz * dz, ox * ox + oz * oz - radius * radius)


def ball(origins: np.ndarray, directions: np.ndarray, radius: float, centre: float) -> Span:
    """Where rays are within the sphere whose centre lies at this height."""
    from_centre = np.stack([origins[0], origins[1] - centre, origins[2]])
    reach = dot(from_centre, from_centre) - radius * radius
    return _roots(dot(directions, directions), dot(from_centre, directions), reach)


def _roots(a: np.ndarray, half_b: np.ndarray, c: np.ndarray) -> Span:
    """The two solutions of a t² + 2 half_b t + c = 0; (∞, −∞) where there is none."""
    discriminant = half_b * half_b - a * c
    root = np.sqrt(np.maximum(discriminant, 0))
    misses = discriminant <= 0
    enter, leave = (-half_b - root) / a, (-half_b + root) / a
    return np.where(misses, np.inf, enter), np.where(misses, -np.inf, leave)


def common(*spans: Span) -> Span:
    """Where rays are in all of the bodies."""
    enter, leave = spans[0]
    for first, last in spans[1:]:
        enter, leave = np.maximum(enter, first), np.minimum(leave, last)
    return enter, leave


def either(*spans: Span) -> Span:
    """Where rays are in any of the bodies, which together are convex."""
    enter, leave = np.full_like(spans[0][0], np.inf), np.full_like(spans[0][1], -np.inf)
    for first, last in spans:
        hits = first < last
        enter = np.where(hits, np.minimum(enter, first), enter)
        leave = np.where(hits, np.maximum(leave, last), leave)
    return enter, leave
