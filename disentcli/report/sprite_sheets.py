"""The frames of a traversal as sprite sheets: one PNG a base image, as large as the page has room for."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..plots.pianoroll_pictures import pianoroll_picture
from .templating import encoded_size
from .traversal_frames import Traversal, TraversalFrames

ENTRY = 2  # pixels that an entry of a vector is wide; the strip is a quarter as high as long, or 12


@dataclass(frozen=True)
class SheetQuality:
    """How many base images, of at most how many pixels a side, in how many colours (None: all)."""

    bases: int
    side: int
    colours: int | None


QUALITIES = (
    SheetQuality(4, 128, None),
    SheetQuality(4, 64, None),
    SheetQuality(4, 64, 64),
    SheetQuality(3, 48, 64),
    SheetQuality(2, 32, 32),
    SheetQuality(1, 32, 16),
    SheetQuality(1, 24, 8),
)


@dataclass(frozen=True)
class SpriteSheets:
    """PNGs of frames of one size: row 0: image and reconstruction; row 1 + i: the values of latent i."""

    frame: tuple[int, int]  # width, height
    images: list[bytes]
    reduced: bool


def fit_sheets(traversal: Traversal, budget: int) -> SpriteSheets | None:
    """The best sheets that take no more than `budget` characters in a page; None if none does."""
    for number, quality in enumerate(QUALITIES):
        sheets = make_sheets(traversal, quality, reduced=number > 1)
        if sum(map(encoded_size, sheets.images)) <= budget:
            return sheets
    return None


def make_sheets(traversal: Traversal, quality: SheetQuality, *, reduced: bool = False) -> SpriteSheets:
    """A sheet for each of the first base images, as many as the quality asks for."""
    limit = max(float(np.abs(frames).max()) for base in traversal.bases for frames in base.frames)
    drawn = [_canvas(base, quality, limit) for base in traversal.bases[: quality.bases]]
    return SpriteSheets(drawn[0][0], [_png(canvas, quality.colours) for _, canvas in drawn], reduced)


def _canvas(
    base: TraversalFrames, quality: SheetQuality, limit: float
) -> tuple[tuple[int, int], Image.Image]:
    """The size of a frame, and all of them pasted side by side."""
    rows = [np.stack([base.original, base.reconstruction]), *base.frames]
    pictures = [[_picture(frame, quality.side, limit) for frame in row] for row in rows]
    size = width, height = pictures[0][0].size
    mode = pictures[0][0].mode
    canvas = Image.new(
        mode, (width * max(map(len, pictures)), height * len(pictures)), 255 if mode == "L" else "white"
    )
    for y, row in enumerate(pictures):
        for x, picture in enumerate(row):
            canvas.paste(picture, (x * width, y * height))
    return size, canvas


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


def _png(picture: Image.Image, colours: int | None) -> bytes:
    file = io.BytesIO()
    if colours is not None:
        picture = picture.convert("RGB").quantize(colours, Image.Quantize.FASTOCTREE)
    picture.save(file, "PNG")
    return file.getvalue()
