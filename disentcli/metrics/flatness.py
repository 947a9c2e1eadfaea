"""Flatness: how straight, and how close to an axis, codes run while one factor takes all its values."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..registry import metric
from .sampling import Sampler
from .traversals import draw_traversals, varying_factors


class Flatness(TypedDict):
    flatness: float
    flatness_l1: float
    flatness_l2: float
    width_l1: float
    width_l2: float
    length_l1: float
    length_l2: float
    widths: np.ndarray
    lengths: np.ndarray


@metric("flatness")
def flatness(sampler: Sampler, random_state: np.random.RandomState, *, repeats: int = 1024) -> Flatness:
    """Flatness: mean over factors of the L2 width of their traversals over the L1 length.

    Width: the largest distance between two codes of a traversal. Length: (S − 1) times the mean step, the
    steps of the closed path of S values less the longest one. A straight evenly stepped line along one axis
    scores 1; `flatness_l1` and `flatness_l2` use one norm for both and ignore the axes. A factor that moves
    no code counts as 0. Means over `repeats` traversals; arrays `widths` and `lengths` (2, F) for L1 and
    L2, of the factors with more than one value.
    Source: the metric of this name in disent 0.8 (Michlo): the same traversals for the same seed.
    """
    factors = varying_factors(sampler.sizes)
    measures = np.array([_measure(sampler, random_state, factor, repeats) for factor in factors])
    widths, lengths = measures[:, 0].T, measures[:, 1].T  # (2, F) each
    return Flatness(
        flatness=_ratio(widths[1], lengths[0]),
        flatness_l1=_ratio(widths[0], lengths[0]),
        flatness_l2=_ratio(widths[1], lengths[1]),
        width_l1=float(widths[0].mean()),
        width_l2=float(widths[1].mean()),
        length_l1=float(lengths[0].mean()),
        length_l2=float(lengths[1].mean()),
        widths=widths,
        lengths=lengths,
    )


def width_and_step(codes: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Largest distance between two codes, and mean step, of traversals (n, S, D) in the L1 or L2 norm.

    >>> width, step = width_and_step(np.array([[[0.0, 0], [1, 0], [2, 0]]]), 1)
    >>> float(width[0]), float(step[0])
    (2.0, 1.0)
    """
    steps = np.linalg.norm(np.roll(codes, -1, axis=1) - codes, ord=order, axis=2)
    pairs = np.linalg.norm(codes[:, :, None] - codes[:, None], ord=order, axis=3)
    return pairs.max(axis=(1, 2)), (steps.sum(axis=1) - steps.max(axis=1)) / (codes.shape[1] - 1)


def _measure(sampler: Sampler, rs: np.random.RandomState, factor: int, repeats: int) -> np.ndarray:
    """Mean width and mean length (2, 2) of traversals of a factor, in the L1 and the L2 norm."""
    sums = np.zeros((2, 2))
    for codes in draw_traversals(sampler, rs, factor, repeats, spread=sampler.sizes[factor]):
        for norm in (0, 1):
            width, step = width_and_step(codes, norm + 1)
            sums[:, norm] += width.sum(), step.sum() * (codes.shape[1] - 1)
    return sums / repeats


def _ratio(widths: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.where(lengths > 0, widths / np.where(lengths > 0, lengths, 1.0), 0.0).mean())
