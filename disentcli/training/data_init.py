"""Methods that look at training images before the first step."""

from __future__ import annotations

import numpy as np
import torch

from ..data.dataset import Dataset
from ..data.splits.splits import subsample_evenly
from ..methods.method import Method
from .validation import batches


def init_from_images(model: Method, dataset: Dataset, indices: np.ndarray, batch_size: int) -> None:
    """Show the model as many of these images as it wants to see, always the same."""
    if model.init_images:
        parts = batches(dataset.images, subsample_evenly(indices, model.init_images), batch_size)
        model.init_from_data(torch.cat(list(parts)))
