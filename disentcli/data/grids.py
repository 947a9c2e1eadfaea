"""The published grids: the factors of 3D-Shapes and MPI3D, in the order of their images."""

from __future__ import annotations

from ..errors import CallError
from .factors import FactorSpace

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
