"""Boosted trees grown by our kernels, for several targets over the same codes, on all CPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import numpy as np

from .compiled import Columns, Trees
from .growth import LEAF, grow_stage
from .scores import add_trees, logistic_residuals, softmax_residuals

BLOCK = 4  # trees of one task: a few milliseconds

Task = Callable[[], object]


class Ensemble:
    """Trees of one target while they grow, and the classifier once they have.

    T trees a stage: one a class, one in all for two classes, none for a single one.
    """

    def __init__(self, columns: Columns, target: np.ndarray, stages: int, depth: int, rate: float) -> None:
        dims, count = columns.values.shape
        self.columns, self.rate = columns, rate
        self.labels, self.classes = np.unique(target, return_inverse=True)
        kinds = len(self.labels)
        self.trees = kinds if kinds > 2 else kinds - 1
        self.positive = np.arange(self.trees) + (kinds == 2)
        self.scale = (kinds - 1) / kinds if kinds > 2 else 1.0
        self.start = _prior_scores(self.classes, kinds)[:, None]
        self.scores = np.repeat(self.start, count, axis=1)  # (T, N) of the training points
        self.residuals = np.empty_like(self.scores)
        shape = (stages, self.trees, 2 ** (depth + 1) - 1)
        self.code = np.full(shape, LEAF, dtype=np.int32)
        self.threshold, self.value = np.zeros(shape), np.zeros(shape)
        self.decrease = np.zeros((self.trees, dims))
        self.seeds = np.zeros(shape[:2], dtype=np.int64)

    def draw(self, stream: np.random.RandomState) -> None:
        """One number a tree, for its choice between equal cuts, as scikit-learn draws it."""
        self.seeds = np.asarray(stream.randint(np.iinfo(np.int32).max, size=self.seeds.shape), np.int64)

    def residual_tasks(self, parts: int) -> list[Task]:
        """The residuals of one stage, in spans of points."""
        if not self.trees:
            return []
        kernel = softmax_residuals if self.trees > 1 else logistic_residuals
        bounds = np.linspace(0, len(self.classes), parts + 1).astype(int)
        return [
            lambda first=first, last=last: kernel(self.scores, self.classes, self.residuals, first, last)  # type: ignore[misc]
            for first, last in pairwise(bounds)
        ]

    def growth_tasks(self, stage: int) -> list[Task]:
        """The trees of one stage, in blocks."""
        trees = Trees(self.code[stage], self.threshold[stage], self.value[stage], self.decrease)
        return [
            lambda first=first: self._grow(trees, self.seeds[stage], first, min(first + BLOCK, self.trees))  # type: ignore[misc]
            for first in range(0, self.trees, BLOCK)
        ]

    def _grow(self, trees: Trees, seeds: np.ndarray, first: int, last: int) -> None:
        data = self.columns, self.classes, self.positive, self.residuals, self.scores
        grow_stage(*data, seeds, self.scale, self.rate, trees, first, last)

    @property
    def importance(self) -> np.ndarray:
        decrease = np.abs(self.decrease.sum(axis=0))
        total = decrease.sum()
        return np.asarray(decrease / total if total > 0 else decrease)

    @property
    def fitted(self) -> np.ndarray:
        return self._labels_of(self.scores)

    def predict(self, codes: np.ndarray) -> np.ndarray:
        values = np.ascontiguousarray(np.asarray(codes, dtype=np.float32).T)
        scores = np.repeat(self.start, values.shape[1], axis=1)
        add_trees(values, self.code, self.threshold, self.value, self.rate, scores)
        return self._labels_of(scores)

    def _labels_of(self, scores: np.ndarray) -> np.ndarray:
        places = scores.argmax(axis=0) if self.trees > 1 else (scores >= 0).sum(axis=0)
        return np.asarray(self.labels[places])


def grow_together(
    codes: np.ndarray,
    targets: list[np.ndarray],
    stages: int,
    depth: int,
    rate: float,
    stream: np.random.RandomState,
    n_jobs: int | None,
) -> list[Ensemble]:
    """An ensemble for each target (N,) on codes (N, D) float32; the trees of one stage grow independently."""
    from joblib import cpu_count

    jobs = n_jobs or cpu_count()
    columns = _sorted_columns(codes)
    ensembles = [Ensemble(columns, target, stages, depth, rate) for target in targets]
    for ensemble in ensembles:
        ensemble.draw(stream)
    with _runner(jobs) as run:
        for stage in range(stages):
            run([task for ensemble in ensembles for task in ensemble.residual_tasks(jobs)])
            run([task for ensemble in ensembles for task in ensemble.growth_tasks(stage)])
    return ensembles


@contextmanager
def _runner(jobs: int) -> Iterator[Callable[[list[Task]], object]]:
    """A function that runs tasks on `jobs` threads and waits for them."""
    if jobs == 1:
        yield lambda tasks: [task() for task in tasks]
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield lambda tasks: list(pool.map(lambda task: task(), tasks))


def _sorted_columns(codes: np.ndarray) -> Columns:
    values = np.ascontiguousarray(codes.T)
    order = np.argsort(values, axis=1, kind="stable").astype(np.uint32)
    return Columns(values, order, 1.0 / np.maximum(np.arange(len(codes) + 1.0), 1.0))


def _prior_scores(classes: np.ndarray, kinds: int) -> np.ndarray:
    """Scores (T,) whose softmax, or sigmoid, are the shares of the classes."""
    from scipy.special import logit

    share = np.bincount(classes, minlength=kinds) / len(classes)
    if kinds <= 2:
        return np.asarray(logit(share[1:]))
    return np.asarray(np.log(share / np.exp(np.log(share).mean())))
