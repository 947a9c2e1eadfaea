"""Nearest neighbours: classification by them, and retrieval within and across the views of a pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..errors import CallError, Unsupported
from ..registry import metric
from .representations import SHARED, FactorLabels, Representation
from .standardize import common_unit

CELLS = 1 << 23  # distances at a time: 32 MB


@metric("knn")
def knn(
    representations: Mapping[str, Representation],
    *,
    neighbours: tuple[int, ...] = (1, 5),
    retrieved: int = 10,
) -> dict[str, float | str]:
    """Accuracy of the k nearest training points (`S_X.digit.5nn`) and precision of retrieval.

    k-NN names the most frequent class among the k nearest training points of each test point, the least of
    those that tie. `S_X.digit.precision@10`: the share of the 10 nearest other test points that agree with
    the test point; `S_X-S_Y.digit.precision@10`: those nearest by S_Y, of the other view, where both are
    shared representations; the partner in the same item is left out. Distances are Euclidean. NaN where a
    factor is continuous or has one value.
    Source: Sanchez, Serrurier, Ortner, ECCV 2020, table 5 and figure 4.

    >>> from disentcli.metrics.representations import Representation
    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes = Representation("codes", factors.astype(float), factors, factors.astype(float), factors)
    >>> knn({"codes": codes}, neighbours=(1,))["codes.factor0.1nn"]
    1.0
    """
    if min(*neighbours, retrieved) < 1:
        raise CallError("knn looks at no fewer than one neighbour")
    scores: dict[str, float | str] = {}
    reasons: list[str] = []
    for name, one in representations.items():
        _check_counts(one, max(neighbours), retrieved)
        scores |= {f"{name}.{factor}.{neighbours[0]}nn": float("nan") for factor in one.skipped_factors()}
        scores |= _classification(one, neighbours)
        reasons += one.skipped_factors().values()
    for one, other in _searches(representations):
        scores |= _retrieval(one, other, retrieved)
    return {**scores, **({"reason": "; ".join(reasons)} if reasons else {})}


def _check_counts(one: Representation, neighbours: int, retrieved: int) -> None:
    train, test = len(one.train.codes), len(one.test.codes)
    if train < neighbours or test < retrieved + 1:
        raise Unsupported(
            f"{neighbours} nearest of {train:,} training points, {retrieved} of {test:,} test points: too few"
        )


def _classification(one: Representation, neighbours: tuple[int, ...]) -> dict[str, float]:
    nearest = nearest_neighbours(one.test.codes, one.train.codes, max(neighbours))
    scores = {}
    one.check_size(one.labels())
    for known in one.labels():
        for k in neighbours:
            named = vote(known.train[nearest[:, :k]], known.train.max() + 1)
            scores[f"{one.name}.{known.factor}.{k}nn"] = float(np.mean(named == known.test))
    return scores


def _searches(
    representations: Mapping[str, Representation],
) -> Iterator[tuple[Representation, Representation]]:
    """Queries and where to search: each representation, then shared ones of different views."""
    yield from ((one, one) for one in representations.values())
    shared = [one for one in representations.values() if one.kind == SHARED]
    yield from ((one, other) for one in shared for other in shared if one.view != other.view)


def _retrieval(one: Representation, other: Representation, k: int) -> dict[str, float]:
    """Precision@k of every factor that both show, the item itself left out."""
    own = np.arange(len(one.test.codes))
    nearest = nearest_neighbours(one.test.codes, other.test.codes, k, own=own)
    title = one.name if one is other else f"{one.name}-{other.name}"
    return {
        f"{title}.{known.factor}.precision@{k}": float(np.mean(values[nearest] == wanted[:, None]))
        for known, wanted, values in _common(one, other)
    }


def _common(
    one: Representation, other: Representation
) -> Iterator[tuple[FactorLabels, np.ndarray, np.ndarray]]:
    """Each factor that both show, and its values in their test points."""
    for known in one.labels():
        if known.factor in other.factor_names:
            wanted, values = (part.test.factors[:, part.column(known.factor)] for part in (one, other))
            yield known, wanted, values


def nearest_neighbours(
    queries: np.ndarray, gallery: np.ndarray, k: int, *, own: np.ndarray | None = None
) -> np.ndarray:
    """Places (Q, k) of the k nearest of the gallery (N, D) to each query (Q, D), nearest first.

    Distances are Euclidean, in single precision about the gallery's centre. `own` (Q,) are places that are
    not given for their query, such as its own.
    """
    import torch

    one, other = (torch.from_numpy(part) for part in _centred(queries, gallery))
    squares = other.square().sum(1)
    chunk = max(1, CELLS // len(gallery))
    found = []
    for start in range(0, len(queries), chunk):
        part = one[start : start + chunk]
        distances = torch.addmm(squares, part, other.T, alpha=-2)  # less the query's own square
        if own is not None:
            places = torch.from_numpy(own[start : start + chunk, None])
            distances.scatter_(1, places, torch.inf)
        found.append(distances.topk(k, largest=False).indices)
    return torch.cat(found).numpy()


def vote(labels: np.ndarray, classes: int) -> np.ndarray:
    """The most frequent of each row of labels (Q, k), the least of those where several are.

    >>> vote(np.array([[2, 0, 2], [2, 1, 0]]), 3).tolist()
    [2, 0]
    """
    rows = np.arange(len(labels))[:, None] * classes
    return (
        np.bincount((rows + labels).ravel(), minlength=len(labels) * classes).reshape(-1, classes).argmax(1)
    )


def _centred(queries: np.ndarray, gallery: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both about the gallery's centre, in units of its largest deviation: squares keep their digits."""
    scale = common_unit(gallery)
    queries, gallery = queries / scale, gallery / scale
    centre = gallery.mean(axis=0)
    unit = float(np.abs(gallery - centre).max()) or 1.0
    return tuple(np.ascontiguousarray((part - centre) / unit, np.float32) for part in (queries, gallery))  # type: ignore[return-value]
