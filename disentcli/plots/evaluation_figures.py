"""The figures of an evaluation, from its arrays: reconstructions, samples, traversals, matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .drawing import save
from .image_grids import Bar, error_maps, tile_figure
from .matrices import heat_map
from .metric_arrays import Naming, labelled_matrices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 10  # observations side by side


def draw_reconstructions(inputs: np.ndarray, outputs: np.ndarray, path: Path) -> Path:
    """Images (N, *shape), ten to a row, each above its reconstruction and its error."""
    return save(reconstruction_figure(inputs, outputs), path)


def draw_samples(images: np.ndarray, source: str, path: Path) -> Path:
    """New images (N, *shape), ten to a row; `source` says where their codes came from."""
    return save(sample_figure(images, source), path)


def draw_traversals(
    images: np.ndarray, ranges: np.ndarray, path: Path, base: np.ndarray | None = None
) -> Path:
    """One row a latent: images (D, steps, *shape) while it runs through its range (D, 2)."""
    foot = "each latent through the middle 95 % of its codes or its values, the others as in a typical code"
    return save(traversal_figure(images, ranges, base=base, foot=foot), path)


def draw_matrices(arrays: Mapping[str, np.ndarray], naming: Naming, folder: Path) -> list[Path]:
    """A heat map of each array "<metric>/<name>" that is a matrix over latents or factors."""
    return [
        save(heat_map(matrix), folder / f"{name}.png") for name, matrix in labelled_matrices(arrays, naming)
    ]


def reconstruction_figure(inputs: np.ndarray, outputs: np.ndarray) -> Figure:
    """Input, output and the absolute error of each observation below one another."""
    images = inputs.ndim == 4
    errors, top = error_maps(inputs, outputs) if images else (outputs - inputs, 0.0)
    rows: list[np.ndarray] = []
    for start in range(0, max(len(inputs) - ACROSS, 0) + 1, ACROSS):
        part = slice(start, start + ACROSS)
        rows += [inputs[part], outputs[part], errors[part]]
    labels = ["input", "output", "error" if images else "output − input"] * (len(rows) // 3)
    foot = "error: the absolute difference, averaged over channels" if images else ""
    bar = Bar("absolute error", top) if images else None
    return tile_figure(rows, labels, title="Reconstructions", foot=foot, bar=bar)


def sample_figure(images: np.ndarray, source: str) -> Figure:
    """Whole rows of ten new observations."""
    rows = [images[start : start + ACROSS] for start in range(0, len(images) - ACROSS + 1, ACROSS)]
    return tile_figure(rows, [""] * len(rows), title=f"Samples ({source})")


def traversal_figure(
    images: np.ndarray,
    ranges: np.ndarray,
    *,
    base: np.ndarray | None = None,
    latents: Sequence[int] | None = None,
    foot: str = "",
) -> Figure:
    """One row a latent (D, steps, *shape), behind the base image (*shape) that they all start from."""
    names = range(len(images)) if latents is None else latents
    labels = [f"z{d}  [{_end(low)}, {_end(high)}]" for d, (low, high) in zip(names, ranges, strict=True)]
    rows, columns = list(images), [""] * images.shape[1]
    if base is not None:
        rows = [np.concatenate([base[None], row]) for row in rows]
        columns = ["base", *columns]
    columns[-images.shape[1]], columns[-1] = "lowest", "highest"
    return tile_figure(rows, labels, title="Traversals", foot=foot, columns=columns)


def _end(value: float) -> str:
    """An end of a range in two digits, or all those before the point."""
    return f"{value:.0f}" if 10 <= abs(value) < 1e5 else f"{value:.2g}"
