"""CelebA (Liu et al., ICCV 2015): 202,599 aligned faces, 40 attributes, five landmarks and a partition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile
from ..formats.image_decoding import decode_images, decode_rgb, resize
from ..formats.zip import Archive
from .celeba_tables import ATTRIBUTES, LANDMARKS, LAYOUTS, read_table

CATEGORIES: dict[int, Literal["64", "128"]] = {64: "64", 128: "128"}  # by the side of the images
SIZE = (178, 218)  # width and height of the aligned images
LEFT, TOP, SIDE = 25, 45, 128  # of the crop: rows 45–172 and columns 25–152 (Leeb et al., ICLR 2023, code)
LABELS = (*ATTRIBUTES, *LANDMARKS, "partition")  # columns of the factors.npy


def _check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the archive has the right number of JPEGs, or the table its rows."""
    if file.name in LAYOUTS:
        found, what = len(read_table(path, LAYOUTS[file.name]).rows), "rows"
    else:
        with Archive(path) as archive:
            names = _images(archive)
            found, what = len(names), "images"
            if names:
                _pixels(archive.read(names[0]), names[0], SIDE)
    if found != source.count:
        raise WrongFile(f"it has {found:,} {what}, {source.title} has {source.count:,}")


def _images(archive: Archive) -> list[str]:
    """The names of the images in their order."""
    return sorted(name for name in archive.members if name.endswith(".jpg"))


def _blocks(paths: Sequence[Path], source: Source, start: int) -> Iterator[np.ndarray]:
    with Archive(paths[0]) as archive:
        names = _images(archive)[start:]
        yield from decode_images(archive, names, partial(_pixels, side=source.image[0]))


def _pixels(data: bytes, name: str, side: int) -> np.ndarray:
    face = decode_rgb(data, name, "JPEG", SIZE).crop((LEFT, TOP, LEFT + SIDE, TOP + SIDE))
    return np.asarray(resize(face, side))


def _labels(paths: Sequence[Path], source: Source) -> np.ndarray:
    """(N, 51) int16 of LABELS: attributes 0 or 1, landmarks in pixels of the aligned image, the partition."""
    with Archive(paths[0]) as archive:
        names = _images(archive)
    files = zip(paths[1:], source.files[1:], strict=True)
    attributes, landmarks, partition = (
        read_table(path, LAYOUTS[file.name]).of(names) for path, file in files
    )
    return np.concatenate([(attributes + 1) // 2, landmarks, partition], axis=1)


# the official folder; the MD5s are those that torchvision publishes
FILES = (
    RemoteFile.on_google_drive(
        "img_align_celeba.zip",
        "0B7EVK8r0v71pZjFTYXZWM3FlRnM",
        1_443_490_838,
        md5="00d2c5bc6d35e252742224ab0c1e8fcb",
    ),
    RemoteFile.on_google_drive(
        "list_attr_celeba.txt",
        "0B7EVK8r0v71pblRyaVFSWGxPY0U",
        26_721_026,
        md5="75e246fa4810816ffd6ee81facbd244c",
    ),
    RemoteFile.on_google_drive(
        "list_landmarks_align_celeba.txt",
        "0B7EVK8r0v71pd0FJY3Blby1HUTQ",
        12_156_055,
        md5="cc24ecafdb5b50baae59b03474781f8c",
    ),
    RemoteFile.on_google_drive(
        "list_eval_partition.txt",
        "0B7EVK8r0v71pY0NSMzRuSXJEVkk",
        2_836_386,
        md5="d32c9cbf5e040fd4025c592c306e6668",
    ),
)


@source("celeba")
def celeba(cat: Literal["64", "128"] = "64") -> Source:
    """The faces of CelebA, 128×128 pixels of the middle, or those made half as large."""
    side = int(cat)
    return Source(
        name=f"celeba_{cat}",
        title=f"CelebA {side}×{side}",
        call="celeba" if cat == "64" else f"celeba --cat {cat}",
        reader=FormatReader(check=_check, blocks=_blocks, labels=_labels),
        files=FILES,
        licence="non-commercial research only, images not to be redistributed (CelebA's agreement)",
        citation="Liu et al., Deep Learning Face Attributes in the Wild, ICCV 2015",
        homepage="http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
        image=(side, side, 3),
        count=202_599,
        factor_names=(*ATTRIBUTES, *LANDMARKS),
        factor_sizes=(2,) * len(ATTRIBUTES) + (0,) * len(LANDMARKS),
        factor_values=(("no", "yes"),) * len(ATTRIBUTES) + ((),) * len(LANDMARKS),
    )
