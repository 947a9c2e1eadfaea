"""Where rays (3, N) are within slabs, tubes and balls, and within all or any of several such bodies."""

from __future__ import annotations

import numpy as np

from .vectors import dot

Span = tuple[np.ndarray, np.ndarray]
"""The distances (N,) at which rays enter and leave; where they miss, they enter after they leave."""


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
