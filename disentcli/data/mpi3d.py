"""MPI3D (Gondal et al., NeurIPS 2019): a robot arm with an object, simulated or filmed; seven factors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from ..errors import CallError
from ..registry import dataset
from .dataset import StoredDataset
from .factors import FactorSpace
from .store import open_store

CATEGORIES = ("toy", "realistic", "real", "complex")
ALIASES = {"sim": "realistic"}
_COLORS = ("white", "green", "red", "blue", "brown", "olive")
_SHAPES = ("cone", "cube", "cylinder", "hexagonal", "pyramid", "sphere")
_COMPLEX_COLORS = ("yellow", "green", "olive", "red")
_COMPLEX_SHAPES = ("coffee-cup", "tennis-ball", "croissant", "beer-cup")
_STEPS = tuple(float(k) for k in range(40))


def canonical(category: str) -> str:
    """The category itself, for it or its alias; CallError for any other name."""
    known = ALIASES.get(category, category)
    if known not in CATEGORIES:
        raise CallError(
            f"MPI3D has the categories {', '.join(CATEGORIES)} (sim = realistic), not {category!r}"
        )
    return known


def mpi3d_space(category: str) -> FactorSpace:
    """The factors of a category: 1,036,800 combinations, or 460,800 for `complex`."""
    complicated = canonical(category) == "complex"
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


@dataset("mpi")
class MPI3D(StoredDataset):
    """MPI3D, 3×64×64, of one category: toy and realistic (sim) are rendered, real and complex filmed."""

    def __init__(
        self,
        root: str = "local_data",
        *,
        category: Literal["toy", "realistic", "sim", "real", "complex"] = "toy",
    ) -> None:
        known = canonical(category)
        store = open_store(Path(root) / f"mpi_{known}", f"run `fig download-dataset mpi --cat {known}`")
        super().__init__(store, f"mpi-{known}")

    @staticmethod
    def shape_of(options: Mapping[str, Any]) -> tuple[int, ...]:
        """(3, 64, 64)."""
        return (3, 64, 64)
