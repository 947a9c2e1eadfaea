"""SmallNORB: six matrices, three for each half; sorted into the full grid by what they say of each image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile
from ..formats.image_decoding import downscale
from ..formats.norb import matrix_blocks, opened_matrix, read_matrix
from . import published_grids

HOST = "https://cs.nyu.edu/~ylclab/data/norb-v1.0-small"
ORIGINAL = 96  # the side of the images in the files
ROWS = 512  # images in a block: 4.7 MB of each camera


class NorbSplit(NamedTuple):
    """One half of the dataset: the beginning of its files' names, and its instances."""

    stem: str
    instances: tuple[int, ...]


NORB_SPLITS = (
    NorbSplit("smallnorb-5x46789x9x18x6x2x96x96-training", (4, 6, 7, 8, 9)),
    NorbSplit("smallnorb-5x01235x9x18x6x2x96x96-testing", published_grids.SMALLNORB_TEST),
)
KINDS = ("dat", "cat", "info")


@source("smallnorb")
def smallnorb(cat: Literal["left", "right"] = "left") -> Source:
    """SmallNORB, 48,600 grey photographs of toys, of the left or the right camera."""
    return Source(
        name="smallnorb" if cat == "left" else "smallnorb_right",
        title="SmallNORB" if cat == "left" else "SmallNORB right",
        call="smallnorb" if cat == "left" else "smallnorb --cat right",
        reader=FormatReader(check, partial(blocks, camera=("left", "right").index(cat))),
        files=(
            # the MD5 of the gzip file, and of what it holds
            _file(
                0, "dat", 120_000_000, "66054832f9accfe74a0f4c36a75bc0a2", "8138a0902307b32dfa0025a36dfa45ec"
            ),
            _file(0, "cat", 500, "23c8b86101fbf0904a000b43d3ed2fd9", "fd5120d3f770ad57ebe620eb61a0b633"),
            _file(0, "info", 50_000, "51dee1210a742582ff607dfd94e332e3", "19faee774120001fc7e17980d6960451"),
            _file(
                1, "dat", 120_000_000, "e4ad715691ed5a3a5f138751a4ceb071", "e9920b7f7b2869a8f1a12e945b2c166c"
            ),
            _file(1, "cat", 500, "5aa791cd7e6016cf957ce9bdb93b8603", "fd5120d3f770ad57ebe620eb61a0b633"),
            _file(1, "info", 50_000, "a9454f3864d7fd4bb3ea7fc3eb84924e", "7c5b871cc69dcadec1bf6a18141f5edc"),
        ),
        licence="research only, not to be sold",
        citation="LeCun, Huang and Bottou, Learning Methods for Generic Object Recognition with "
        "Invariance to Pose and Lighting, CVPR 2004",
        homepage=f"{HOST}/",
        space=published_grids.SMALLNORB,
        image=(64, 64, 1),
    )


def _file(part: int, kind: str, about: int, md5: str, md5_unpacked: str) -> RemoteFile:
    name = f"{NORB_SPLITS[part].stem}-{kind}.mat"
    urls = (f"{HOST}/{name}.gz",)
    return RemoteFile(f"{name}.gz", urls, about, md5=md5, other_md5s=(md5_unpacked,), aliases=(name,))


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the matrix has the type and the shape of its kind; reads only its header."""
    part = next(part for part in NORB_SPLITS if file.name.startswith(part.stem))
    kind = file.name.removeprefix(f"{part.stem}-").partition(".")[0]
    with opened_matrix(path, *_expected(kind, part, source)):
        pass


def blocks(paths: Sequence[Path], source: Source, start: int = 0, *, camera: int) -> Iterator[np.ndarray]:
    """The images from `start` on in the order of the grid; `camera` is 0 (left) or 1.

    All are read, into memory, before the first comes.
    """
    images = np.empty((source.grid.size, *source.image), np.uint8)
    files = [paths[:3], paths[3:]]
    places = _places(files, source)
    for part, (dat, _, _), cells in zip(NORB_SPLITS, files, places, strict=True):
        done = 0
        for block in matrix_blocks(dat, *_expected("dat", part, source), ROWS):
            small = downscale(block[:, camera, :, :, None], source.image[0])
            images[cells[done : done + len(block)]] = small
            done += len(block)
    for first in range(start, len(images), ROWS):
        yield images[first : first + ROWS]


def _expected(kind: str, part: NorbSplit, source: Source) -> tuple[str, tuple[int, ...]]:
    """The type and the shape of a matrix."""
    categories, instances, *others = source.grid.sizes
    count = categories * sum(one < instances for one in part.instances) * int(np.prod(others))
    if kind == "dat":
        return "|u1", (count, 2, ORIGINAL, ORIGINAL)
    return "<i4", (count,) if kind == "cat" else (count, 4)


def _places(files: Sequence[Sequence[Path]], source: Source) -> list[np.ndarray]:
    """For each half the places in the grid of its images; WrongFile unless together they are all of it."""
    seen = np.zeros(source.grid.size, np.int64)
    places = []
    for part, (_, cat, info) in zip(NORB_SPLITS, files, strict=True):
        categories = read_matrix(cat, *_expected("cat", part, source))
        classes = np.column_stack([categories, read_matrix(info, *_expected("info", part, source))])
        _check_instances(classes[:, 1], part, info)
        places.append(_cells(classes, source, info))
        np.add.at(seen, places[-1], 1)
        _check_once(seen, source, info, most=True)
    _check_once(seen, source, info, most=False)
    return places


def _check_instances(instances: np.ndarray, part: NorbSplit, info: Path) -> None:
    foreign = np.flatnonzero(~np.isin(instances, part.instances))
    if len(foreign):
        raise WrongFile(
            f"its image {foreign[0]:,} is of instance {instances[foreign[0]]}; this half has the instances "
            f"{', '.join(map(str, part.instances))}",
            info,
        )


def _cells(classes: np.ndarray, source: Source, info: Path) -> np.ndarray:
    """Places of images with category, instance, elevation, azimuth (in 10 degrees, even) and lighting."""
    whole = classes.copy()
    whole[:, 3] //= 2
    outside = ((whole < 0) | (whole >= np.array(source.grid.sizes))).any(axis=1) | (classes[:, 3] % 2 != 0)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise WrongFile(
            f"its image {row:,} has the category and info {classes[row].tolist()}, which no image can have",
            info,
        )
    return source.grid.index(whole)


def _check_once(seen: np.ndarray, source: Source, info: Path, *, most: bool) -> None:
    wrong = np.flatnonzero(seen > 1 if most else seen != 1)
    if len(wrong):
        cell = source.grid.factors(wrong[:1])[0]
        named = ", ".join(
            f"{name} {values[k]}" if isinstance(values[k], str) else f"{name} {values[k]:g}"
            for name, values, k in zip(source.grid.names, source.grid.values, cell, strict=True)
        )
        raise WrongFile(f"{seen[wrong[0]]} images are of {named}; there should be one", info)
