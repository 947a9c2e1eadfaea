"""Image files of a folder: which there are, what they agree on, and the pixels of one."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageOps

from ...errors import CallError, DisentError
from ...suggestions import no_file
from .image_sizing import ImageSizing

log = logging.getLogger(__name__)

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".gif")
FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF")  # whatever the ending says: EPS is a program
GREY_MODES = ("1", "L", "LA", "La")  # and those that begin with I, of more bits
NO_IMAGES = (
    *(".csv", ".tsv", ".txt", ".json", ".jsonl", ".yaml", ".yml", ".xml", ".md", ".html", ".npy", ".npz"),
    *(".h5", ".parquet", ".db", ".ini", ".py", ".zip", ".gz"),
)
SIDEWAYS = (5, 6, 7, 8)  # values of the orientation tag for which width and height are swapped
ORIENTATION = 0x0112
BROKEN = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


class UnreadableImage(DisentError):
    """A file that is damaged, may not be read, or is a link to nothing."""


@dataclass(frozen=True)
class ReadOptions:
    """How files become images: a square cut from the middle, resized or padded, grey; None: as they are.

    `ground` is the colour behind what is transparent (None: black), `bits` how many of the bits of files with
    more than 8 are used (None: 16).
    """

    size: int | None = None
    crop: bool = False
    grey: bool | None = None
    pad: bool = False
    ground: str | None = None
    bits: int | None = None

    def __post_init__(self) -> None:
        if self.bits is not None and not 8 <= self.bits <= 16:
            raise CallError(f"images hold 8 to 16 bits, --dataset.bits {self.bits} is none of them")
        _ = self.sizing, self.ground_colour

    @property
    def key(self) -> str:
        """What stands for these options in checksums and in the names of caches; it may never change."""
        later = {"pad": self.pad, "ground": self.ground, "bits": self.bits}
        given = "".join(f", {name}={value!r}" for name, value in later.items() if value not in (None, False))
        return f"Reading(size={self.size!r}, crop={self.crop!r}, grey={self.grey!r}{given})"

    @property
    def sizing(self) -> ImageSizing:
        """How large the images become."""
        return ImageSizing(self.size, self.pad)

    @property
    def ground_colour(self) -> tuple[int, ...]:
        """Red, green and blue behind what is transparent; CallError for no colour."""
        try:
            return ImageColor.getrgb(self.ground or "black")[:3]
        except ValueError as error:
            raise CallError(
                f"--dataset.ground {self.ground}: no colour; say white, grey or #rrggbb"
            ) from error

    @property
    def white(self) -> int:
        """The level of files with more than 8 bits that becomes 255."""
        return 2 ** (self.bits or 16) - 1

    def side(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the image that a file of this width and height becomes."""
        return self.sizing.side(*((min(width, height),) * 2 if self.crop else (width, height)))


def find_images(folder: Path) -> list[str]:
    """The image files in `folder` and all folders in it, relative, in natural order: 2.png before 10.png.

    Hidden files and folders are left out, links to folders followed. CallError if there is no such folder,
    DisentError if it holds no image.
    """
    if folder.is_file():
        raise CallError(f"{folder} is a file: d/folder reads a folder of image files, d/array an .npz or .h5")
    if not folder.is_dir():
        raise CallError(no_file(folder, "folder"))
    paths = list(_files(folder, set()))
    names = [path.relative_to(folder).as_posix() for path in paths if path.suffix.lower() in ENDINGS]
    if not names:
        raise DisentError(
            f"{folder} holds no image file ({', '.join(ENDINGS)}), and {len(paths):,} other files"
        )
    return sorted(names, key=_natural)


def warn_of_other_files(folder: Path) -> None:
    """Say which files of a folder are left out because they are of a kind that is not read, and how many."""
    endings = Counter(path.suffix.lower() or "no ending" for path in _files(folder, set()))
    others = {end: count for end, count in endings.items() if end not in ENDINGS and end not in NO_IMAGES}
    if others:
        counts = ", ".join(f"{count:,} {end}" for end, count in sorted(others.items()))
        log.warning(
            "%s: left out, because they are not read: %s; convert them to one of %s",
            *(folder, counts, " ".join(ENDINGS)),
        )


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
        status = _status(folder / name)
        checksum.update(
            f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
        )
    return checksum.hexdigest()[:32]


def _status(path: Path) -> os.stat_result:
    """Size and time of a file; zeros for a link to nothing."""
    return path.stat() if path.exists() else os.stat_result((0,) * 10)


