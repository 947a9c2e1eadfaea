"""The images that relations should lead to, against a search through all images."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.dataset import Dataset
from disentcli.data.entities import Entities
from disentcli.metrics.target_images import TargetImages, move_to_bins

from .relation_toys import BINS, SPACE, grid_dataset, symbol_dataset

FACTORS = SPACE.factors(np.arange(SPACE.size))


def entities_of(dataset: Dataset, bins: dict = BINS) -> Entities:
    return Entities(bins, dataset.factor_names, dataset.factor_sizes)


def test_the_place_in_a_bin_stays_or_is_scaled() -> None:
    bins = [[0, 1, 2, 3], [7, 6], [5]]
    classes, targets = np.array([0, 1, 2, 3, 6, 7, 5]), np.array([1, 1, 1, 1, 0, 0, 0])
    assert move_to_bins(classes, targets, bins).tolist() == [7, 7, 6, 6, 2, 0, 0]


@pytest.mark.parametrize("table", [False, True])
def test_targets_differ_in_the_entity_alone(table: bool) -> None:
    """On a grid, and where the factors are a shuffled table that tells all images apart."""
    order = np.random.default_rng(0).permutation(SPACE.size) if table else np.arange(SPACE.size)
    pixels = np.zeros((SPACE.size, 1, 1, 1), dtype=np.uint8)
    names = {"factor_names": SPACE.names, "factor_sizes": SPACE.sizes}
    dataset = Dataset("table", pixels, (1, 1, 1), labels=FACTORS[order], **names) if table else grid_dataset()
    entities = entities_of(dataset)
    found = TargetImages(dataset, entities)
    sources = np.flatnonzero(np.isin(FACTORS[order][:, 2], [0, 1, 4, 5]))
    places = {0: 0, 1: 1, 4: 0, 5: 1}
    for target in range(entities.count):
        shape, x = divmod(target, 2)
        images = found.find(sources, np.full(len(sources), target))
        for source, image in zip(FACTORS[order][sources], FACTORS[order][images], strict=True):
            assert image.tolist() == [shape, source[1], BINS["x"][x][places[source[2]]]]  # type: ignore[index]
    assert (found.find(sources, np.full(len(sources), -1)) == -1).all()


def test_hidden_factors_stay_too() -> None:
    dataset = Dataset(
        "hidden", np.zeros((SPACE.size, 1, 1, 1), np.uint8), (1, 1, 1), grid=SPACE, hidden=["size"]
    )
    entities = entities_of(dataset)
    sources = np.flatnonzero(FACTORS[:, 2] == 0)
    images = TargetImages(dataset, entities).find(sources, np.full(len(sources), 5))
    np.testing.assert_array_equal(FACTORS[images][:, 1], FACTORS[sources][:, 1])
    assert set(map(tuple, FACTORS[images][:, [0, 2]])) == {(2, 4)}


def test_an_image_that_is_not_there_is_none() -> None:
    kept = np.flatnonzero(~((FACTORS[:, 0] == 2) & (FACTORS[:, 1] == 3)))
    dataset = Dataset(
        "part",
        np.zeros((len(kept), 1, 1, 1), np.uint8),
        (1, 1, 1),
        labels=FACTORS[kept],
        factor_names=SPACE.names,
        factor_sizes=SPACE.sizes,
    )
    sources = np.flatnonzero(FACTORS[kept][:, 2] == 0)
    images = TargetImages(dataset, entities_of(dataset)).find(sources, np.full(len(sources), 5))
    np.testing.assert_array_equal(images == -1, FACTORS[kept][sources][:, 1] == 3)


def test_images_of_equal_or_real_factors_are_not_known() -> None:
    symbols = symbol_dataset()
    found = TargetImages(symbols, entities_of(symbols, {"symbol": 5}))
    assert not found.known
    assert found.find(np.arange(3), np.arange(3)).tolist() == [-1] * 3
    twice = Dataset(
        "twice",
        np.zeros((4, 1, 1, 1), np.uint8),
        (1, 1, 1),
        labels=np.array([[0], [0], [1], [1]]),
        factor_names=("shape",),
        factor_sizes=(2,),
    )
    assert not TargetImages(twice, entities_of(twice, {"shape": 2})).known
