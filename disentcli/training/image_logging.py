"""Images of a model in training for the loggers: reconstructions and samples."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..data.labelled_items import item_reader, observations_of
from ..errors import Unsupported
from ..methods.decoding_method import DecodingMethod
from ..methods.method import Method
from ..plots.pianoroll_pictures import as_pictures
from ..runs.records import Records
from .rng import make_generator
from .validation import eval_mode

COLUMNS = 8


def log_images(
    records: Records, step: int, model: Method, dataset: Dataset, indices: np.ndarray, seed: int
) -> None:
    """Log eight of these images above their reconstructions, and sixteen samples if the model draws any."""
    if len(dataset.shape) == 1 or not isinstance(model, DecodingMethod):
        return
    with eval_mode(model):
        if len(indices):
            read_items = item_reader(dataset.images, with_factors=model.reads_labels)
            chosen = torch.as_tensor(indices[:COLUMNS], dtype=torch.int64).to(dataset.index_device)
            items = read_items(chosen, 0)
            both = torch.cat([observations_of(items), model.reconstruct_items(items)])
            records.image(step, "reconstructions", image_grid(both, len(chosen)))
        try:
            samples = model.generate(2 * COLUMNS, make_generator(seed, "pictures"))
        except Unsupported:
            return
        records.image(step, "samples", image_grid(samples, COLUMNS))


def image_grid(images: Tensor, columns: int) -> Tensor:
    """One image (C, N/columns·H, columns·W) of images (N, C, H, W) or pianorolls (N, K, T), row by row."""
    if images.ndim == 3:
        images = torch.from_numpy(as_pictures(images.cpu().numpy()))
    rows = len(images) // columns
    grid = images[: rows * columns].unflatten(0, (rows, columns))  # (R, K, C, H, W)
    return grid.permute(2, 0, 3, 1, 4).flatten(3, 4).flatten(1, 2)
