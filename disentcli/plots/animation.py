"""Animated figures: the wave of a traversal that loops without a jump, its frames, and the GIF of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..atomic_io import atomic_file
from .drawing import AS_DRAWN, FigureStyle, make_folder, paper_style, place_labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

FRAMES, SECONDS_A_FRAME = 20, 0.1


def triangle_wave(start: np.ndarray, frames: int = FRAMES) -> np.ndarray:
    """Places (D, frames) in [0, 1] that begin at `start` (D,), rise to 1, fall to 0 and end beside `start`.

    >>> triangle_wave(np.array([0.0]), 4).tolist()
    [[0.0, 0.5, 1.0, 0.5]]
    """
    phase = (np.clip(start, 0, 1)[:, None] / 2 + np.arange(frames) / frames) % 1.0
    return 1.0 - np.abs(1.0 - 2.0 * phase)


@paper_style()
def render_frames(
    figure: Figure, canvases: Sequence[np.ndarray], style: FigureStyle = AS_DRAWN
) -> np.ndarray:
    """Frames (T, height, width, 3) uint8 of a figure whose first image shows one canvas after another.

    The figure is drawn once; each canvas (H, W[, 3]) is then put where its image is.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    style.apply(figure)
    figure.set_dpi(style.dpi)
    place_labels(figure)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ground = np.array(canvas.buffer_rgba())[..., :3]
    box = figure.axes[0].get_window_extent()
    left, right = round(box.x0), round(box.x1)
    top, bottom = ground.shape[0] - round(box.y1), ground.shape[0] - round(box.y0)
    frames = np.repeat(ground[None], len(canvases), axis=0)
    for frame, one in zip(frames, canvases, strict=True):
        frame[top:bottom, left:right] = magnified(one, bottom - top, right - left)
    return frames


def magnified(canvas: np.ndarray, height: int, width: int) -> np.ndarray:
    """A canvas (H, W[, 3]) in [0, 1] as (height, width, 3) uint8, each pixel the nearest of the canvas.

    >>> magnified(np.array([[0.0, 1.0]]), 1, 4)[0, :, 0].tolist()
    [0, 0, 255, 255]
    """
    rows = (np.arange(height) + 0.5) * canvas.shape[0] / height
    columns = (np.arange(width) + 0.5) * canvas.shape[1] / width
    found = canvas[np.ix_(rows.astype(int), columns.astype(int))]
    found = found if found.ndim == 3 else np.repeat(found[..., None], 3, axis=2)
    return np.rint(found.clip(0, 1) * 255).astype(np.uint8)


def save_gif(frames: np.ndarray, path: Path) -> Path:
    """Write frames (T, height, width, 3) as a GIF that repeats for ever, in 256 colours common to all."""
    from PIL import Image

    make_folder(path.parent)
    colours = _palette(frames)
    images = [Image.fromarray(frame).quantize(palette=colours, dither=Image.Dither.NONE) for frame in frames]
    with atomic_file(path) as file:
        images[0].save(
            file,
            format="GIF",
            save_all=True,
            append_images=images[1:],
            duration=int(1000 * SECONDS_A_FRAME),
            loop=0,
            optimize=False,
        )
    return path


def _palette(frames: np.ndarray) -> Image.Image:
    """Sixteen greys, white and black among them for the letters, and 240 colours of the frames.

    Each colour counts once, whatever its share: otherwise white paper would take most of them.
    """
    from PIL import Image

    levels = (frames.reshape(-1, 3) >> 3).astype(np.int64) @ (1024, 32, 1)  # five bits a channel
    found = np.unique(levels)
    distinct = (np.stack([found >> 10, found >> 5 & 31, found & 31], axis=-1)[None] * 255 // 31).astype(
        np.uint8
    )
    chosen = Image.fromarray(distinct).quantize(240).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for grey in range(0, 256, 17) for level in (grey,) * 3] + chosen[: 3 * 240])
    return palette
