"""Images as files: a PNG of all, a GIF of one after another, a folder of PNGs, arrays; songs as MIDI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..atomic_io import atomic_file, output_path
from ..errors import CallError
from .animation import save_gif
from .drawing import make_folder
from .image_grids import mosaic
from .midi_output import SongFormat, write_pianorolls
from .pianoroll_pictures import as_pictures

PICTURES = (".png", ".gif")
ARRAYS = (".npz",)
SONGS = (".mid",)
KINDS = "images are written as .png, .gif or .npz, or one by one into a folder (a name without ending)"
SMALLEST = 64  # pixels of an image's side in a grid, at least; small ones are magnified by a whole number


def images_path(out: str | None, shape: tuple[int, ...], *, script: str, overwrite: bool) -> Path:
    """The file or folder to write.

    Raises:
        CallError: none is named, it is of another kind or there already; pictures are asked for of vectors.
    """
    if out is None:
        raise CallError(f"fig {script} needs a file to write: --out images.png, .gif, .npz, or a folder")
    path = Path(out).expanduser()
    if len(shape) == 1 and path.suffix not in ARRAYS:
        raise CallError(f"--out {out}: the data are vectors, which are written as .npz")
    if path.suffix in SONGS and len(shape) != 2:
        raise CallError(f"--out {out}: the data are no pianorolls, which alone are written as MIDI")
    if path.suffix:
        return output_path(out, (*PICTURES, *ARRAYS, *SONGS), KINDS, overwrite=overwrite)
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise CallError(
            f"the folder {path} holds files; choose another with --out, or write into it: --overwrite"
        )
    return path


def write_images(
    path: Path,
    rows: Sequence[np.ndarray],
    arrays: Mapping[str, np.ndarray],
    names: Sequence[str] = (),
    songs: SongFormat | None = None,
) -> None:
    """Write images in the way that the path says.

    Args:
        path: of `images_path`.
        rows: Images (n, C, H, W) in [0, 1] or pianorolls (n, K, T), a row of a grid each; the columns are the
          frames of a GIF.
        arrays: What an .npz holds, images and codes among them.
        names: Of the images, row after row, which follow their numbers where each gets a file.
        songs: What the tracks of pianorolls are; a MIDI file holds all, with a bar between.
    """
    if path.suffix in SONGS and songs is not None:
        write_pianorolls(path, [roll for row in rows for roll in row], songs, gap=songs.bar_ticks)
        return
    rows = [as_pictures(row) for row in rows]
    if path.suffix == ".npz":
        with atomic_file(path) as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    elif path.suffix == ".gif":
        frames = [_canvas([row[k : k + 1] for row in _filled(rows)]) for k in range(len(rows[0]))]
        save_gif(np.stack(frames), path)
    elif path.suffix == ".png":
        _save_png(_canvas(_filled(rows)), path)
    else:
        make_folder(path)
        single = [image for row in rows for image in row]
        digits = len(str(len(single) - 1))
        for k, image in enumerate(single):
            name = f"{k:0{digits}d}" + (f"_{Path(names[k]).stem}" if names else "")
            _save_png(_pixels(mosaic([image[None]])[0]), path / f"{name}.png")


def in_rows(images: np.ndarray, columns: int) -> list[np.ndarray]:
    """Images (N, …) as rows of so many; the last may be shorter."""
    return [images[start : start + columns] for start in range(0, len(images), columns)]


def _filled(rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Rows of one length: white images after the last ones."""
    width = max(map(len, rows))
    return [np.concatenate([row, np.ones((width - len(row), *row.shape[1:]), row.dtype)]) for row in rows]


def _canvas(rows: Sequence[np.ndarray]) -> np.ndarray:
    """One picture (height, width, 3) uint8 of all, magnified where they are small."""
    times = max(-(-SMALLEST // min(rows[0].shape[2:])), 1)
    magnified = [row.repeat(times, axis=2).repeat(times, axis=3) for row in rows]
    pixels = _pixels(mosaic(magnified)[0])
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def _pixels(canvas: np.ndarray) -> np.ndarray:
    return np.rint(canvas.clip(0, 1) * 255).astype(np.uint8)


def _save_png(pixels: np.ndarray, path: Path) -> None:
    with atomic_file(path) as file:
        Image.fromarray(pixels).save(file, format="PNG")
