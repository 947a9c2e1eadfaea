"""Scores of what relations make of images: decoded, read by a classifier, compared with true images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .composed_relations import random_compositions
from .entity_images import EntityImages
from .relation_steps import RelatedCodes, RelationSteps
from .target_images import TargetImages

Scores = dict[str, float]

POOL = 200  # training images of an entity among which the nearest one is looked for
SHOWN = 2000  # real images that the classifier is tested on
TRUE = "the image with the factors of the target"
NEAREST = f"the nearest of {POOL} training images of the target entity"


@dataclass(frozen=True)
class DecodedReading:
    """What N decoded images show.

    accuracy: (N,), 1 where a classifier reads the entity that they should show, else 0; NaN of entity −1.
    regions: (N,), the same of the region that their codes are in, encoded again.
    kept: (N, H), 1 where it reads a label that should be that of the source, else 0; NaN of other labels.
    mse, bce: (N,), against an image; NaN where there is none.
    """

    accuracy: np.ndarray
    regions: np.ndarray
    kept: np.ndarray
    mse: np.ndarray
    bce: np.ndarray


class DecodedRelations:
    """Relations of a model applied to `count` images each, and the scores of what is decoded."""

    def __init__(self, steps: RelationSteps, classifier: Any, count: int) -> None:
        self.steps, self.classifier, self.count = steps, classifier, count
        self.images: EntityImages = steps.images
        self.names: Sequence[str] = steps.relations.names
        self._targets = TargetImages(self.images.dataset, self.images.model.entities)
        self.numbers: list[int] = np.flatnonzero(steps.startable.any(axis=1)).tolist()
        self._starts = {number: steps.start_for(number, count) for number in self.numbers}
        self._results = {number: self._apply(self._starts[number], number) for number in self.numbers}

    @property
    def undefined(self) -> list[str]:
        """The relations that the part has no images for."""
        return [name for number, name in enumerate(self.names) if number not in self.numbers]

    @property
    def compared_with(self) -> str:
        """Which images results are compared with, in words."""
        known = [(self._true_images(one) >= 0).any() for one in self._results.values()]
        return TRUE if all(known) else f"{TRUE}, or {NEAREST}" if any(known) else NEAREST

    def classifier_scores(self) -> Scores:
        """How well the classifier reads real images of the part: the entity, and each other factor."""
        shown = self.images.tested
        rows = np.random.default_rng(self.images.seed).permutation(len(shown.indices))[:SHOWN]
        read = self.images.model.read_images(self.classifier, shown.indices[rows])
        right = np.mean(read == self.images.labels(shown.indices[rows]), axis=0)
        accuracy = np.mean(self.images.entities(read) == shown.entities[rows])
        own = len(self.images.model.entities.names)
        others = {
            f"classifier.accuracy.{name}": float(one)
            for name, one in zip(self.images.label_names[own:], right[own:], strict=True)
        }
        return {"classifier.accuracy": float(accuracy), **others}

    def image_scores(self) -> Scores:
        """The scores `images.…` of relations, and `reconstruction.…` of the same images without."""
        return self._scores("images", self._single) | self._scores("reconstruction", self._unchanged)

    def by_source(self) -> np.ndarray:
        """The accuracy (R, K) of single relations by (first) source entity; NaN where there is none."""
        count = self.images.tested.count
        found = np.full((len(self.names), count), np.nan)
        for number, reading in self._single.items():
            found[number] = mean_by(self._starts[number].entities, reading.accuracy, count)
        return found

    def back_scores(self) -> Scores:
        """The scores `back.…` of a relation and its inverse; none where no relation has one."""
        columns: dict[str, np.ndarray] = {name: self._empty() for name in ("accuracy", "mse")}
        columns["mse_reconstruction"] = self._empty()
        for number in self.numbers:
            inverse = self.steps.relations.inverse(self.names[number])
            if inverse is None:
                continue
            back = self._apply(self._results[number], self.names.index(inverse))
            returned = back.entities == self._starts[number].entities
            reading = self._read(back, np.where(returned, back.images, -1))
            columns["accuracy"][number] = mean_known(reading.accuracy[returned])
            columns["mse"][number] = mean_known(reading.mse)
            columns["mse_reconstruction"][number] = mean_known(self._unchanged[number].mse[returned])
        if np.isnan(columns["accuracy"]).all():
            return {}
        return by_relation("back", columns, self.names, named=("mse",))

    def iterated(self, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Accuracy and squared error (R, length) after 1 to `length` applications of each relation."""
        accuracy, mse = np.full((2, len(self.names), length), np.nan)
        for number in self.numbers:
            related = self._starts[number]
            for k in range(length):
                related = self._apply(related, number)
                reading = self._read(related, self._true_images(related))
                accuracy[number, k], mse[number, k] = mean_known(reading.accuracy), mean_known(reading.mse)
        return accuracy, mse

    def random(self, length: int) -> np.ndarray:
        """Accuracy (length,) after 1 to `length` random relations, each defined for the entity before it."""
        composed = random_compositions(self.steps, self.count, length)
        unknown = np.full(self.count, -1)
        return np.array([mean_known(self._read(related, unknown).accuracy) for related in composed])

    @cached_property
    def _single(self) -> dict[int, DecodedReading]:
        return {number: self._read(one, self._truth(one)) for number, one in self._results.items()}

    @cached_property
    def _unchanged(self) -> dict[int, DecodedReading]:
        """Of the images that each relation is applied to, before it is."""
        return {
            number: self._read(one, one.images, kept_by=self._results[number])
            for number, one in self._starts.items()
        }

    def _apply(self, related: RelatedCodes, number: int) -> RelatedCodes:
        return self.steps.apply(related, np.full(len(related.codes), number))

    def _read(
        self, related: RelatedCodes, truth: np.ndarray, kept_by: RelatedCodes | None = None
    ) -> DecodedReading:
        """What the codes decode to, against the images `truth` (N,), −1 for none.

        kept_by: which labels are those of the source, if not in `related`, in this result.
        """
        shown = related.entities >= 0
        decoded = self.images.model.of_codes(related.codes, truth, self.classifier, self.steps.regions)
        right = self.images.entities(decoded.read) == related.entities
        again = decoded.regions == related.entities
        labels, keeps = self.images.labels(related.images), self._keeps(kept_by or related)
        return DecodedReading(
            accuracy=np.where(shown, right, np.nan),
            regions=np.where(shown, again, np.nan),
            kept=np.where(keeps & shown[:, None], decoded.read == labels, np.nan),
            mse=np.where(shown, decoded.mse, np.nan),
            bce=np.where(shown, decoded.bce, np.nan),
        )

    def _keeps(self, related: RelatedCodes) -> np.ndarray:
        """Which labels (N, H) should be those of the source; none of a result of two entities."""
        sources = self.images.entities_at(related.images)
        same = self.images.bins(sources) == self.images.bins(related.entities.clip(0))
        others = np.ones((len(same), len(self.images.others)), dtype=bool)
        return np.concatenate([same, others], axis=1) & related.of_one[:, None]

    def _true_images(self, related: RelatedCodes) -> np.ndarray:
        """The images (N,) that the results should be; −1 where they are not known."""
        found = self._targets.find(related.images, related.entities)
        return np.where(related.of_one, found, -1)

    def _truth(self, related: RelatedCodes) -> np.ndarray:
        """What the results are compared with (N,): true images, or where none is known, the nearest ones."""
        found = self._true_images(related)
        if (found >= 0).any():
            return found
        for entity in np.unique(related.entities[related.entities >= 0]):
            rows = np.flatnonzero(related.entities == entity)
            pool = self.images.trained.of(entity)[:POOL]
            if len(pool):
                found[rows] = self.images.model.nearest(related.codes[rows], pool)
        return found

    def _scores(self, title: str, readings: Mapping[int, DecodedReading]) -> Scores:
        columns = {name: self._empty() for name in ("accuracy", "regions", "kept", "mse", "bce")}
        for number, reading in readings.items():
            for name, column in columns.items():
                column[number] = mean_known(getattr(reading, name))
        scores = by_relation(title, columns, self.names, named=("accuracy", "mse"))
        kept = np.concatenate([reading.kept for reading in readings.values()])
        if np.isnan(kept).all():
            return {name: one for name, one in scores.items() if name != f"{title}.kept"}
        of_factors = {
            f"{title}.kept.{name}": mean_known(column)
            for name, column in zip(self.images.label_names, kept.T, strict=True)
        }
        return scores | {name: one for name, one in of_factors.items() if not np.isnan(one)}

    def _empty(self) -> np.ndarray:
        return np.full(len(self.names), np.nan)


def by_relation(
    title: str, columns: Mapping[str, np.ndarray], relations: Sequence[str], *, named: Sequence[str]
) -> Scores:
    """`<title>.<column>`, the mean of a column (R,) over the relations, and each one of the `named` columns.

    >>> by_relation("images", {"mse": np.array([1.0, 3.0])}, ["left", "right"], named=["mse"])
    {'images.mse': 2.0, 'images.mse.left': 1.0, 'images.mse.right': 3.0}
    """
    scores: Scores = {}
    for name, column in columns.items():
        scores[f"{title}.{name}"] = mean_known(column)
        if name in named:
            each = zip(relations, column, strict=True)
            scores |= {f"{title}.{name}.{relation}": float(one) for relation, one in each}
    return scores


def mean_known(values: np.ndarray) -> float:
    """The mean of those that are not NaN; NaN where none is.

    >>> mean_known(np.array([1.0, np.nan, 0.0]))
    0.5
    """
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def mean_by(labels: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The means (count,) of values (N,) of each label; NaN where there is none."""
    counts = np.bincount(labels, minlength=count)
    sums = np.bincount(labels, weights=values, minlength=count)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
