"""A run brought back: its model, its data and its splits, from config.yaml and a checkpoint alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..build import build
from ..data.dataset import Dataset
from ..data.splits import Splits, random_splits
from ..devices import find_device
from ..methods.method import Method
from . import checkpoint as checkpoints
from .roots import data_root
from .run import Run

ROOT_KEYS = ("latent_dim", "reg_wt", "seed")  # of the config's root, these reach every component
AT_ONCE = 256  # images


@dataclass(frozen=True)
class LoadedRun:
    """A trained model in evaluation mode, with the data it was trained on."""

    run: Run
    config: dict[str, Any]
    step: int
    model: Method
    dataset: Dataset
    splits: Splits
    device: torch.device

    def encode(self, what: Tensor | np.ndarray) -> Tensor:
        """Mean codes (N, D) of images (N, C, H, W) in [0, 1], or of indices (N,) into the dataset."""
        inputs = torch.as_tensor(what)
        if not inputs.is_floating_point():
            dataset = self.dataset
            return self._batched(
                lambda part: self.model.encode(dataset.batch(part.to(dataset.index_device))), inputs
            )
        return self._batched(lambda part: self.model.encode(part.to(self.device)), inputs)

    def decode(self, codes: Tensor | np.ndarray) -> Tensor:
        """Images (N, C, H, W) in [0, 1] of codes (N, D)."""
        inputs = torch.as_tensor(codes, dtype=torch.float32)
        return self._batched(lambda part: self.model.decode(part.to(self.device)), inputs)

    @torch.no_grad()
    def _batched(self, function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
        return torch.cat([function(part).cpu() for part in inputs.split(AT_ONCE)])


def load_run(
    name: str | Path = "last",
    checkpoint: str | int = "last",
    saveroot: str | Path | None = None,
    device: str | torch.device = "cpu",
    *,
    dataroot: str | Path | None = None,
) -> LoadedRun:
    """The run of this name, unique prefix or path (`last`: the newest), as of this checkpoint.

        >>> run = load_run("last")                       # doctest: +SKIP
        >>> codes = run.encode(run.splits.test[:100])    # doctest: +SKIP

    Raises:
        CallError: there is no such run or checkpoint.
        DisentError: the checkpoint is damaged, or the data are not there.
    """
    run = Run.find(saveroot, name)
    config = run.config()
    place = find_device(str(device))
    state = checkpoints.load(run, checkpoint, place)
    inferred = {key: config[key] for key in ROOT_KEYS if config.get(key) is not None}
    dataset, _ = build(
        "dataset",
        config["dataset"],
        inferred={**inferred, "root": str(data_root(dataroot)), "device": place},
        unknown="ignore",
    )
    dataset.to(place)
    model, _ = build(
        "method",
        config["model"],
        where="model",
        inferred={**inferred, "input_shape": dataset.shape},
        unknown="ignore",
    )
    checkpoints.load_weights(model, state["model"])
    splits = usual_splits(dataset, int(config.get("seed", 0)))
    model = model.to(place, memory_format=torch.channels_last).eval()  # as it was trained
    return LoadedRun(run, config, int(state["step"]), model, dataset, splits, place)


def usual_splits(dataset: Dataset, seed: int) -> Splits:
    """The split that every script uses: the dataset's own test part or a fifth, a tenth for validation."""
    return random_splits(len(dataset), seed, test_indices=dataset.test_indices)
