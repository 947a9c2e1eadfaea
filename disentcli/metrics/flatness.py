"""Flatness: how straight, and how close to an axis, codes run while one factor takes all its values."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Repeats
from ..registry import metric
from .factor_traversals import draw_traversals, varying_factors
from .sampling import FactorSampler, UnitSampler
from .standardize import rescaled


class Flatness(TypedDict):
    """The score, and the widths and lengths (2, F) that it is made of, in the L1 and the L2 norm."""

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
def flatness(
    sampler: FactorSampler, random_state: np.random.RandomState, *, repeats: Repeats = 1024
) -> Flatness:
    """Flatness: mean over factors of the L2 width of their traversals over the L1 length.

    Width: the largest distance between two codes of a traversal. Length: (S − 1) times the mean step, the
    steps of the closed path of S values less the longest one. A straight evenly stepped line along one axis
    scores 1; `flatness_l1` and `flatness_l2` use one norm for both and ignore the axes. A factor that moves
    no code counts as 0. Means over `repeats` traversals; arrays `widths` and `lengths` (2, F) for L1 and
    L2, of the factors with more than one value.
    Source: the metric of this name in disent 0.8 (Michlo): the same traversals for the same seed.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> flatness(sampler, np.random.RandomState(0), repeats=16)["flatness"]
    1.0
    """
    factors = varying_factors(sampler.sizes)
    sampler = UnitSampler(sampler)
    measures = np.array([_measure(sampler, random_state, factor, repeats) for factor in factors])
    widths, lengths = measures[:, 0].T, measures[:, 1].T  # (2, F) each
    own_widths, own_lengths = (rescaled(part, sampler.unit) for part in (widths, lengths))
    return Flatness(
        flatness=_ratio(widths[1], lengths[0]),
        flatness_l1=_ratio(widths[0], lengths[0]),
        flatness_l2=_ratio(widths[1], lengths[1]),
        width_l1=float(own_widths[0].mean()),
        width_l2=float(own_widths[1].mean()),
        length_l1=float(own_lengths[0].mean()),
        length_l2=float(own_lengths[1].mean()),
        widths=own_widths,
        lengths=own_lengths,
    )


def widths_and_steps(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest distance between two codes, and mean step, of traversals (n, S, D): (2, n) for L1 and L2.

    >>> width, step = widths_and_steps(np.array([[[0.0, 0], [1, 0], [2, 0]]]))
    >>> width.tolist(), step.tolist()
    ([[2.0], [2.0]], [[1.0], [1.0]])
    """
    absolute = squares = np.zeros((len(codes), codes.shape[1], codes.shape[1]))
    for code in np.moveaxis(codes, 2, 0):
        apart = np.abs(code[:, :, None] - code[:, None])
        absolute, squares = absolute + apart, squares + apart**2
    pairs = np.stack([absolute, np.sqrt(squares)])  # (2, n, S, S)
    places = np.arange(codes.shape[1])
    steps = pairs[:, :, places, places - 1]  # of the closed path
    mean_step = (steps.sum(axis=2) - steps.max(axis=2)) / (codes.shape[1] - 1)
    return pairs.max(axis=(2, 3)), mean_step


def _measure(sampler: FactorSampler, rs: np.random.RandomState, factor: int, repeats: int) -> np.ndarray:
    """Mean width and mean length (2, 2) of traversals of a factor, in the L1 and the L2 norm."""
    sums, size = np.zeros((2, 2)), sampler.sizes[factor]
    for codes in draw_traversals(sampler, rs, factor, repeats, copies=size):
        width, step = widths_and_steps(codes)
        sums += np.stack([width.sum(axis=1), step.sum(axis=1) * (size - 1)])
    return sums / repeats


def _ratio(widths: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.where(lengths > 0, widths / np.where(lengths > 0, lengths, 1.0), 0.0).mean())
