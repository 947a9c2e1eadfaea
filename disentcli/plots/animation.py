"""Animated figures: the wave of a traversal that loops without a jump, its frames, and the GIF of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..atomic_io import atomic_file
from .drawing import make_folder, paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from PIL import Image

GIF_DPI = 110
FRAMES, SECONDS_A_FRAME = 20, 0.1


def triangle_wave(start: np.ndarray, frames: int = FRAMES) -> np.ndarray:
    """Places (D, frames) in [0, 1] that begin at `start` (D,), rise to 1, fall to 0 and end beside `start`.

    >>> triangle_wave(np.array([0.0]), 4).tolist()
    [[0.0, 0.5, 1.0, 0.5]]
    """
    phase = (np.clip(start, 0, 1)[:, None] / 2 + np.arange(frames) / frames) % 1.0
    return 1.0 - np.abs(1.0 - 2.0 * phase)


@paper_style()
def render_frames(figure: Figure, image: AxesImage, canvases: Sequence[np.ndarray]) -> np.ndarray:
    """Frames (T, height, width, 3) uint8 of a figure in which `image` shows one canvas after another."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(GIF_DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")  # the labels have found their places
    frames = []
    for one in canvases:
        image.set_data(one)
        canvas.draw()
        frames.append(np.array(canvas.buffer_rgba())[..., :3])
    return np.stack(frames)


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
