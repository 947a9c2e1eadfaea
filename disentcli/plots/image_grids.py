"""Labelled grids of images, pianorolls and strips of vectors: rows, reconstructions, samples, traversals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .drawing import DIVERGING, ERRORS, PAGE, SMALL, TALLEST, new_figure, paper_style, set_title
from .pianoroll_pictures import as_pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TILE = 0.62  # inches, at most
BESIDE, ABOVE = 1.2, 0.75  # inches for the labels, at least
CHARACTER = 0.58 * SMALL / 72  # inches of a label's character
LEAST_ERROR = 0.1  # at the top of the scale, so that an error that nobody sees is not bright
GAP = 2  # pixels between tiles
ACROSS = 10  # reconstructions or samples side by side
EVALUATION_FOOT = (
    "each latent through the middle 95 % of its codes or its values, the others as in a typical code"
)


@dataclass(frozen=True)
class ErrorBar:
    """A colour bar: what the colours of error maps mean, from 0 to `top`."""

    label: str
    top: float


@paper_style()
def tile_figure(
    rows: Sequence[np.ndarray],
    labels: Sequence[str],
    *,
    title: str,
    foot: str = "",
    columns: Sequence[str] = (),
    bar: ErrorBar | None = None,
) -> Figure:
    """Rows of observations, each (n, C, H, W) in [0, 1], (n, K, T) or (n, D), with a label beside each row.

    `columns` are labels above the tiles of images, `bar` is drawn beside them.
    """
    rows = [as_pictures(row) for row in rows]
    if rows[0].ndim == 2:
        return _strip_figure(rows, labels, title=title, foot=foot)
    canvas, middles, centres = mosaic(rows)
    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    beside = max(BESIDE, CHARACTER * longest) + (0.6 if bar else 0.0)
    aspect = rows[0].shape[2] / rows[0].shape[3]
    tile = min(TILE, (PAGE - beside) / len(rows[0]), (TALLEST - ABOVE) / (aspect * len(rows)))
    width = max(beside + tile * len(rows[0]), PAGE / 2)
    figure = new_figure(width, ABOVE + aspect * tile * len(rows))
    figure.set_layout_engine("compressed")  # for images, whose shape is fixed
    axes = figure.add_subplot()
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    _label(axes, middles, labels, centres, columns)
    if bar:
        _add_bar(figure, axes, bar)
    set_title(figure, title, foot)
    return figure


def mosaic(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One white-gapped picture (height, width[, 3]) of all tiles; the middles of its rows and columns, in
    pixels. Rows of one channel become grey beside rows of three."""
    colour = any(row.shape[1] == 3 for row in rows)
    stacked = np.stack([_channels(row, colour) for row in rows]).clip(0, 1)  # (R, n, C, H, W)
    padded = np.pad(stacked, ((0, 0), (0, 0), (0, 0), (0, GAP), (0, GAP)), constant_values=1.0)
    count, across, channels, tall, wide = padded.shape
    canvas = padded.transpose(0, 3, 1, 4, 2).reshape(count * tall, across * wide, channels)
    canvas = canvas[:-GAP, :-GAP]
    middles = np.arange(count) * tall + (tall - GAP - 1) / 2
    centres = np.arange(across) * wide + (wide - GAP - 1) / 2
    return (canvas if colour else canvas[..., 0]), middles, centres


def _channels(row: np.ndarray, colour: bool) -> np.ndarray:
    """Tiles (n, 1 or 3, H, W); of other numbers of channels, the mean."""
    if row.shape[1] == 3:
        return row
    grey = row.mean(axis=1, keepdims=True)
    return np.repeat(grey, 3, axis=1) if colour else grey


def error_maps(inputs: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, float]:
    """|x − x̂|, averaged over channels, as colours (N, 3, H, W), and what the brightest of them stands for."""
    from matplotlib import colormaps

    errors = np.abs(outputs - inputs).mean(axis=1)  # (N, H, W)
    top = max(float(errors.max()), LEAST_ERROR)
    return np.moveaxis(colormaps[ERRORS](errors / top)[..., :3], -1, 1), top


