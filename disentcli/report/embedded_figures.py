"""Figures embedded in a page: whole where there is room, else with fewer pixels, never with fewer colours."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .run_figures import KINDS, FigureEntry, FigureView
from .templating import encoded_size

AROUND = 700  # characters of HTML around a picture
LEAST = 30_000  # characters, below which a picture could not be read
QUALITY, NARROWEST = 80, 320  # of a reduced picture: WebP's, and its width in pixels
BYTES_A_PIXEL = 0.12  # of a reduced picture, about
TRIES = 4


@dataclass(frozen=True)
class EmbeddedView:
    """A picture as it is on the page; `kind` is its media type."""

    label: str
    data: bytes
    kind: str
    reduced: bool = False

    @property
    def size(self) -> int:
        """The characters that it takes."""
        return encoded_size(self.data) + AROUND


@dataclass(frozen=True)
class EmbeddedFigure:
    """A figure with the views for which the page has room."""

    title: str
    caption: str
    views: tuple[EmbeddedView, ...]

    @property
    def reduced(self) -> bool:
        """Whether one of its pictures is not whole."""
        return any(view.reduced for view in self.views)


def embed_figures(
    entries: Sequence[FigureEntry], budget: int
) -> tuple[list[EmbeddedFigure], list[FigureEntry]]:
    """The figures that fit into so many characters, and those that do not.

    All are whole where they fit. Else the large ones share what the small ones leave, and where that is too
    little for a picture to be read, the last ones are left out: second views first, then the last figures.
    """
    shown = _in_order(entries)
    while shown and _level([size for _, _, size in shown], budget) < LEAST:
        shown.pop()
    level = _level([size for _, _, size in shown], budget)
    embedded = [embed(view, level - AROUND) for _, view, _ in shown]
    _make_whole(embedded, [view for _, view, _ in shown], budget)
    found: dict[int, list[EmbeddedView]] = {}
    for (number, _, _), picture in zip(shown, embedded, strict=True):
        if picture is not None:
            found.setdefault(number, []).append(picture)
    figures = [
        EmbeddedFigure(entries[number].title, entries[number].caption, tuple(views))
        for number, views in sorted(found.items())
    ]
    return figures, [entry for number, entry in enumerate(entries) if number not in found]


def _make_whole(pictures: list[EmbeddedView | None], views: Sequence[FigureView], budget: int) -> None:
    """Put whole pictures in the place of reduced ones, the first before the others, where there is room."""
    left = budget - sum(one.size for one in pictures if one is not None)
    for place, (picture, view) in enumerate(zip(pictures, views, strict=True)):
        if picture is None or not picture.reduced:
            continue
        whole = embed(view, math.inf)
        if whole is not None and whole.size - picture.size <= left:
            left -= whole.size - picture.size
            pictures[place] = whole


def _in_order(entries: Sequence[FigureEntry]) -> list[tuple[int, FigureView, int]]:
    """(figure, view, characters) of all views, the first ones of all figures before the second ones."""
    places = [
        (rank, number, view) for number, one in enumerate(entries) for rank, view in enumerate(one.views)
    ]
    places.sort(key=lambda place: place[:2])
    return [(number, view, 4 * view.size // 3 + AROUND) for _, number, view in places]


def _level(sizes: Sequence[int], budget: int) -> float:
    """What each may take at most, so that those which need less leave theirs to the others; ∞: all fit."""
    left = budget
    for number, size in enumerate(ordered := sorted(sizes)):
        share = left / (len(ordered) - number)
        if size > share:
            return share
        left -= size
    return math.inf


def embed(view: FigureView, most: float) -> EmbeddedView | None:
    """The smallest file of a view where it fits into so many characters, else its PNG in fewer pixels."""
    path = min(view.files, key=lambda path: path.stat().st_size)
    data = path.read_bytes()
    if encoded_size(data) <= most:
        return EmbeddedView(view.label, data, KINDS[path.suffix])
    for path in view.files:
        if path.suffix == ".png" and (data_smaller := reduce_png(path, int(most * 3 / 4))) is not None:
            return EmbeddedView(view.label, data_smaller, "image/webp", reduced=True)
    return None


def reduce_png(path: Path, most: int) -> bytes | None:
    """The picture on white, as a WebP of at most so many bytes; None where it would be too small to read."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            picture = _on_white(image)
    except (UnidentifiedImageError, OSError):  # a damaged file has no smaller form
        return None
    scale = min(1.0, (most / (BYTES_A_PIXEL * picture.width * picture.height)) ** 0.5)
    for _ in range(TRIES):
        width = round(scale * picture.width)
        if width < min(NARROWEST, picture.width):
            return None
        size = (width, max(1, round(scale * picture.height)))
        smaller = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        file = io.BytesIO()
        smaller.save(file, "WEBP", quality=QUALITY, method=2)
        if file.tell() <= most:
            return file.getvalue()
        scale *= 0.95 * (most / file.tell()) ** 0.5
    return None


def _on_white(image: Image.Image) -> Image.Image:
    picture = image.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB")
