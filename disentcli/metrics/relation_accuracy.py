"""Relation accuracy: do relations lead from each entity to the right one, in codes and in images?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..config.coercion import Count
from ..errors import Unsupported
from ..registry import metric
from .decoded_relations import DecodedRelations, by_relation, mean_by, mean_known
from .entity_images import EntityImages
from .region_accuracy import NONE_ACCEPTED, Classified, Share, rejection_levels
from .relation_steps import RelationSteps


@metric("relation_accuracy")
def relation_accuracy(
    entity_images: EntityImages,
    *,
    samples: Count = 1280,
    images: Count = 500,
    length: Count = 5,
    shares: tuple[Share, ...] = (0.01, 0.05),
    classifier_steps: Count = 400,
) -> dict[str, Any]:
    """How often relations lead to the right entity: of samples of regions, as published, and of images.

    Each score is a mean over relations; `….<relation>` is that of one.

    `samples.…`: of `samples` samples of regions (10 batches of 128), all sources, or pairs, equally often.
    `accuracy`: the result is most likely in the target's region, of those of all operands and results; with
    `accepted.rejecting_1%` and `accuracy.rejecting_1%` as in `region_accuracy`, for each of `shares`. `mse`:
    the squared distance to a sample of the target's region, averaged over dimensions; `mse_floor`: the least
    that a function of the source can have, tr(Σ) / D of the target's region.

    `images.…`: of `images` images of the part, all sources equally often; the relation is applied to their
    codes and the result is decoded. Operands and operators are images too. `accuracy`: a convolutional
    classifier, trained on real training images for `classifier_steps` steps, reads the target entity.
    `regions`: encoded again, it is most likely in the target's region. `kept`, `kept.<factor>`: the share of
    factors that a relation of one entity should not change and that are read as the source has them. `mse`,
    `bce` (nats): averaged over pixels, against the image with the factors of the target and all others of the
    source, or where none is known, the nearest of 200 training images of the target (`compared_with`).
    `reconstruction.…`: the same of the same images and factors without a relation, against themselves.
    `classifier.accuracy`, `classifier.accuracy.<factor>`: how the classifier reads real images of the part.
    `back.…`: of a relation and then its inverse, against the source; `back.mse_reconstruction` without both.
    `iterated.accuracy_3`, `iterated.mse_3`: of a relation three times, each time with new operands, from 1 to
    `length`; `random.accuracy_3`: of three random relations. NaN where nothing can be scored.

    Arrays: `samples_accuracy` (R, 1 + shares), `samples_accepted` (R, shares), `samples_mse` (R, 2) with the
    floor, `samples_by_source` and `images_by_source` (R, K) by the first source, `iterated_accuracy` and
    `iterated_mse` (R, length).
    Source: Valenti & Bacciu, IJCNN 2022 (code), which tests samples alone; `images.…` are our own.

    Raises:
        Unsupported: the model has no regions or no relations, no image shows an entity that one is defined
            for, or the data are vectors.
    """
    entity_images.model.check(relations=True)
    steps = RelationSteps(entity_images, np.random.default_rng(entity_images.seed))
    if not steps.startable.any():
        raise Unsupported(f"no {entity_images.name} image shows an entity that a relation is defined for")
    found = sample_scores(steps, samples, rejection_levels(entity_images.model, shares))
    decoded = DecodedRelations(steps, entity_images.train_classifier(classifier_steps), images)
    accuracy, mse = decoded.iterated(length)
    columns = {"iterated.accuracy": accuracy, "iterated.mse": mse}
    columns["random.accuracy"] = decoded.random(length)[None]
    reasons = [f"the {entity_images.name} part has no images for {name}" for name in decoded.undefined]
    if np.isnan(found["samples_accuracy"]).any():
        reasons.append(NONE_ACCEPTED)
    return {
        **found,
        **decoded.classifier_scores(),
        **decoded.image_scores(),
        **decoded.back_scores(),
        **by_length(columns),
        "images_by_source": decoded.by_source(),
        "iterated_accuracy": accuracy,
        "iterated_mse": mse,
        "used": {"compared_with": decoded.compared_with},
        **({"reason": "; ".join(reasons)} if reasons else {}),
    }


def sample_scores(steps: RelationSteps, count: int, levels: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The scores `samples.…` of all relations, and their arrays: see `relation_accuracy`."""
    each = [_scores_of_samples(steps, number, count, levels) for number in range(len(steps.tables))]
    columns = {name: np.array([one[name] for one in each]) for name in each[0]}
    by_source = columns.pop("by_source")
    scores = by_relation("samples", columns, steps.relations.names, named=("accuracy", "mse"))
    return {
        **scores,
        "samples_accuracy": _side_by_side(columns, "accuracy"),
        "samples_accepted": _side_by_side(columns, "accepted"),
        "samples_mse": _side_by_side(columns, "mse"),
        "samples_by_source": by_source,
    }


def _scores_of_samples(
    steps: RelationSteps, number: int, count: int, levels: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """The scores of one relation by name, and the accuracy (K,) by source."""
    model, table, relation = steps.images.model, steps.tables[number], steps.relations[number]
    cases = steps.rng.choice(np.argwhere(table >= 0), count)  # (N, 1) sources, or (N, 2) pairs
    target = table[tuple(cases.T)]
    drawn = cases if table.ndim == 1 else np.insert(cases, 2, relation.operator, axis=1)
    codes = _samples(steps, drawn.ravel()).reshape(*drawn.shape, -1)
    results = model.apply(codes[:, 0] if table.ndim == 1 else codes, number)
    found = Classified(*model.classify(results, steps.regions), target)
    errors = np.square(results - _samples(steps, target)).mean(axis=1)
    scores: dict[str, Any] = {"accuracy": found.scores()["accuracy"]}
    for name, least in levels.items():
        kept = found.accepted(least)
        scores[f"accepted.{name}"] = len(kept.truth) / count
        scores[f"accuracy.{name}"] = kept.scores()["accuracy"]
    scores |= {"mse": errors.mean(), "mse_floor": model.mean_variance()[target].mean()}
    return {**scores, "by_source": mean_by(cases[:, 0], found.right, len(table))}


def _samples(steps: RelationSteps, entities: np.ndarray) -> np.ndarray:
    """A sample (N, D) of the region of each entity (N,)."""
    return steps.images.model.sample(entities, int(steps.rng.integers(2**31)))


def _side_by_side(columns: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """The columns (R, …) of this name and of those that go on from it."""
    chosen = [column for one, column in columns.items() if one.startswith(name)]
    return np.stack(chosen, axis=1) if chosen else np.empty((len(next(iter(columns.values()))), 0))


def by_length(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """`<name>_<k>`, the mean over rows of column k of each array (R, length), from 1; unknown ones left out.

    >>> by_length({"iterated.accuracy": np.array([[1.0, 0.5], [1.0, 0.0]]), "mse": np.full((1, 2), np.nan)})
    {'iterated.accuracy_1': 1.0, 'iterated.accuracy_2': 0.25}
    """
    return {
        f"{name}_{k}": mean_known(column)
        for name, of_lengths in columns.items()
        if not np.isnan(of_lengths).all()
        for k, column in enumerate(of_lengths.T, start=1)
    }
