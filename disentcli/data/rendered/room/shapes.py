"""The four objects of the room, standing on the floor at its middle: where a ray meets them, analytically.

Vectors are (3, N) arrays: x to the right, y up, z towards the camera at orientation 0. Everything that is
ray-cast uses only + − × ÷ √ and comparisons on whole arrays, which IEEE 754 fixes to the last bit: no power,
no exponential, no matrix product. Therefore all machines render the same images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Point = Sequence[float] | np.ndarray

Interval = tuple[np.ndarray, np.ndarray]
"""The distances (N,) at which rays enter and leave; where they miss, they enter after they leave."""
SHAPES = ("cube", "cylinder", "sphere", "capsule")


def dot(a: Point, b: Point) -> np.ndarray:
    """The scalar product (N,) of (3, N) with (3, N) or (3,), in a fixed order of summation."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def unit(vectors: np.ndarray) -> np.ndarray:
    """The directions (3, N) of vectors (3, N)."""
    return vectors / np.sqrt(dot(vectors, vectors))


def along(origins: np.ndarray, directions: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """The points (3, N) at these distances along the rays."""
    return origins + distances * directions


def smoothstep(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def slab(origin: np.ndarray, direction: np.ndarray, low: float, high: float) -> Interval:
    """Where rays are between two planes, from one coordinate (N,) of their origins and directions."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - origin) / direction, (high - origin) / direction
    return np.fmin(first, second), np.fmax(first, second)


def tube(origins: np.ndarray, directions: np.ndarray, radius: float) -> Interval:
    """Where rays are within the endless upright cylinder."""
    (ox, _, oz), (dx, _, dz) = origins, directions
    return _roots(dx * dx + dz * dz, ox * dx + oz * dz, ox * ox + oz * oz - radius * radius)


def ball(origins: np.ndarray, directions: np.ndarray, radius: float, centre: float) -> Interval:
    """Where rays are within the sphere whose centre lies at this height."""
    from_centre = np.stack([origins[0], origins[1] - centre, origins[2]])
    reach = dot(from_centre, from_centre) - radius * radius
    return _roots(dot(directions, directions), dot(from_centre, directions), reach)


def _roots(a: np.ndarray, half_b: np.ndarray, c: np.ndarray) -> Interval:
    """The two solutions of a t² + 2 half_b t + c = 0; (∞, −∞) where there is none."""
    discriminant = half_b * half_b - a * c
    root = np.sqrt(np.maximum(discriminant, 0))
    misses = discriminant <= 0
    enter, leave = (-half_b - root) / a, (-half_b + root) / a
    return np.where(misses, np.inf, enter), np.where(misses, -np.inf, leave)


def intersect(*intervals: Interval) -> Interval:
    """Where rays are in all of the shapes."""
    enter, leave = intervals[0]
    for first, last in intervals[1:]:
        enter, leave = np.maximum(enter, first), np.minimum(leave, last)
    return enter, leave


def union(*intervals: Interval) -> Interval:
    """Where rays are in any of the shapes, which together are convex."""
    enter, leave = np.full_like(intervals[0][0], np.inf), np.full_like(intervals[0][1], -np.inf)
    for first, last in intervals:
        hits = first < last
        enter = np.where(hits, np.minimum(enter, first), enter)
        leave = np.where(hits, np.maximum(leave, last), leave)
    return enter, leave


class Shape(Protocol):
    """A convex shape that stands on the floor y = 0, round the axis x = z = 0, in the lengths of the room."""

    @property
    def height(self) -> float:
        """The height of its top above the floor."""

    def interval(self, origins: np.ndarray, directions: np.ndarray) -> Interval:
        """Where the rays (3, N) enter and leave."""

    def normals(self, points: np.ndarray) -> np.ndarray:
        """The outward normals (3, N) at points (3, N) of the surface."""


@dataclass(frozen=True)
class Box:
    """A cube with this half edge."""

    half: float

    @property
    def height(self) -> float:
        """The height of its top above the floor."""
        return 2 * self.half

    def interval(self, origins: np.ndarray, directions: np.ndarray) -> Interval:
        """Where the rays (3, N) enter and leave."""
        sides = [slab(origins[k], directions[k], -self.half, self.half) for k in (0, 2)]
        return intersect(*sides, slab(origins[1], directions[1], 0, self.height))

    def normals(self, points: np.ndarray) -> np.ndarray:
        """The outward normals (3, N) at points (3, N) of the surface."""
        from_middle = points - np.array([[0], [self.half], [0]])
        face = np.abs(from_middle).argmax(axis=0)
        return np.where(np.arange(3)[:, None] == face, np.sign(from_middle), 0.0)


@dataclass(frozen=True)
class Cylinder:
    """An upright cylinder."""

    radius: float
    height: float

    def interval(self, origins: np.ndarray, directions: np.ndarray) -> Interval:
        """Where the rays (3, N) enter and leave."""
        side = tube(origins, directions, self.radius)
        return intersect(side, slab(origins[1], directions[1], 0, self.height))

    def normals(self, points: np.ndarray) -> np.ndarray:
        """The outward normals (3, N) at points (3, N) of the surface."""
        x, y, z = points
        from_side = self.radius - np.sqrt(x * x + z * z)
        top = np.abs(self.height - y) < from_side
        bottom = np.minimum(y, self.height - y) < from_side
        side = ~(top | bottom)
        upward = np.where(side, 0.0, np.where(top, 1.0, -1.0))
        return np.stack([side * x / self.radius, upward, side * z / self.radius])


@dataclass(frozen=True)
class Sphere:
    """A sphere on the floor."""

    radius: float

    @property
    def height(self) -> float:
        """The height of its top above the floor."""
        return 2 * self.radius

    def interval(self, origins: np.ndarray, directions: np.ndarray) -> Interval:
        """Where the rays (3, N) enter and leave."""
        return ball(origins, directions, self.radius, self.radius)

    def normals(self, points: np.ndarray) -> np.ndarray:
        """The outward normals (3, N) at points (3, N) of the surface."""
        return (points - np.array([[0], [self.radius], [0]])) / self.radius


@dataclass(frozen=True)
class Capsule:
    """An upright cylinder with half a sphere on either end; `height` is that of the whole."""

    radius: float
    height: float

    def interval(self, origins: np.ndarray, directions: np.ndarray) -> Interval:
        """Where the rays (3, N) enter and leave."""
        low, high = self.radius, self.height - self.radius
        middle = intersect(tube(origins, directions, self.radius), slab(origins[1], directions[1], low, high))
        return union(middle, *(ball(origins, directions, self.radius, centre) for centre in (low, high)))

    def normals(self, points: np.ndarray) -> np.ndarray:
        """The outward normals (3, N) at points (3, N) of the surface."""
        x, y, z = points
        on_axis = np.clip(y, self.radius, self.height - self.radius)
        return np.stack([x, y - on_axis, z]) / self.radius


def make_shape(shape: str, scale: float) -> Shape:
    """The object of this shape; they are of about the same size."""
    if shape == "cube":
        return Box(0.5 * scale)
    if shape == "cylinder":
        return Cylinder(0.54 * scale, 1.1 * scale)
    if shape == "sphere":
        return Sphere(0.62 * scale)
    return Capsule(0.42 * scale, 1.5 * scale)
