"""The frames of a traversal as sprite sheets: one picture a base image, as large as the page has room for."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..plots.pianoroll_pictures import pianoroll_picture
from .templating import encoded_size
from .traversal_frames import Traversal, TraversalFrames

STRIP = 128  # pixels that an image of a strip has a side, about
ENTRY = 2  # pixels that an entry of a vector is wide; the strip is a quarter as high as long, or 12


@dataclass(frozen=True)
class SheetQuality:
    """How many base images, of at most how many pixels a side; `webp`: quality of lossy ones, 0 for PNG."""

    bases: int
    side: int
    webp: int = 0


QUALITIES = (
    SheetQuality(4, 128),
    SheetQuality(4, 64),
    SheetQuality(4, 64, 85),
    SheetQuality(4, 64, 60),
    SheetQuality(3, 48, 60),
    SheetQuality(2, 32, 50),
    SheetQuality(1, 32, 40),
    SheetQuality(1, 24, 30),
)
CHEAPEST = 0.02  # bytes a pixel, below which no picture of a traversal is encoded


@dataclass(frozen=True)
class SpriteSheets:
    """Pictures of frames of one size: row 0: image and reconstruction; row 1 + i: the values of latent i.

    `kind` is their media type, `reduced` says that they are smaller or coarser than the frames.
    """

    frame: tuple[int, int]  # width, height
    images: list[bytes]
    kind: str
    reduced: bool


def fit_sheets(traversal: Traversal, budget: int) -> SpriteSheets | None:
    """The best sheets that take no more than `budget` characters in a page; None if none does."""
    for quality in QUALITIES:
        if CHEAPEST * _pixels(traversal, quality) * 4 / 3 > budget:
            continue
        sheets = make_sheets(traversal, quality)
        if sum(map(encoded_size, sheets.images)) <= budget:
            return sheets
    return None


def _pixels(traversal: Traversal, quality: SheetQuality) -> int:
    """The pixels of all sheets of this quality."""
    shape = traversal.bases[0].original.shape
    if len(shape) != 3:
        return 0
    shrunk = min(1.0, quality.side / max(shape[1:]))
    frames = sum(len(frames) for base in traversal.bases[: quality.bases] for frames in base.frames)
    return int(frames * shape[1] * shape[2] * shrunk**2)


def make_sheets(traversal: Traversal, quality: SheetQuality) -> SpriteSheets:
    """A sheet for each of the first base images, as many as the quality asks for."""
    limit = max(float(np.abs(frames).max()) for base in traversal.bases for frames in base.frames)
    drawn = [_canvas(base, quality, limit) for base in traversal.bases[: quality.bases]]
    frame, shape = drawn[0][0], traversal.bases[0].original.shape
    smaller = len(shape) == 3 and max(frame) < max(shape[1:])
    fewer = len(drawn) < len(traversal.bases)
    return SpriteSheets(
        frame,
        [_encoded(canvas, quality.webp) for _, canvas in drawn],
        "image/webp" if quality.webp else "image/png",
        smaller or fewer or quality.webp > 0,
    )


def picture_strip(rows: list[np.ndarray]) -> bytes:
    """Rows of observations (n, *shape) below one another as one PNG, small images magnified."""
    limit = max(float(np.abs(row).max()) for row in rows)
    tiles = [[_picture(frame, STRIP, limit) for frame in row] for row in rows]
    width, height = tiles[0][0].size
    times = max(1, STRIP // max(width, height))
    canvas = _pasted(tiles)
    canvas = canvas.resize((canvas.width * times, canvas.height * times), Image.Resampling.NEAREST)
    return _encoded(canvas, 0)


def _canvas(
    base: TraversalFrames, quality: SheetQuality, limit: float
) -> tuple[tuple[int, int], Image.Image]:
    """The size of a frame, and all of them pasted side by side."""
    rows = [np.stack([base.original, base.reconstruction]), *base.frames]
    pictures = [[_picture(frame, quality.side, limit) for frame in row] for row in rows]
    return pictures[0][0].size, _pasted(pictures)


def _pasted(pictures: list[list[Image.Image]]) -> Image.Image:
    """Rows of pictures of one size side by side on white."""
    width, height = pictures[0][0].size
    mode = pictures[0][0].mode
    size = (width * max(map(len, pictures)), height * len(pictures))
    canvas = Image.new(mode, size, 255 if mode == "L" else "white")
    for y, row in enumerate(pictures):
        for x, picture in enumerate(row):
            canvas.paste(picture, (x * width, y * height))
    return canvas


def _picture(frame: np.ndarray, side: int, limit: float) -> Image.Image:
    """An image (C, H, W) in [0, 1] or a pianoroll (K, T), of at most `side` pixels a side; a vector (D,) as a
    strip of colours."""
    if frame.ndim == 1:
        return Image.fromarray(_strip(frame, limit))
    if frame.ndim == 2:
        frame = pianoroll_picture(frame)
    pixels = (frame.clip(0, 1) * 255).round().astype(np.uint8)
    grey = len(pixels) != 3
    picture = Image.fromarray(
        pixels.mean(axis=0).round().astype(np.uint8) if grey else pixels.transpose(1, 2, 0)
    )
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _strip(vector: np.ndarray, limit: float) -> np.ndarray:
    """Blue below zero, white at zero, red above, (D/2, 2·D, 3) uint8."""
    from matplotlib import colormaps

    colours = colormaps["RdBu_r"](vector / (2 * limit or 1.0) + 0.5)[:, :3]
    row = (colours * 255).round().astype(np.uint8)
    return np.tile(np.repeat(row, ENTRY, axis=0), (max(12, ENTRY * len(row) // 4), 1, 1))


def _encoded(picture: Image.Image, webp: int) -> bytes:
    """A PNG, or a WebP of this quality."""
    file = io.BytesIO()
    if webp:
        picture.convert("RGB").save(file, "WEBP", quality=webp, method=2)
    else:
        picture.save(file, "PNG")
    return file.getvalue()
