"""The figures of an evaluation: reconstructions, samples, traversals; matrices of metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from .drawing import save
from .inference import Inference
from .matrices import heat_map, latent_labels
from .pictures import tile_figure

ACROSS = 10  # observations side by side
STEPS = 9  # values of a latent in a traversal
OUTER = (2.5, 97.5)  # percentiles of the codes between which a traversal runs

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


def draw_reconstructions(inference: Inference, indices: np.ndarray, path: Path) -> Path:
    """Images spread evenly over `indices`, two rows of them, each above its reconstruction."""
    chosen = indices[np.linspace(0, len(indices) - 1, min(2 * ACROSS, len(indices))).astype(int)]
    rows: list[np.ndarray] = []
    labels: list[str] = []
    for part in (chosen[:ACROSS], chosen[ACROSS:]):
        if len(part) == ACROSS or not rows:
            rows += [inference.images(part).cpu().numpy(), inference.reconstruct(part)]
            labels += ["input", "output"]
    return save(tile_figure(rows, labels, title="Reconstructions"), path)


@torch.no_grad()
def draw_samples(inference: Inference, path: Path, *, count: int = 60, seed: int = 0) -> Path:
    """New images from the model's sampler, or its prior; raises Unsupported where it has neither."""
    generator = torch.Generator().manual_seed(seed)
    images = inference.model.generate(count, generator).cpu().numpy()
    rows = np.array_split(images, -(-count // ACROSS))
    sampler = inference.model.sampler
    source = "the prior" if sampler is None else type(sampler).__name__.removesuffix("Sampler").lower()
    title = f"Samples ({source} sampling)" if sampler is not None else f"Samples from {source}"
    return save(tile_figure(rows, [""] * len(rows), title=title), path)


def draw_traversals(inference: Inference, codes: np.ndarray, path: Path) -> Path:
    """One row a latent: it runs between percentiles of `codes` (N, D), the others stay where they are.

    The starting point is the most typical code: the one nearest to the median of all.
    """
    distances = (codes - np.median(codes, axis=0)) / (codes.std(axis=0) + 1e-12)
    base = codes[np.square(distances).sum(axis=1).argmin()]
    low, high = np.percentile(codes, OUTER, axis=0)
    rows = []
    for d in range(len(base)):
        row = np.tile(base, (STEPS, 1))
        row[:, d] = np.linspace(low[d], high[d], STEPS)
        rows.append(inference.decode(row))
    labels = [f"z{d}  [{low[d]:.2g}, {high[d]:.2g}]" for d in range(len(base))]
    foot = f"each latent from its {OUTER[0]:g} % to its {OUTER[1]:g} % quantile"
    return save(tile_figure(rows, labels, title="Traversals of one image's code", foot=foot), path)


def draw_matrices(arrays: Mapping[str, np.ndarray], factor_names: Sequence[str], folder: Path) -> list[Path]:
    """A heat map of each array, named "<metric>/<name>", that MATRICES describes."""
    paths = []
    for key, matrix in arrays.items():
        metric, _, name = key.partition("/")
        if name not in MATRICES:
            continue
        title, row_title, column_title, scale, top = MATRICES[name]
        factors_first = row_title.endswith("factor")
        rows = factor_names if factors_first else latent_labels(len(matrix))
        columns = factor_names if column_title == "factor" else latent_labels(matrix.shape[1])
        figure = heat_map(
            matrix,
            rows,
            columns,
            title=title,
            row_title=row_title,
            column_title=column_title,
            scale=scale,
            top=top,
        )
        paths.append(save(figure, folder / f"{metric}_{name}.png"))
    return paths
