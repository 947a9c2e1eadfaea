"""The published grids: names, sizes and values of their factors, in the order of their images."""

from __future__ import annotations

from math import pi

from ...errors import CallError
from ..factors import FactorSpace

_HUES = tuple(k / 10 for k in range(10))
SHAPES3D = FactorSpace(
    ("floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation"),
    (10, 10, 10, 8, 4, 15),
    (
        _HUES,
        _HUES,
        _HUES,
        tuple(0.75 + k / 14 for k in range(8)),
        ("cube", "cylinder", "sphere", "capsule"),
        tuple(-30 + k * 30 / 7 for k in range(15)),
    ),
)

_POSITIONS = tuple(k / 31 for k in range(32))
DSPRITES = FactorSpace(
    ("shape", "scale", "orientation", "x_position", "y_position"),
    (3, 6, 40, 32, 32),
    (
        ("square", "ellipse", "heart"),
        tuple((5 + k) / 10 for k in range(6)),
        tuple(2 * pi * (k / 39) for k in range(40)),
        _POSITIONS,
        _POSITIONS,
    ),
)

CARS3D = FactorSpace(
    ("elevation", "azimuth", "object_type"),
    (4, 24, 183),
    (
        tuple(float(k) for k in range(4)),
        tuple(15.0 * k for k in range(24)),
        tuple(float(k) for k in range(183)),
    ),
)

SMALLNORB = FactorSpace(
    ("category", "instance", "elevation", "azimuth", "lighting"),
    (5, 10, 9, 18, 6),
    (
        ("animal", "human", "plane", "truck", "car"),
        tuple(float(k) for k in range(10)),
        tuple(30.0 + 5 * k for k in range(9)),
        tuple(20.0 * k for k in range(18)),
        tuple(float(k) for k in range(6)),
    ),
)
SMALLNORB_TEST = (0, 1, 2, 3, 5)  # the instances of the official test half

MPI3D_CATEGORIES = ("toy", "realistic", "real", "complex")
MPI3D_ALIASES = {"sim": "realistic"}
_COLORS = ("white", "green", "red", "blue", "brown", "olive")
_SHAPES = ("cone", "cube", "cylinder", "hexagonal", "pyramid", "sphere")
_COMPLEX_COLORS = ("yellow", "green", "olive", "red")
_COMPLEX_SHAPES = ("coffee-cup", "tennis-ball", "croissant", "beer-cup")
_STEPS = tuple(float(k) for k in range(40))


def mpi3d_category(name: str) -> str:
    """The category itself, for it or its alias; CallError for any other name."""
    known = MPI3D_ALIASES.get(name, name)
    if known not in MPI3D_CATEGORIES:
        raise CallError(
            f"MPI3D has the categories {', '.join(MPI3D_CATEGORIES)} (sim = realistic), not {name!r}"
        )
    return known


def mpi3d_space(category: str) -> FactorSpace:
    """The factors of a category: 1,036,800 combinations, or 460,800 for `complex`."""
    complicated = mpi3d_category(category) == "complex"
    colors, shapes = (_COMPLEX_COLORS, _COMPLEX_SHAPES) if complicated else (_COLORS, _SHAPES)
    of_factor = {
        "object_color": colors,
        "object_shape": shapes,
        "object_size": ("small", "large"),
        "camera_height": ("top", "center", "bottom"),
        "background_color": ("purple", "sea green", "salmon"),
        "horizontal_axis": _STEPS,
        "vertical_axis": _STEPS,
    }
    sizes = tuple(len(values) for values in of_factor.values())
    return FactorSpace(tuple(of_factor), sizes, tuple(of_factor.values()))
