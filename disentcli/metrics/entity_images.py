"""Images of a part of the data by the entity that they show, and the model whose regions these own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from ..errors import Unsupported


class RelationalModel(Protocol):
    """Regions and relations; `methods.relational_inference.RelationalInference` of a trained model."""

    @property
    def entities(self) -> Any:
        """Which entity an image shows."""
        ...

    @property
    def relations(self) -> Any:
        """The relations between entities."""
        ...

    def check(self, *, relations: bool = False) -> None:
        """Raise Unsupported where there are no regions, or, if asked, no relations."""
        ...

    def entities_of(self, factors: np.ndarray) -> np.ndarray:
        """The entity (N,) of factors (N, F); −1 for none."""
        ...

    def classify(self, codes: np.ndarray, among: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The region (N,) of codes (N, D), and their log-density in it (N,)."""
        ...

    def quantiles(self, share: float) -> np.ndarray:
        """The log-density (K,) that this share of a region's samples fall below."""
        ...

    def mean_variance(self) -> np.ndarray:
        """The mean variance (K,) of a region in one dimension."""
        ...

    def sample(self, labels: np.ndarray, seed: int) -> np.ndarray:
        """A sample (N, D) of the region of each label (N,)."""
        ...

    def apply(self, codes: np.ndarray, relation: int) -> np.ndarray:
        """The results (N, D) of a relation."""
        ...

    def train_classifier(
        self,
        indices: np.ndarray,
        labels: np.ndarray,
        sizes: Sequence[int],
        groups: np.ndarray,
        *,
        steps: int,
        seed: int,
    ) -> Any:
        """A classifier of real images."""
        ...

    def read_images(self, classifier: Any, indices: np.ndarray) -> np.ndarray:
        """The labels (N, H) that it reads off real images."""
        ...

    def of_codes(self, codes: np.ndarray, truth: np.ndarray, classifier: Any, among: np.ndarray) -> Any:
        """What images decoded from codes (N, D) show, and their errors."""
        ...

    def nearest(self, codes: np.ndarray, pool: np.ndarray) -> np.ndarray:
        """The image (N,) of `pool` (M,) nearest to what each code decodes to."""
        ...


@dataclass(frozen=True)
class ImagesByEntity:
    """Images (N,) that show entities (N,) of `count`, of which those of an entity are drawn at random."""

    indices: np.ndarray
    entities: np.ndarray
    count: int

    @cached_property
    def counts(self) -> np.ndarray:
        """How many images (K,) show each entity."""
        return np.bincount(self.entities, minlength=self.count)

    @cached_property
    def _sorted(self) -> np.ndarray:
        return np.asarray(self.indices[np.argsort(self.entities, kind="stable")])

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.asarray(np.cumsum(self.counts) - self.counts)

    def of(self, entity: int) -> np.ndarray:
        """All images of an entity."""
        start = self._starts[entity]
        return self._sorted[start : start + self.counts[entity]]

    def draw(self, entities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """An image (N,) of each of these entities (N,), uniform, with replacement."""
        return np.asarray(self._sorted[self._starts[entities] + rng.integers(self.counts[entities])])


@dataclass(frozen=True)
class EntityImages:
    """Images of a part that show an entity, their codes, and a model with regions of these.

    Attributes:
        dataset: has `factors(indices)`, `factor_names`, `factor_sizes` and `grid`.
        model: the regions and relations.
        train: indices of all training images. part: of the images that are measured on.
        encode: indices (N,) → codes (N, D).
        name: of the part. seed: of all draws.
    """

    dataset: Any
    model: RelationalModel
    train: np.ndarray
    part: np.ndarray
    encode: Callable[[np.ndarray], np.ndarray]
    name: str = "val"
    seed: int = 0

    @cached_property
    def tested(self) -> ImagesByEntity:
        """The images of the part; Unsupported where none shows an entity."""
        return self._by_entity(self.part, self.name)

    @cached_property
    def trained(self) -> ImagesByEntity:
        """The training images; Unsupported where none shows an entity."""
        return self._by_entity(self.train, "train")

    @property
    def others(self) -> list[int]:
        """The discrete factors that have several values and do not make the entity."""
        names, sizes = self.dataset.factor_names, self.dataset.factor_sizes
        return [k for k, size in enumerate(sizes) if size > 1 and names[k] not in self.model.entities.names]

    @property
    def label_names(self) -> list[str]:
        """The factors of the entity, then `others`."""
        return [*self.model.entities.names, *(self.dataset.factor_names[k] for k in self.others)]

    @property
    def label_sizes(self) -> list[int]:
        """How many bins or classes these have."""
        return [*self.model.entities.sizes, *(self.dataset.factor_sizes[k] for k in self.others)]

    def labels(self, indices: np.ndarray) -> np.ndarray:
        """Labels (N, H) of images that show an entity: bins of its factors, and classes of `others`."""
        factors = np.asarray(self.dataset.factors(indices))
        bins = self.bins(self.model.entities_of(factors))
        return np.concatenate([bins, factors[:, self.others].astype(np.int64)], axis=1)

    def entities_at(self, indices: np.ndarray) -> np.ndarray:
        """The entities (N,) that these images show; −1 for none."""
        return self.model.entities_of(np.asarray(self.dataset.factors(indices)))

    def bins(self, entities: np.ndarray) -> np.ndarray:
        """The bins (N, B) of entities (N,)."""
        return np.stack(np.unravel_index(entities, self.model.entities.sizes), axis=1)

    def entities(self, labels: np.ndarray) -> np.ndarray:
        """The entities (N,) of labels (N, H)."""
        sizes = self.model.entities.sizes
        return np.asarray(np.ravel_multi_index(tuple(labels[:, : len(sizes)].T), sizes))

    def train_classifier(self, steps: int) -> Any:
        """A classifier trained to read labels (N, H) off training images: see `train_factor_classifier`."""
        return self.model.train_classifier(
            self.trained.indices,
            self.labels(self.trained.indices),
            self.label_sizes,
            self.trained.entities,
            steps=steps,
            seed=self.seed,
        )

    def describe(self) -> str:
        """How many images of the part, in words."""
        shown, count = len(self.tested.indices), len(self.part)
        which = f"{shown:,} of {count:,}" if shown < count else f"all {count:,}"
        return f"{which} {self.name} images"

    def _by_entity(self, indices: np.ndarray, name: str) -> ImagesByEntity:
        if not len(indices):
            raise Unsupported(f"the {name} part of the data is empty")
        found = self.entities_at(indices)
        if (found < 0).all():
            raise Unsupported(f"no {name} image shows an entity")
        return ImagesByEntity(indices[found >= 0], found[found >= 0], self.model.entities.count)
