"""Models whose codes are the factors of images, decoded without an error, and relations that are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from disentcli.data.dataset import Dataset
from disentcli.data.entities import Entities
from disentcli.data.factors import FactorSpace
from disentcli.data.relations import Relations
from disentcli.latents.region_priors import FittedRegions
from disentcli.methods.relational_inference import RelationalInference
from disentcli.metrics.entity_images import EntityImages

SPACE = FactorSpace(("shape", "size", "x"), (3, 4, 6))
BINS = {"shape": 3, "x": [[0, 1], [4, 5]]}
UNARY = {
    "turn": {"factor": "shape", "step": 1, "boundary": "wrap"},
    "right": {"factor": "x", "step": 1, "boundary": "clamp"},
    "left": {"factor": "x", "step": -1, "boundary": "clamp"},
    "back": {"inverse": "turn"},
}
DIGITS, SYMBOLS = 4, 5  # of which the last one is the operator
BINARY = {"add": {"operation": "add", "modulo": DIGITS, "operator": DIGITS}}

Apply = Callable[[Any, Tensor, int], Tensor]


def grid_dataset() -> Dataset:
    """72 images 1×4×4 of a full grid, all different: pixels are noise of each combination."""
    pixels = np.random.default_rng(0).integers(0, 256, (SPACE.size, 4, 4, 1), dtype=np.uint8)
    return Dataset("grid", pixels, (1, 4, 4), grid=SPACE)


def symbol_dataset(each: int = 40) -> Dataset:
    """Symbols 1×4×4 in random strengths, which are a real factor."""
    rng = np.random.default_rng(1)
    symbols = np.repeat(np.arange(SYMBOLS), each)
    strength = rng.uniform(0.5, 1, len(symbols))
    patterns = rng.choice([0, 255], (SYMBOLS, 4, 4, 1))
    pixels = (patterns[symbols] * strength[:, None, None, None]).astype(np.uint8)
    labels = np.stack([symbols, strength], axis=1)
    names = ("symbol", "strength")
    return Dataset("symbols", pixels, (1, 4, 4), labels=labels, factor_names=names, factor_sizes=(SYMBOLS, 0))


class Known(nn.Module):
    """Codes are what tells the images of a dataset apart; regions are fitted to those of all of them."""

    short_name = "known"

    def __init__(self, dataset: Dataset, codes: Tensor, bins: dict, relations: dict, apply: Apply) -> None:
        super().__init__()
        self.dataset, self.known_codes, self.apply_as = dataset, codes, apply
        self.known_images = dataset.batch(torch.arange(len(dataset)))
        self.entities = Entities(bins, dataset.factor_names, dataset.factor_sizes)
        self.relations = Relations.from_config(relations, self.entities)
        self.known_entities = self.entities.of_factors(torch.from_numpy(dataset.factors()))
        self.prior = FittedRegions(codes.shape[1], self.entities.count)
        shown = self.known_entities >= 0
        self.prior.fit(codes[shown], self.known_entities[shown])
        self.is_fitted = True

    def nearest_image(self, images: Tensor) -> Tensor:
        """The places of the nearest images of the dataset."""
        exact = "donot_use_mm_for_euclid_dist"
        return torch.cdist(images.flatten(1), self.known_images.flatten(1), compute_mode=exact).argmin(1)

    def encode(self, batch: Tensor) -> Tensor:
        return self.known_codes[self.nearest_image(batch)]

    def decode(self, codes: Tensor) -> Tensor:
        return self.known_images[torch.cdist(codes, self.known_codes).argmin(1)]

    def apply_relation(self, codes: Tensor, relation: int) -> Tensor:
        return self.apply_as(self, codes, relation)


def targets(model: Known, codes: Tensor, relation: int) -> tuple[Tensor, Tensor]:
    """The regions of (first) codes, and those that a relation leads to from there."""
    table = model.relations[relation].table
    if codes.ndim == 2:
        sources = model.prior.classify(codes)
        return sources, table[sources]
    first, second = (model.prior.classify(codes[:, place]) for place in (0, 1))
    return first, table[first, second]


def translate(model: Known, codes: Tensor, relation: int) -> Tensor:
    """Moves by the difference of the regions' means, so that what varies within a region stays."""
    sources, found = targets(model, codes, relation)
    first = codes if codes.ndim == 2 else codes[:, 0]
    return first + model.prior.means[found] - model.prior.means[sources]


def to_centroid(model: Known, codes: Tensor, relation: int) -> Tensor:
    """The mean of the target's region."""
    return model.prior.means[targets(model, codes, relation)[1]]


def ignore(model: Known, codes: Tensor, relation: int) -> Tensor:
    """The (first) codes as they are."""
    return codes if codes.ndim == 2 else codes[:, 0]


class NearestReader:
    """A judge that never errs: the labels of the nearest image of the dataset."""

    def __init__(self, model: Known, labels: np.ndarray) -> None:
        self.model, self.labels = model, torch.from_numpy(labels)

    def read(self, images: Tensor) -> Tensor:
        return self.labels[self.model.nearest_image(images)]


class Applied:
    """What of an `Inference` is used."""

    def __init__(self, model: Known, batch_size: int = 64) -> None:
        self.model = self.autoencoder = model
        self.batch_size, self.device, self.dataset = batch_size, torch.device("cpu"), model.dataset

    def images(self, indices: np.ndarray) -> Tensor:
        return self.dataset.batch(torch.from_numpy(np.asarray(indices)))

    def encode(self, indices: np.ndarray) -> np.ndarray:
        return self.model.known_codes[torch.from_numpy(indices)].double().numpy()

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return self.model.decode(torch.from_numpy(codes).float()).double().numpy()


class Judged(RelationalInference):
    """With the judge that never errs."""

    def train_classifier(
        self, indices: np.ndarray, labels: np.ndarray, *arguments: Any, **options: Any
    ) -> Any:
        model = self.inference.model
        every = np.zeros((len(model.dataset), labels.shape[1]), dtype=np.int64)
        every[indices] = labels
        return NearestReader(model, every)


def on_grid(apply: Apply = translate, *, relations: dict | None = None) -> EntityImages:
    """All images of the grid, which all train, too; codes are the classes of the factors."""
    dataset = grid_dataset()
    codes = torch.from_numpy(dataset.factors()).float()
    return _images(Known(dataset, codes, BINS, relations or UNARY, apply), judged=True)


def of_symbols(apply: Apply = translate, *, judged: bool = True) -> EntityImages:
    """All symbols; codes are one of the symbols, times 3, and the strength."""
    dataset = symbol_dataset()
    factors = torch.from_numpy(dataset.factors()).float()
    codes = torch.cat([3 * torch.eye(SYMBOLS)[factors[:, 0].long()], factors[:, 1:]], dim=1)
    codes += 0.05 * torch.randn(codes.shape, generator=torch.Generator().manual_seed(0))
    return _images(Known(dataset, codes, {"symbol": SYMBOLS}, BINARY, apply), judged)


def _images(model: Known, judged: bool) -> EntityImages:
    inference = Applied(model)
    every = np.arange(len(model.dataset))
    relational = (Judged if judged else RelationalInference)(inference)  # type: ignore[arg-type]
    return EntityImages(model.dataset, relational, every, every, inference.encode)
