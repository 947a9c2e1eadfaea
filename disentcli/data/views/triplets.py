"""Triplets for composition: change one factor of the reference into that of the command image."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from ...errors import Unsupported
from ...registry import view
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from ..factors import FactorSpace
from .allowed_grid import AllowedGrid, change_one, change_others, resample
from .view import View, ViewIndices, grid_of

TRIES = 64  # commands drawn for a triplet: of MPI3D, one in 25,000 then shares a further factor


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


def composition_triplets(
    dataset: Dataset, sources: np.ndarray, targets: np.ndarray, count: int, seed: int
) -> ViewIndices:
    """Triplets (count, 3) of a reference and a command among `sources` and a target among `targets`.

    To measure the composition of images that training never showed: the target is the reference with one
    factor as the command image has it, and the command's other factors differ from the target's where images
    of `sources` allow. Uniform are the target, among those that can be composed, the factor, and the
    reference's class of it.

    Raises:
        Unsupported: no image of `targets` can be composed of two of `sources`.
    """
    grid, rng = grid_of(dataset, "composition_triplets"), np.random.default_rng(seed)
    shown = [grid.position(name) for name in dataset.factor_names]
    table = np.zeros(grid.sizes, dtype=bool)
    table.flat[sources] = True
    classes = grid.factors(np.asarray(targets))
    able = np.stack([_composable(table, classes, k) for k in shown], axis=1)
    possible = np.flatnonzero(able.any(1))
    if not len(possible):
        raise Unsupported(
            f"none of {len(classes):,} images of {dataset.name} can be composed of two of the others: each "
            "must differ in one factor from one of these, and share that factor with another"
        )
    rows = rng.choice(possible, count)
    asked = (rng.random((count, len(shown))) + able[rows]).argmax(1)
    references, commands = np.empty((2, count), dtype=np.int64)
    for column, k in enumerate(shown):
        mine = asked == column
        references[mine] = _references(grid, table, classes[rows[mine]], k, rng)
        commands[mine] = _commands(grid, np.asarray(sources), classes[rows[mine]], k, rng)
    places = np.stack([references, commands, grid.index(classes[rows])], axis=1)
    return ViewIndices(torch.from_numpy(places), torch.from_numpy(asked[:, None] == np.arange(len(shown))))


def _composable(table: np.ndarray, classes: np.ndarray, k: int) -> np.ndarray:
    """(N,): whether allowed images differ from classes (N, G) in factor k alone, and share its class."""
    there = table[tuple(classes.T)]
    others = table.sum(axis=k)[tuple(np.delete(classes, k, axis=1).T)] - there
    present = np.asarray(table.any(axis=tuple(axis for axis in range(table.ndim) if axis != k)))
    return (others > 0) & present[classes[:, k]]


def _references(
    grid: FactorSpace, table: np.ndarray, targets: np.ndarray, k: int, rng: np.random.Generator
) -> np.ndarray:
    """Places (n,) of allowed images that differ from target classes (n, G) in factor k alone."""
    every = np.arange(grid.sizes[k])
    along = np.repeat(targets[:, None], len(every), axis=1)
    along[..., k] = every
    is_open = table[tuple(np.moveaxis(along, -1, 0))] & (every != targets[:, k, None])
    return grid.index(grid.intervene(targets, k, (rng.random(is_open.shape) + is_open).argmax(1)))


def _commands(
    grid: FactorSpace, sources: np.ndarray, targets: np.ndarray, k: int, rng: np.random.Generator
) -> np.ndarray:
    """Places (n,) of source images with the class of factor k of targets (n, G), and little else of them."""
    of_sources = grid.factors(sources)[:, k]
    members = sources[np.argsort(of_sources, kind="stable")]
    counts = np.bincount(of_sources, minlength=grid.sizes[k])
    wanted = targets[:, k, None]
    drawn = (rng.random((len(targets), TRIES)) * counts[wanted]).astype(np.int64)
    candidates = members[(np.cumsum(counts) - counts)[wanted] + drawn]
    of_candidates = grid.factors(candidates.ravel()).reshape(len(targets), TRIES, len(grid.sizes))
    differing = (of_candidates != targets[:, None]).sum(-1)
    return np.take_along_axis(candidates, differing.argmax(1)[:, None], axis=1)[:, 0]
