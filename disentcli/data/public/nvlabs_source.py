"""Isaac3D and Falcor3D (Nie et al., ICML 2020): a zip with a PNG for each combination, and labels."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile
from ..factors import FactorSpace
from ..formats.image_decoding import decode_images, decode_rgb, resize
from ..formats.zip import Archive

CATEGORIES: dict[int, Literal["64", "128"]] = {64: "64", 128: "128"}  # by the side of the images
SIDE = 128  # pixels of the images in the zip
DECIMALS = 4  # of a label that count: its values are multiples of 1/3, 1/4, 1/5 or 1/7 in [0, 1]


def _even_grid(**sizes: int) -> FactorSpace:
    """The grid of factors with so many values each, evenly spaced from 0 to 1 as published."""
    values = tuple(tuple(k / (size - 1) for k in range(size)) for size in sizes.values())
    return FactorSpace(tuple(sizes), tuple(sizes.values()), values)


# In the order of the images, which is that of the labels and of dataset_demo.py beside the published list.
# The list itself names the factors in another order than that of the strides which it prints.
ISAAC3D = _even_grid(
    object_shape=3,
    robot_x_move=8,
    robot_y_move=5,
    camera_height=4,
    object_scale=4,
    lighting_intensity=4,
    lighting_y_dir=6,
    object_color=4,
    wall_color=4,
)
FALCOR3D = _even_grid(
    lighting_intensity=5,
    lighting_x_dir=6,
    lighting_y_dir=6,
    lighting_z_dir=6,
    camera_x_pos=6,
    camera_y_pos=6,
    camera_z_pos=6,
)


@source("isaac3d")
def isaac3d(cat: Literal["64", "128"] = "64") -> Source:
    """Isaac3D as published at 128×128 pixels, or made half as large."""
    # no checksum is published
    file = RemoteFile.on_google_drive(
        "Isaac3D_down128.zip", "1OmQ1G2wnm6eTsSFGTKFZZAh5D3nQTW1B", 13_000_000_000
    )
    return _source("Isaac3D", cat, file, "labels.npy", ISAAC3D)


@source("falcor3d")
def falcor3d(cat: Literal["64", "128"] = "64") -> Source:
    """Falcor3D as published at 128×128 pixels, or made half as large."""
    file = RemoteFile.on_google_drive(
        "Falcor3D_down128.zip", "1XAQfFK1x6cpN1eiovbP0hVfLTm5SsSoJ", 3_700_000_000
    )
    return _source("Falcor3D", cat, file, "train-rec.labels", FALCOR3D)


def _source(title: str, cat: str, file: RemoteFile, labels: str, space: FactorSpace) -> Source:
    """The source of a zip of images, whose labels are in the file of this name."""
    name, side, images = title.lower(), int(cat), _ImageZip(labels)
    return Source(
        name=f"{name}_{cat}",
        title=f"{title} {side}×{side}",
        call=name if cat == "64" else f"{name} --cat {cat}",
        reader=FormatReader(check=images.check, blocks=images.blocks),
        files=(file,),
        licence="CC-BY-4.0",
        citation="Nie et al., Semi-Supervised StyleGAN for Disentanglement Learning, ICML 2020",
        homepage="https://github.com/NVlabs/High-res-disentanglement-datasets",
        space=space,
        image=(side, side, 3),
    )


@dataclass(frozen=True)
class _ImageZip:
    """The zip of a dataset; `labels` is the name of the table of labels in it."""

    labels: str

    def check(self, path: Path, source: Source, file: RemoteFile) -> None:
        """WrongFile unless the labels are the full grid, with an image for each row."""
        with Archive(path) as archive:
            names = self._names(archive, source)
            missing = [name for name in names if name not in archive.members]
            if missing:
                raise WrongFile(
                    f"it lacks {len(missing):,} of {len(names):,} images, {min(missing)} is the first"
                )
            _pixels(archive.read(names[0]), names[0], side=SIDE)

    def blocks(self, paths: Sequence[Path], source: Source, start: int) -> Iterator[np.ndarray]:
        """The images from place `start` of the grid on, as uint8 (n, H, W, 3) blocks."""
        with Archive(paths[0]) as archive:
            names = self._names(archive, source)[start:]
            yield from decode_images(archive, names, partial(_pixels, side=source.image[0]))

    def _names(self, archive: Archive, source: Source) -> list[str]:
        """The names of the images, in the order of the grid."""
        rows = order(_table(archive.read(self.labels), self.labels), source.grid)
        return [f"{row:06}.png" for row in rows.tolist()]


def _pixels(data: bytes, name: str, side: int) -> np.ndarray:
    return np.asarray(resize(decode_rgb(data, name, "PNG", (SIDE, SIDE)), side))


def _table(data: bytes, name: str) -> np.ndarray:
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise WrongFile(f"{name} in it is not a whole NPY file ({error})") from error


def order(labels: np.ndarray, space: FactorSpace) -> np.ndarray:
    """The row of `labels` (N, F) at each place of the grid, (N,): 0, 1, 2, … where they are in its order.

    The labels decide what an image shows: classes are the ranks of their values, column by column. WrongFile
    unless there is one row for each combination.
    """
    if labels.shape != (space.size, len(space.sizes)) or not np.issubdtype(labels.dtype, np.number):
        raise WrongFile(
            f"its labels are {labels.dtype} {labels.shape}, not numbers ({space.size}, {len(space.sizes)})"
        )
    columns = zip(labels.T, space.names, space.sizes, strict=True)
    places = space.index(np.stack([_ranks(values, name, size) for values, name, size in columns], axis=1))
    rows = np.full(space.size, -1, dtype=np.int64)
    rows[places] = np.arange(space.size)
    empty = np.flatnonzero(rows < 0)
    if len(empty):
        classes = space.factors(empty[:1])[0].tolist()
        raise WrongFile(
            f"its labels are no full grid: no row has {dict(zip(space.names, classes, strict=True))}, "
            f"{len(empty):,} combinations are missing"
        )
    return rows


def _ranks(values: np.ndarray, name: str, size: int) -> np.ndarray:
    levels, ranks = np.unique(np.round(values, DECIMALS), return_inverse=True)
    if len(levels) != size:
        raise WrongFile(f"its labels have {len(levels):,} values of {name}, not {size}")
    return ranks