def inspect_images(
    folder: Path, names: Sequence[str], options: ReadOptions, *, skip: bool = False
) -> tuple[int, int, int]:
    """(C, H, W) of the images that these files become, by their headers.

    Grey if every file is, unless the reading says. DisentError names the first file that has another size, or
    that cannot be read; with `skip`, those count as if they were not there.
    """
    first: tuple[int, int] | None = None
    grey = True
    for name in names:
        try:
            width, height, mode = _header(folder / name)
        except UnreadableImage:
            if skip:
                continue
            raise
        grey = grey and (mode in GREY_MODES or mode.startswith("I"))
        side = options.side(width, height)
        first = first or side
        if side != first:
            raise DisentError(
                f"{folder / name} is {side[0]}×{side[1]} pixels, the files before it {first[0]}×{first[1]}; "
                "--dataset.size N makes all of them N×N (--dataset.crop true cuts them square first, "
                "--dataset.pad true puts black around them)"
            )
    width, height = first or (0, 0)
    return (1 if (grey if options.grey is None else options.grey) else 3), height, width


def _header(path: Path) -> tuple[int, int, str]:
    """Width and height as the image is shown, and its mode."""
    with _opened(path) as image:
        width, height = image.size
        sideways = image.getexif().get(ORIENTATION) in SIDEWAYS
        return (height, width, image.mode) if sideways else (width, height, image.mode)


def read_image(path: Path, shape: tuple[int, int, int], options: ReadOptions) -> np.ndarray:
    """The pixels (H, W, C) uint8 of a file, as an image of this shape (C, H, W).

    The first frame, turned as its orientation tag says; the ground takes the place of what is transparent; 16
    bits become 8. DisentError where a drawing in the colour of the ground would be lost.
    """
    channels, height, width = shape
    with _opened(path) as file:
        image = _plain(ImageOps.exif_transpose(file), path, options)
        image = image.convert("L" if channels == 1 else "RGB")
        if options.crop:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            image = image.crop((left, top, left + side, top + side))
        return np.asarray(options.sizing.apply(image)).reshape(height, width, channels)


def survey_pixels(folder: Path, names: Sequence[str]) -> tuple[int, int]:
    """How many files may be transparent, and the highest level of those with more than 8 bits (0: none)."""
    transparent = highest = 0
    for name in names:
        with _opened(folder / name) as image:
            transparent += _is_transparent(image)
            if image.mode.startswith("I"):
                highest = max(highest, int(np.asarray(image).max()))
    return transparent, highest


def _plain(image: Image.Image, path: Path, options: ReadOptions) -> Image.Image:
    """The image in 8 bits and without transparency."""
    if image.mode == "F":
        raise DisentError(f"{path} holds floating-point pixels: save it with 8 or 16 bits, or use d/array")
    if image.mode.startswith("I"):
        pixels = np.asarray(image).astype(np.int64)
        if pixels.min() < 0 or pixels.max() > options.white:
            more = "save it with 8 or 16 bits" if options.bits is None else "--dataset.bits must be more"
            raise DisentError(f"{path} holds pixels up to {pixels.max()}: {more}")
        return Image.fromarray(((pixels * 255 + options.white // 2) // options.white).astype(np.uint8))
    if _is_transparent(image):
        return _on_ground(image.convert("RGBA"), path, options)
    return image


def _is_transparent(image: Image.Image) -> bool:
    """Whether some of the image may be transparent."""
    return image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info


def _on_ground(layer: Image.Image, path: Path, options: ReadOptions) -> Image.Image:
    shown = Image.alpha_composite(Image.new("RGBA", layer.size, (*options.ground_colour, 255)), layer)
    lowest, highest = layer.getchannel("A").getextrema()
    colours = np.asarray(shown).reshape(-1, 4)
    if lowest != highest and (colours == colours[0]).all():
        ground = options.ground or "black"
        other = "black" if options.ground else "white"
        raise DisentError(
            f"{path} is a drawing in {ground} on a transparent ground, which becomes {ground} too: nothing "
            f"of it would be seen; choose another colour of the ground: --dataset.ground {other}"
        )
    return shown


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        if path.exists() and not path.is_file():
            raise OSError("a pipe, socket or device")
        with Image.open(path, formats=FORMATS) as image:
            yield image
    except BROKEN as error:
        problem = "is not a whole image file"
        if not path.exists():
            problem = "is a link to a file that is not there"
        raise UnreadableImage(
            f"{path} {problem} ({_reason(error)}); mend it, take it out of the folder, or leave out all that "
            "cannot be read: --dataset.unreadable skip"
        ) from error


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
