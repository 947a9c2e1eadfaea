"""Triplets for composition: change one factor of the reference into that of the command image."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from ...registry import view
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from .allowed_grid import AllowedGrid, change_one, change_others, resample
from .view import View, ViewIndices, grid_of


@view("triplets")
class Triplets(View):
    """(reference, command, target): the target is the reference with one factor as the command image has it.

    The composition task of "Lost in Latent Space" (Montero et al., NeurIPS 2022): the factor, and its new
    class, are uniform among those that lead to an image which training may show; `ViewIndices.changed` is the
    action, one at that factor. The command image shares no other factor with the target, as far as the images
    allow (`distinct`), or its other factors are uniform (`any`), as in Montero et al. (ICLR 2021).
    """

    num_views = 3

    def __init__(
        self, dataset: Dataset, *, seed: int = 0, command: Literal["distinct", "any"] = "distinct"
    ) -> None:
        self._grid = grid_of(dataset, "triplets")
        self._shown = [self._grid.position(name) for name in dataset.factor_names]
        self._command = command
        super().__init__(dataset, seed=seed)

    def _build_tables(self, allowed: np.ndarray) -> None:
        self._allowed = AllowedGrid.of(self._grid, self.factor_names, allowed)

    def _draw(self, rng: CounterRNG) -> ViewIndices:
        allowed = self._allowed
        reference = allowed.classes(rng.indices)
        target, factor = change_one(allowed, reference, allowed.shown, rng.fork(0))
        command = change_others(allowed, target, factor, rng.fork(1))
        action = torch.arange(reference.shape[1], device=factor.device) == factor[:, None]
        if self._command == "any":
            anything, found = resample(allowed, target, ~action, torch.zeros_like(action), rng.fork(2))
            command = torch.where(found[:, None], anything, command)
        places = [rng.indices, allowed.places(command), allowed.places(target)]
        return ViewIndices(
            torch.stack(places, dim=1), torch.stack([action[:, k] for k in self._shown], dim=1)
        )