def _add_bar(figure: Figure, axes: Axes, bar: ErrorBar) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    colours = ScalarMappable(Normalize(0, bar.top), ERRORS)
    figure.colorbar(colours, ax=axes, label=bar.label, shrink=0.8, aspect=25)


def _strip_figure(rows: Sequence[np.ndarray], labels: Sequence[str], *, title: str, foot: str) -> Figure:
    """Vectors as horizontal strips of colour, a block of strips for each row."""
    blank = np.full((1, rows[0].shape[1]), np.nan)
    blocks = [np.concatenate([row, blank]) for row in rows]
    blocks[-1] = rows[-1]
    canvas = np.concatenate(blocks)
    limit = float(np.nanmax(np.abs(canvas))) or 1.0
    figure = new_figure(PAGE, 1.2 + min(0.09 * len(canvas), 7.0))
    axes = figure.add_subplot()
    image = axes.imshow(
        canvas, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest"
    )
    figure.colorbar(image, ax=axes, label="value")
    starts = np.cumsum([0, *(len(block) for block in blocks[:-1])])
    _label(axes, starts + np.array([len(row) - 1 for row in rows]) / 2, labels, np.empty(0), ())
    set_title(figure, title, foot)
    return figure


def _label(
    axes: Axes, middles: np.ndarray, labels: Sequence[str], centres: np.ndarray, columns: Sequence[str]
) -> None:
    axes.set_yticks(middles if any(labels) else [], labels if any(labels) else [])
    axes.set_xticks(centres if any(columns) else [], columns if any(columns) else [])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)


def reconstruction_figure(inputs: np.ndarray, outputs: np.ndarray, across: int = ACROSS) -> Figure:
    """Input, output and the absolute error of each observation below one another, so many side by side."""
    inputs, outputs = as_pictures(inputs), as_pictures(outputs)
    images = inputs.ndim == 4
    errors, top = error_maps(inputs, outputs) if images else (outputs - inputs, 0.0)
    rows: list[np.ndarray] = []
    for start in range(0, max(len(inputs) - across, 0) + 1, across):
        part = slice(start, start + across)
        rows += [inputs[part], outputs[part], errors[part]]
    labels = ["input", "output", "error" if images else "output − input"] * (len(rows) // 3)
    foot = "error: the absolute difference, averaged over channels" if images else ""
    bar = ErrorBar("absolute error", top) if images else None
    return tile_figure(rows, labels, title="Reconstructions", foot=foot, bar=bar)


def sample_figure(images: np.ndarray, source: str, across: int = ACROSS) -> Figure:
    """Whole rows of so many new observations."""
    rows = [images[start : start + across] for start in range(0, len(images) - across + 1, across)]
    return tile_figure(rows, [""] * len(rows), title=f"Samples ({source})")


def traversal_figure(
    images: np.ndarray,
    ranges: np.ndarray,
    *,
    base: np.ndarray | None = None,
    latents: Sequence[int] | None = None,
    foot: str = EVALUATION_FOOT,
) -> Figure:
    """One row a latent (D, steps, *shape), behind the base image (*shape) that they all start from."""
    names = range(len(images)) if latents is None else latents
    labels = [f"z{d}  [{_end(low)}, {_end(high)}]" for d, (low, high) in zip(names, ranges, strict=True)]
    rows, columns = list(images), [""] * images.shape[1]
    if base is not None:
        rows = [np.concatenate([base[None], row]) for row in rows]
        columns = ["base", *columns]
    if images.shape[1] > 1:
        columns[-images.shape[1]], columns[-1] = "lowest", "highest"
    return tile_figure(rows, labels, title="Traversals", foot=foot, columns=columns)


def _end(value: float) -> str:
    """An end of a range in two digits, or all those before the point."""
    return f"{value:.0f}" if 10 <= abs(value) < 1e5 else f"{value:.2g}"
