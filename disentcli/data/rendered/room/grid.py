"""The grid of room images: the factors of 3D-Shapes (Burgess & Kim, 2018), or a coarser spread of them."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import CallError
from ...dataset_folder import StoreSpec
from ...factors import FactorSpace
from .shapes import SHAPES, Shape, make_shape

SIZES = (32, 64, 128)


@dataclass(frozen=True)
class RoomGrid:
    """Which rooms there are: the side of the image in pixels, and how many values each factor has."""

    size: int = 64
    floor_hues: int = 10
    wall_hues: int = 10
    object_hues: int = 10
    scales: int = 8
    shapes: int = 4
    orientations: int = 15

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise CallError(
                f"the size of a room must be one of {', '.join(map(str, SIZES))}, not {self.size}"
            )
        if not 1 <= self.shapes <= len(SHAPES):
            raise CallError(
                f"there are {len(SHAPES)} shapes ({', '.join(SHAPES)}): shapes cannot be {self.shapes}"
            )
        wrong = [count for count in self.counts if not 1 <= count <= 32]
        if wrong:
            raise CallError(f"hues, scales and orientations must be in 1…32, not {wrong[0]}")

    @property
    def counts(self) -> tuple[int, ...]:
        """How many values each factor has."""
        hues = (self.floor_hues, self.wall_hues, self.object_hues)
        return (*hues, self.scales, self.shapes, self.orientations)

    @property
    def hues(self) -> tuple[tuple[float, ...], ...]:
        """The hues of floor, wall and object: from 0 (red) evenly round the circle, which ends at 1."""
        counts = (self.floor_hues, self.wall_hues, self.object_hues)
        return tuple(tuple(k / count for k in range(count)) for count in counts)

    @property
    def objects(self) -> list[Shape]:
        """The objects in every scale and shape, in the order of the factor space."""
        return [make_shape(shape, scale) for scale in self._scales for shape in SHAPES[: self.shapes]]

    @property
    def angles(self) -> tuple[float, ...]:
        """The orientations, in degrees."""
        return _spread(-30, 30, self.orientations)

    @property
    def _scales(self) -> tuple[float, ...]:
        return _spread(0.75, 1.25, self.scales)

    @property
    def folder(self) -> str:
        """The name of the folder, from all options."""
        return f"room_{self.size}_" + "x".join(map(str, self.counts))

    @property
    def space(self) -> FactorSpace:
        """Hues, scale 0.75…1.25, shape, orientation −30…30 degrees; the fewer, the further apart."""
        return FactorSpace(
            ("floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation"),
            self.counts,
            (*self.hues, self._scales, SHAPES[: self.shapes], self.angles),
        )

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name="room",
            shape=(3, self.size, self.size),
            count=self.space.size,
            factors=self.space,
            source="rendered by disentcli, room 1",
            licence="CC0",
            citation="Factor grid: Burgess, Kim: 3D Shapes Dataset, 2018",
        )


def _spread(low: float, high: float, count: int) -> tuple[float, ...]:
    """`count` evenly spaced values from `low` to `high`; their middle if there is one."""
    if count == 1:
        return ((low + high) / 2,)
    return tuple(low + k * (high - low) / (count - 1) for k in range(count))
