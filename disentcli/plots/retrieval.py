"""Figures of what representations hold: the images nearest to a query, and two queries' codes combined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..data.splits.splits import subsample_evenly
from ..metrics.knn import nearest_neighbours
from ..metrics.representations import EXCLUSIVE, SHARED, Representation
from .drawing import save
from .image_grids import tile_figure

if TYPE_CHECKING:
    from ..metrics.context import MetricContext
    from ..metrics.representations import RepresentationProvider

QUERIES = 4  # of one search
FOUND = 8
SWAPPED = 6  # queries along either side of the grid of combinations


class NearestQuery(NamedTuple):
    """Queries by the codes of `one`, looked for among those of `other`: the same, or the other view's."""

    one: Representation
    other: Representation

    def nearest(self, queries: np.ndarray) -> np.ndarray:
        """Test items (Q, FOUND) nearest to the queries (Q,), themselves and their partners left out."""
        return nearest_neighbours(self.one.test.codes[queries], self.other.test.codes, FOUND, own=queries)

    def label(self, query: int, found: np.ndarray) -> str:
        """By which codes, and how many of what was found show the same factors as the query."""
        one, other = self
        name = one.name if one is other else f"{one.name} → {other.name}"
        agree = [
            f"{factor} {np.sum(other.test.factors[found, other.column(factor)] == value)}/{len(found)}"
            for factor, value in zip(one.factor_names, one.test.factors[query], strict=True)
            if factor in other.factor_names
        ]
        lines = [", ".join(agree[start : start + 3]) for start in range(0, len(agree), 3)]
        return f"{name}: " + "\n".join(lines)  # two lines fit beside a row, of six factors


def draw_retrieval(inputs: MetricContext, folder: Path) -> list[Path]:
    """Pictures of the nearest tested images for each view, and of swapped codes where a view has both kinds.

    There are none where the test part is too small.
    """
    representations, represent = list(inputs.representations.values()), inputs.represent
    if represent is None or min(len(one.test.codes) for one in representations) <= FOUND:
        return []
    items = represent.sample_items("test", inputs.test_points, inputs.seed)
    figures = _RetrievalFigures(represent, items, folder)
    paths = []
    for view in sorted({one.view for one in representations}):
        here = {one.kind: one for one in representations if one.view == view}
        ways = [way for one in here.values() for way in _queries(one, representations)]
        paths.append(figures.nearest(ways, f"retrieval_{view + 1}.png"))
        if SHARED in here and EXCLUSIVE in here:
            paths.append(figures.swapped(here[SHARED], here[EXCLUSIVE], f"swapping_{view + 1}.png"))
    return paths


def _queries(one: Representation, all_of_them: list[Representation]) -> list[NearestQuery]:
    """Among its own codes, and among the shared ones of other views where it is shared itself."""
    elsewhere = [
        other for other in all_of_them if one.kind == other.kind == SHARED and other.view != one.view
    ]
    return [NearestQuery(one, other) for other in [one, *elsewhere]]


class _RetrievalFigures(NamedTuple):
    """The test items of an evaluation, and where their pictures go."""

    represent: RepresentationProvider
    places: np.ndarray
    folder: Path

    def nearest(self, ways: list[NearestQuery], name: str) -> Path:
        """A row a query: the query, a gap, what was found; one way to compare codes below the other."""
        queries = different(ways[0].one, QUERIES)
        rows, labels = [], []
        for way in ways:
            found = way.nearest(queries)
            asked = self.images(queries, way.one.view)
            for query, image, others in zip(queries, asked, found, strict=True):
                images = self.images(others, way.other.view)
                rows.append(np.concatenate([image[None], np.ones_like(images[:1]), images]))
                labels.append(way.label(query, others))
        title = f"The {FOUND} {self.represent.tested} images nearest to the first of each row"
        foot = "by which code, and how many of them show the same factor"
        return save(tile_figure(rows, labels, title=title, foot=foot), self.folder / name)

    def swapped(self, shared: Representation, exclusive: Representation, name: str) -> Path:
        """A grid: the shared code of the first image of a row, the exclusive one of the top of a column."""
        first, second = different(shared, SWAPPED), different(shared, SWAPPED, shared=False)
        cells = combined(shared.test.codes, exclusive.test.codes, first, second)
        beside, above = self.images(first, shared.view), self.images(second, shared.view)
        rows = [np.concatenate([np.ones_like(above[:1]), above])]
        for image, found in zip(beside, cells, strict=True):
            rows.append(np.concatenate([image[None], self.images(found, shared.view)]))
        labels = ["", *[""] * len(cells)]
        title = f"{shared.name} as on the left, {exclusive.name} as above"
        foot = f"the {self.represent.tested} image whose two codes are nearest"
        return save(tile_figure(rows, labels, title=title, foot=foot), self.folder / name)

    def images(self, rows: np.ndarray, view: int) -> np.ndarray:
        """Images (n, *shape) of these test points."""
        return self.represent.images(self.places[rows])[:, view]


def combined(shared: np.ndarray, exclusive: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Items (A, B) that have the shared code of `first` (A,) and the exclusive code of `second` (B,) best.

    Of codes (N, D) and (N, E), the item with the least sum of both Euclidean distances, each divided by its
    mean over all items; the two themselves are left out.
    """
    near, like = _normalised(shared, first), _normalised(exclusive, second)
    sums = near[:, None] + like[None]  # (A, B, N)
    rows, columns = np.indices(sums.shape[:2])
    sums[rows, columns, first[:, None]] = np.inf
    sums[rows, columns, second[None]] = np.inf
    return sums.argmin(axis=2)


def _normalised(codes: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Distances (Q, N) of the queries to all, in units of their mean."""
    distances = np.stack([np.linalg.norm(codes - codes[query], axis=1) for query in queries])
    return distances / np.maximum(distances.mean(axis=1, keepdims=True), np.finfo(float).tiny)


def different(one: Representation, count: int, *, shared: bool = True) -> np.ndarray:
    """At most so many test items of different classes of the first factor that is shared, or that is not."""
    factor = next((name for name in one.factor_names if (name in one.shared) == shared), one.factor_names[0])
    _, first = np.unique(one.test.factors[:, one.column(factor)], return_index=True)
    return subsample_evenly(first, count)
