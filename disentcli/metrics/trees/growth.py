"""Growing boosted trees for several targets over the same codes, stage by stage, on all CPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from . import kernels

BLOCK = 4  # trees of one task: a few milliseconds

Task = Callable[[], object]
Runner = Callable[[list[Task]], object]


@dataclass(frozen=True)
class SortedCodes:
    """Codes by column: values (D, N) float32, the rows in order of each code (D, N), and 1/n for n ≤ N."""

    values: np.ndarray
    order: np.ndarray
    reciprocal: np.ndarray

    @staticmethod
    def of(codes: np.ndarray) -> SortedCodes:
        values = np.ascontiguousarray(codes.T)
        order = np.argsort(values, axis=1, kind="stable").astype(np.uint32)
        return SortedCodes(values, order, 1.0 / np.maximum(np.arange(len(codes) + 1.0), 1.0))


class Ensemble:
    """Trees of one target while they grow, and the classifier once they have.

    T trees a stage: one a class, one in all for two classes, none for a single one.
    """

    def __init__(
        self, sorted_codes: SortedCodes, target: np.ndarray, stages: int, depth: int, rate: float
    ) -> None:
        dims, count = sorted_codes.values.shape
        self.codes, self.rate = sorted_codes, rate
        self.labels, self.classes = np.unique(target, return_inverse=True)
        kinds = len(self.labels)
        self.trees = {1: 0, 2: 1}.get(kinds, kinds)
        self.positive = np.array([1]) if kinds == 2 else np.arange(self.trees)
        self.scale = (kinds - 1) / kinds if kinds > 2 else 1.0
        self.start = _prior_scores(self.classes, kinds)[:, None]
        self.scores = np.repeat(self.start, count, axis=1)  # (T, N) of the training points
        self.residuals = np.empty_like(self.scores)
        shape = (stages, self.trees, 2 ** (depth + 1) - 1)
        self.code = np.full(shape, kernels.LEAF, dtype=np.int32)
        self.threshold, self.value = np.zeros(shape), np.zeros(shape)
        self.decrease = np.zeros((self.trees, dims))
        self.seeds = np.zeros(shape[:2], dtype=np.int64)

    def draw(self, stream: np.random.RandomState) -> None:
        """One number a tree, for its choice between equal cuts, as scikit-learn draws it."""
        self.seeds = stream.randint(np.iinfo(np.int32).max, size=self.seeds.shape)

    def residual_tasks(self, parts: int) -> list[Task]:
        """The residuals of one stage, in spans of points."""
        kernel = kernels.softmax_residuals if self.trees > 1 else kernels.logistic_residuals
        bounds = np.linspace(0, len(self.classes), parts + 1).astype(int) if self.trees else ()
        return [
            lambda first=first, last=last: kernel(self.scores, self.classes, self.residuals, first, last)  # type: ignore[misc]
            for first, last in zip(bounds[:-1], bounds[1:], strict=True)
        ]

    def growth_tasks(self, stage: int) -> list[Task]:
        """The trees of one stage, in blocks."""
        return [
            lambda first=first: self._grow(stage, first, min(first + BLOCK, self.trees))  # type: ignore[misc]
            for first in range(0, self.trees, BLOCK)
        ]

    def _grow(self, stage: int, first: int, last: int) -> None:
        data, grown = self.codes, (self.code[stage], self.threshold[stage], self.value[stage], self.decrease)
        kernels.grow_stage(
            *(data.order, data.values, data.reciprocal, self.classes, self.positive, self.residuals),
            *(self.scores, self.seeds[stage], self.scale, self.rate, first, last, *grown),
        )

    @property
    def importance(self) -> np.ndarray:
        decrease = np.abs(self.decrease.sum(axis=0))
        total = decrease.sum()
        return decrease / total if total > 0 else decrease

    @property
    def fitted(self) -> np.ndarray:
        return self._labels_of(self.scores)

    def predict(self, codes: np.ndarray) -> np.ndarray:
        values = np.ascontiguousarray(np.asarray(codes, dtype=np.float32).T)
        scores = np.repeat(self.start, values.shape[1], axis=1)
        kernels.add_trees(values, self.code, self.threshold, self.value, self.rate, scores, 0, self.trees)
        return self._labels_of(scores)

    def _labels_of(self, scores: np.ndarray) -> np.ndarray:
        if self.trees > 1:
            return self.labels[scores.argmax(axis=0)]
        return self.labels[(scores >= 0).sum(axis=0)]


def grow_together(
    codes: np.ndarray,
    targets: list[np.ndarray],
    stages: int,
    depth: int,
    rate: float,
    stream: np.random.RandomState,
    n_jobs: int | None,
) -> list[Ensemble]:
    """An ensemble for each target (N,) on codes (N, D); all trees of one stage are independent tasks."""
    from joblib import cpu_count

    jobs = n_jobs or cpu_count()
    sorted_codes = SortedCodes.of(codes)
    ensembles = [Ensemble(sorted_codes, target, stages, depth, rate) for target in targets]
    for ensemble in ensembles:
        ensemble.draw(stream)
    with _runner(jobs) as run:
        for stage in range(stages):
            run([task for ensemble in ensembles for task in ensemble.residual_tasks(jobs)])
            run([task for ensemble in ensembles for task in ensemble.growth_tasks(stage)])
    return ensembles


@contextmanager
def _runner(jobs: int) -> Iterator[Runner]:
    """A function that runs tasks on `jobs` threads and waits for them."""
    if jobs == 1:
        yield lambda tasks: [task() for task in tasks]
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield lambda tasks: list(pool.map(lambda task: task(), tasks))


def _prior_scores(classes: np.ndarray, kinds: int) -> np.ndarray:
    """Scores (T,) whose softmax, or sigmoid, are the shares of the classes."""
    from scipy.special import logit

    share = np.bincount(classes, minlength=kinds) / len(classes)
    if kinds <= 2:
        return np.asarray(logit(share[1:]))
    return np.log(share / np.exp(np.log(share).mean()))
