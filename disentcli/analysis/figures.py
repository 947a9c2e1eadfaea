"""The figures of an evaluation, from its arrays: reconstructions, samples, traversals, matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .drawing import save
from .matrices import heat_map, latent_labels
from .pictures import tile_figure

ACROSS = 10  # observations side by side

# array of a metric → title, title of the rows, title of the columns, scale, top of the scale
MATRICES = {
    "mutual_information": ("Mutual information", "latent", "factor", "nats", None),
    "importance": ("Importance for predicting each factor", "latent", "factor", "share", 1.0),
    "response_matrix": ("Latent responses", "replaced latent", "answering latent", "root mean square", None),
    "conditioned_responses": (
        "Conditioned responses",
        "traversed factor",
        "latent",
        "root mean square",
        None,
    ),
}


def draw_reconstructions(inputs: np.ndarray, outputs: np.ndarray, path: Path) -> Path:
    """Images (N, *shape), ten to a row, each above its reconstruction."""
    rows = []
    for start in range(0, max(len(inputs) - ACROSS, 0) + 1, ACROSS):
        rows += [inputs[start : start + ACROSS], outputs[start : start + ACROSS]]
    return save(tile_figure(rows, ["input", "output"] * (len(rows) // 2), title="Reconstructions"), path)


def draw_samples(images: np.ndarray, source: str, path: Path) -> Path:
    """New images (N, *shape), ten to a row; `source` says where their codes came from."""
    rows = [images[start : start + ACROSS] for start in range(0, len(images) - ACROSS + 1, ACROSS)]
    return save(tile_figure(rows, [""] * len(rows), title=f"Samples ({source})"), path)


def draw_traversals(images: np.ndarray, ranges: np.ndarray, path: Path) -> Path:
    """One row a latent: images (D, steps, *shape) while it runs through its range (D, 2)."""
    labels = [f"z{d}  [{low:.2g}, {high:.2g}]" for d, (low, high) in enumerate(ranges)]
    foot = "each latent through the middle 95 % of its codes or its values, the others as in a typical code"
    return save(tile_figure(list(images), labels, title="Traversals", foot=foot), path)


def draw_matrices(arrays: Mapping[str, np.ndarray], factor_names: Sequence[str], folder: Path) -> list[Path]:
    """A heat map of each array, named "<metric>/<name>", that MATRICES describes."""
    paths = []
    for key, matrix in arrays.items():
        metric, _, name = key.partition("/")
        if name not in MATRICES:
            continue
        title, row_title, column_title, scale, top = MATRICES[name]
        figure = heat_map(
            matrix,
            factor_names if row_title.endswith("factor") else latent_labels(len(matrix)),
            factor_names if column_title.endswith("factor") else latent_labels(matrix.shape[1]),
            title=title,
            row_title=row_title,
            column_title=column_title,
            scale=scale,
            top=top,
        )
        paths.append(save(figure, folder / f"{metric}_{name}.png"))
    return paths
