"""Errors of composed images, of models that give the target, the reference or the command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from disentcli.config.instantiate import build
from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.views.triplets import composition_triplets
from disentcli.errors import Unsupported
from disentcli.methods.composition_error import CompositionErrors

from ..toy_runs import SPRITES

COUNT = 60


@pytest.fixture(scope="module")
def sprites(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("sprites")
    return build("dataset", SPRITES, inferred={"root": str(folder), "seed": 0})[0]


class Pixels(nn.Module):
    """A "decoder" whose outputs are the images."""

    def forward(self, codes: Tensor) -> Tensor:
        return codes

    def mean(self, outputs: Tensor) -> Tensor:
        return outputs

    def loss(self, outputs: Tensor, images: Tensor) -> Tensor:
        return (outputs - images).square().sum() / len(images)


class Model(nn.Module):
    """Codes are images; the operator gives the true target, the reference or the command."""

    short_name = "model"

    def __init__(self, dataset: Dataset, composes: str) -> None:
        super().__init__()
        self.decoder, self.latent, self.composes, self.dataset = Pixels(), self, composes, dataset
        self.every = dataset.batch(torch.arange(len(dataset))).flatten(1)

    def encode(self, images: Tensor) -> Tensor:
        return images

    def to_decoder(self, codes: Tensor) -> Tensor:
        return codes

    def operator(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        if self.composes != "target":
            return reference if self.composes == "reference" else command
        grid = self.dataset.grid
        assert grid is not None
        one, other = (
            grid.factors(torch.cdist(images.flatten(1), self.every).argmin(1).numpy())
            for images in (reference, command)
        )
        return self.dataset.batch(torch.from_numpy(grid.index(np.where(action.numpy(), other, one))))


@dataclass
class Applied:
    """What of an `Inference` is used."""

    model: Any
    dataset: Dataset
    batch_size: int = 16
    device: str = "cpu"

    def images(self, indices: np.ndarray) -> Tensor:
        return self.dataset.batch(torch.from_numpy(np.asarray(indices)))


def drawn(sprites: Dataset) -> tuple[np.ndarray, np.ndarray]:
    every = np.arange(len(sprites))
    found = composition_triplets(sprites, every, every, COUNT, 0)
    return found.indices.numpy(), found.changed.numpy()


def test_true_targets_have_no_errors(sprites: Dataset) -> None:
    triplets, action = drawn(sprites)
    found = CompositionErrors(Applied(Model(sprites, "target"), sprites)).of_triplets(triplets, action)
    assert (found.nll_per_image, found.mse_per_pixel) == (0, 0)
    assert found.right.all()


@pytest.mark.parametrize(("composes", "column"), [("reference", 0), ("command", 1)])
def test_what_is_wrong_is_read_off_the_nearest_real_image(
    sprites: Dataset, composes: str, column: int
) -> None:
    triplets, action = drawn(sprites)
    found = CompositionErrors(Applied(Model(sprites, composes), sprites)).of_triplets(triplets, action)
    images = sprites.batch(torch.arange(len(sprites))).flatten(1).numpy().astype(float)
    composed, targets = images[triplets[:, column]], images[triplets[:, 2]]
    assert found.mse_per_pixel == pytest.approx(((composed - targets) ** 2).mean(), rel=1e-5)
    assert found.nll_per_image == pytest.approx(((composed - targets) ** 2).sum(axis=1).mean(), rel=1e-5)
    grid = sprites.grid
    assert grid is not None
    for row, (image, target) in enumerate(zip(composed, triplets[:, 2], strict=True)):
        true = grid.factors(target[None])
        asked = int(action[row].argmax())
        read = true.copy()
        read[:, asked] = nearest_class(images, image, grid, true, asked)
        for factor in range(len(grid.sizes)):
            of_factor = (
                read[0, asked] if factor == asked else nearest_class(images, image, grid, read, factor)
            )
            assert found.right[row, factor] == (of_factor == true[0, factor])
    if composes == "reference":
        assert not found.right[action].any()  # each differs from the target in the asked factor alone
        assert found.right[~action].all()


def nearest_class(
    images: np.ndarray, image: np.ndarray, grid: FactorSpace, classes: np.ndarray, factor: int
) -> int:
    """The class of a factor nearest to an image, the own one of equals, by a loop."""
    own, best = int(classes[0, factor]), np.inf
    found = own
    for value in [own, *range(grid.sizes[factor])]:
        distance = ((images[grid.index(grid.intervene(classes, factor, value))[0]] - image) ** 2).sum()
        if distance < best - 1e-6:
            found, best = value, distance
    return found


def test_a_model_that_composes_nothing_and_data_without_a_grid_are_refused(sprites: Dataset) -> None:
    model = Model(sprites, "target")
    model.operator = None  # type: ignore[assignment]
    with pytest.raises(Unsupported, match="trained without an operator"):
        CompositionErrors(Applied(model, sprites)).check()
    table = Dataset("table", np.zeros((4, 1, 1, 1), np.uint8), (1, 1, 1))
    with pytest.raises(Unsupported, match="not a full grid"):
        CompositionErrors(Applied(Model(sprites, "target"), table)).check()
