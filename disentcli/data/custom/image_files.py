"""Image files of a folder: which there are, what they agree on, and the pixels of one."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ...errors import CallError, DisentError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".gif")
GREY_MODES = ("1", "L", "LA", "La")  # and those that begin with I, of more bits
SIDEWAYS = (5, 6, 7, 8)  # values of the orientation tag for which width and height are swapped
ORIENTATION = 0x0112
BROKEN = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


@dataclass(frozen=True)
class ReadOptions:
    """How files become images: a square cut from the middle, resized to `size`², grey; None: as they are."""

    size: int | None = None
    crop: bool = False
    grey: bool | None = None

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 1:
            raise CallError(f"the size of images must be positive, not {self.size}")

    @property
    def key(self) -> str:
        """What stands for these options in checksums and in the names of caches; it may never change."""
        return f"Reading(size={self.size!r}, crop={self.crop!r}, grey={self.grey!r})"

    def side(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the image that a file of this width and height becomes."""
        if self.size is not None:
            return self.size, self.size
        return (min(width, height),) * 2 if self.crop else (width, height)


def find_images(folder: Path) -> list[str]:
    """The image files in `folder` and all folders in it, relative, in natural order: 2.png before 10.png.

    Hidden files and folders are left out, links to folders followed. CallError if there is no such folder,
    DisentError if it holds no image.
    """
    if folder.is_file():
        raise CallError(f"{folder} is a file: d/folder reads a folder of image files, d/array an .npz or .h5")
    if not folder.is_dir():
        raise CallError(f"there is no folder {folder.absolute()}")
    paths = list(_files(folder, set()))
    names = [path.relative_to(folder).as_posix() for path in paths if path.suffix.lower() in ENDINGS]
    if not names:
        raise DisentError(
            f"{folder} holds no image file ({', '.join(ENDINGS)}), and {len(paths):,} other files"
        )
    return sorted(names, key=_natural)


def _files(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Every file below, none twice by a link that leads back."""
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in files if not name.startswith("."))


def _natural(name: str) -> tuple[list[list[str | int]], str]:
    parts = [re.split(r"(\d+)", part) for part in name.split("/")]
    return [[int(text) if text.isdecimal() else text.casefold() for text in part] for part in parts], name


def fingerprint_files(folder: Path, names: Sequence[str], options: ReadOptions) -> str:
    """32 hexadecimal digits of the names, sizes and times of the files, and of how they are read."""
    checksum = hashlib.sha256(options.key.encode())
    for name in names:
        status = (folder / name).stat()
        checksum.update(
            f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
        )
    return checksum.hexdigest()[:32]


def inspect_images(folder: Path, names: Sequence[str], options: ReadOptions) -> tuple[int, int, int]:
    """(C, H, W) of the images that these files become, by their headers.

    Grey if every file is, unless the reading says. DisentError names the first file that has another size.
    """
    first: tuple[int, int] | None = None
    grey = True
    for name in names:
        with _opened(folder / name) as image:
            width, height = image.size
            if image.getexif().get(ORIENTATION) in SIDEWAYS:
                width, height = height, width
            grey = grey and (image.mode in GREY_MODES or image.mode.startswith("I"))
        side = options.side(width, height)
        first = first or side
        if side != first:
            raise DisentError(
                f"{folder / name} is {side[0]}×{side[1]} pixels, the files before it {first[0]}×{first[1]}; "
                "--dataset.size N makes all of them N×N (--dataset.crop true cuts them square first)"
            )
    width, height = first or (0, 0)
    return (1 if (grey if options.grey is None else options.grey) else 3), height, width


def read_image(path: Path, shape: tuple[int, int, int], options: ReadOptions) -> np.ndarray:
    """The pixels (H, W, C) uint8 of a file, as an image of this shape (C, H, W).

    The first frame, turned as its orientation tag says; what is transparent becomes black; 16 bits become 8.
    """
    channels, height, width = shape
    with _opened(path) as file:
        image = _plain(ImageOps.exif_transpose(file), path).convert("L" if channels == 1 else "RGB")
        if options.crop:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            image = image.crop((left, top, left + side, top + side))
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        return np.asarray(image).reshape(height, width, channels)


def _plain(image: Image.Image, path: Path) -> Image.Image:
    """The image in 8 bits and without transparency."""
    if image.mode == "F":
        raise DisentError(f"{path} holds floating-point pixels: save it with 8 or 16 bits, or use d/array")
    if image.mode.startswith("I"):
        pixels = np.asarray(image).astype(np.int64)
        if pixels.min() < 0 or pixels.max() > 65535:
            raise DisentError(f"{path} holds pixels up to {pixels.max()}: save it with 8 or 16 bits")
        return Image.fromarray(((pixels * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, (0, 0, 0, 255)), layer)
    return image


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path) as image:
            yield image
    except BROKEN as error:
        raise DisentError(
            f"{path} is not a whole image file ({error}); mend it or take it out of the folder"
        ) from error
