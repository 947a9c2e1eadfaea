"""Nearest neighbours: against scikit-learn's, and plain counting of what was retrieved."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from disentcli.errors import Unsupported
from disentcli.metrics.knn import knn, nearest_neighbours, vote
from disentcli.metrics.representations import Representation

RNG = np.random.default_rng(0)
FACTORS, TEST_FACTORS = (RNG.integers((5, 3), size=(count, 2)) for count in (400, 150))
NAMES = ("digit", "hue")


def noisy(factors: np.ndarray) -> np.ndarray:
    """Codes (N, 6) in which both factors are to be seen through noise, far from zero."""
    return 1e4 + np.eye(5)[factors[:, 0]] @ np.ones((5, 6)).cumsum(0) + RNG.normal(size=(len(factors), 6))


def made(name: str, view: int, factor_names: tuple[str, ...] = NAMES) -> Representation:
    parts = (noisy(FACTORS), FACTORS, noisy(TEST_FACTORS), TEST_FACTORS)
    return Representation(name, *parts, factor_names=factor_names, shared=("digit",), view=view)


PAIR = {
    "S_X": made("S_X", 0),
    "S_Y": made("S_Y", 1, ("digit", "other_hue")),
    "E_X": made("E_X", 0),
    "E_Y": made("E_Y", 1, ("digit", "other_hue")),
}


@pytest.mark.parametrize("cells", [1, 1000, 1 << 20])
def test_neighbours_are_those_of_scikit_learn(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("disentcli.metrics.knn"), "CELLS", cells)
    gallery, queries = RNG.normal(size=(300, 7)) + 100, RNG.normal(size=(40, 7)) + 100
    reference = NearestNeighbors(n_neighbors=6).fit(gallery).kneighbors(queries, return_distance=False)
    np.testing.assert_array_equal(nearest_neighbours(queries, gallery, 6), reference)


def test_a_query_is_not_its_own_neighbour() -> None:
    gallery = RNG.normal(size=(50, 3))
    found = nearest_neighbours(gallery, gallery, 4, own=np.arange(50))
    reference = NearestNeighbors(n_neighbors=5).fit(gallery).kneighbors(gallery, return_distance=False)
    np.testing.assert_array_equal(found, reference[:, 1:])


def test_of_classes_that_tie_the_least_is_named() -> None:
    assert vote(np.array([[3, 1, 3, 1], [2, 2, 0, 1], [4, 0, 4, 4]]), 5).tolist() == [1, 2, 4]


@pytest.mark.parametrize("k", [1, 5])
def test_classification_is_that_of_scikit_learn(k: int) -> None:
    found = knn(PAIR)
    for name, one in PAIR.items():
        for column, factor in enumerate(one.factor_names):
            model = KNeighborsClassifier(k).fit(one.codes, FACTORS[:, column])
            reference = model.score(one.test_codes, TEST_FACTORS[:, column])
            assert found[f"{name}.{factor}.{k}nn"] == pytest.approx(reference, abs=1e-9)


def test_precision_counts_what_was_retrieved() -> None:
    found = knn(PAIR, retrieved=7)
    one, other = PAIR["S_X"], PAIR["S_Y"]
    for title, gallery in (("S_X", one), ("S_X-S_Y", other)):
        shares = []
        for row, code in enumerate(one.test_codes):
            distances = np.linalg.norm(gallery.test_codes - code, axis=1)
            distances[row] = np.inf
            nearest = np.argsort(distances)[:7]
            shares.append(np.mean(TEST_FACTORS[nearest, 0] == TEST_FACTORS[row, 0]))
        assert found[f"{title}.digit.precision@7"] == pytest.approx(np.mean(shares), abs=1e-9)


def test_only_shared_codes_search_the_other_view_and_only_for_what_both_show() -> None:
    across = {name for name in knn(PAIR) if "-" in name}
    assert across == {"S_X-S_Y.digit.precision@10", "S_Y-S_X.digit.precision@10"}


def test_too_few_points_are_said() -> None:
    few = Representation("S_X", noisy(FACTORS)[:4], FACTORS[:4], noisy(TEST_FACTORS), TEST_FACTORS)
    with pytest.raises(Unsupported, match="5 nearest of 4 training points"):
        knn({"S_X": few})
