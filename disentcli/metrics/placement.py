"""Placement of codes: where the factors of an image say that its code should land, and how far off it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import CallError, Unsupported
from .points import validate_matrix
from .standardize import ROUNDING, constant_codes

IMAGES_PER_CELL = 2.0  # of combinations seen, from which on the spread is that within them


@dataclass(frozen=True)
class Placement:
    """An additive model of codes, ẑ(v) = intercept + Σ_f effects_f(v_f), and how codes spread about it.

    Attributes:
        intercept: the mean of the codes (D,) that it was fitted to.
        effects: for each factor (K_f, D), 0 on average over those codes; NaN for values that none has.
        spread: the spread of a cell (D,): see `fit_placement`. 1 for a code that is constant.
        weights: the share (D,) of a code's variance that is due to the factors, from 0 to 1:
            Var(ẑ) / (Var(ẑ) + spread²).
        effect_shares: (D, F), the same for each factor alone: Var(effects[f]) / (Var(ẑ) + spread²).
    """

    intercept: np.ndarray
    effects: tuple[np.ndarray, ...]
    spread: np.ndarray
    weights: np.ndarray
    effect_shares: np.ndarray

    def expected(self, factors: np.ndarray) -> np.ndarray:
        """The expected codes ẑ (M, D) of factor classes (M, F); NaN where a value was never fitted."""
        _check_classes(factors, [len(effect) for effect in self.effects])
        return _predict(self.intercept, self.effects, factors)

    def assigned_latents(self) -> np.ndarray:
        """The latent (F,) of each factor, by `effect_shares`: see `assign_latents`."""
        return assign_latents(self.effect_shares)


def assign_latents(importance: np.ndarray) -> np.ndarray:
    """The latent (F,) of each factor: one-to-one, with the largest sum of importance (D, F); −1 for none.

    Source: Kuhn 1955 ("Hungarian" algorithm), by which Montero et al. 2022 match latents with factors.

    >>> assign_latents(np.array([[0.1, 0.2], [0.0, 0.9], [0.8, 0.3]])).tolist()
    [2, 1]
    """
    from scipy.optimize import linear_sum_assignment

    latents, factors = linear_sum_assignment(importance, maximize=True)
    found = np.full(importance.shape[1], -1)
    found[factors] = latents
    return found


def fit_placement(codes: np.ndarray, factors: np.ndarray, sizes: Sequence[int]) -> Placement:
    """Fit where codes lie, given factors, to codes (N, D) and factor classes (N, F) below `sizes` (F,).

    Main effects of all classes are fitted together by least squares (the solution of least norm). There are
    no interactions: the place of a combination never seen follows from its values, each seen elsewhere.

    The spread of a cell is the standard deviation of codes within combinations of these factors, pooled:
    √(Σ (z − mean of its cell)² / (N − cells)). Of fewer than 2 images a combination (all factors of a grid),
    it is that about the model instead, √(Σ (z − ẑ)² / (N − rank)). Both are the same for an additive code
    with noise. Factors to be ignored are left out of `factors`: what they change is then part of the spread.

    >>> factors = np.stack(np.unravel_index(np.arange(12), (3, 4)), axis=1)
    >>> seen = ~((factors[:, 0] == 2) & (factors[:, 1] == 3))
    >>> placement = fit_placement(factors[seen] * 10.0, factors[seen], (3, 4))
    >>> placement.expected(np.array([[2, 3]])).round(6).tolist()
    [[20.0, 30.0]]

    Raises:
        Unsupported: there are fewer codes than the model has parameters.
    """
    codes = validate_matrix(codes, "codes").astype(float)
    _check_classes(factors, sizes)
    if len(codes) != len(factors):
        raise CallError(f"{len(codes)} codes and {len(factors)} rows of factors do not match")
    intercept = codes.mean(axis=0)
    effects, rank = _main_effects(codes - intercept, factors, sizes)
    if len(codes) <= rank:
        raise Unsupported(f"{len(codes)} points are too few to fit the place of {rank - 1} values of factors")
    fitted = _predict(intercept, effects, factors)
    spread = _spread(codes, fitted, factors, sizes, rank)
    constant = constant_codes(codes)
    explained = np.where(constant, 0.0, fitted.var(axis=0))
    total = np.where(constant, 1.0, explained + spread**2)
    shares = [(effect[column] ** 2).mean(axis=0) for effect, column in zip(effects, factors.T, strict=True)]
    return Placement(
        intercept,
        effects,
        np.where(constant, 1.0, spread),
        explained / total,
        np.where(constant[:, None], 0.0, np.stack(shares, axis=1)) / total[:, None],
    )


def placement_error(
    placement: Placement, codes: np.ndarray, factors: np.ndarray, *, weights: np.ndarray | None = None
) -> np.ndarray:
    """How far codes (M, D) lie from where their factors (M, F) say, in spreads of a cell: distances (M,).

    d = √(Σ_d w_d ((z_d − ẑ_d) / spread_d)² / Σ_d w_d). By default the weights are those of the model, so that
    latents which the factors do not move do not count; `weights` (D,) takes others, as 1 for the assigned
    latents of two factors and 0 for the rest. Of an additive code with noise, the mean of d² is 1 whatever
    the weights, for images seen and held out; a code that lands c spreads away in every latent has 1 + c².
    NaN where a value was never fitted, or all weights are 0.
    """
    weights = placement.weights if weights is None else weights
    distances = (codes - placement.expected(factors)) / placement.spread
    total = weights.sum()
    return np.asarray(np.sqrt(distances**2 @ weights / total)) if total else np.full(len(codes), np.nan)


def root_mean_square(distances: np.ndarray) -> float:
    """√ of the mean of d² over the distances (M,) that are known; NaN where none is."""
    known = distances[~np.isnan(distances)]
    return float(np.sqrt((known**2).mean())) if len(known) else float("nan")


def _predict(intercept: np.ndarray, effects: Sequence[np.ndarray], factors: np.ndarray) -> np.ndarray:
    expected = np.tile(intercept, (len(factors), 1))
    for effect, column in zip(effects, factors.T, strict=True):
        expected += effect[column]
    return expected


def _main_effects(
    centred: np.ndarray, factors: np.ndarray, sizes: Sequence[int]
) -> tuple[tuple[np.ndarray, ...], int]:
    """Effects (K_f, D) of each factor on centred codes (N, D), and the rank of the model, intercept included.

    The normal equations of one-hot columns need counts of pairs of values and sums of codes alone.
    """
    columns = list(zip(factors.T, sizes, strict=True))
    gram = np.block([[_counts(one, other) for other in columns] for one in columns])
    moments = np.vstack([_sums(centred, column, size) for column, size in columns])
    solution, _, rank, _ = np.linalg.lstsq(gram, moments, rcond=1e-10)
    effects = []
    for effect, (column, size) in zip(np.split(solution, np.cumsum(sizes)[:-1]), columns, strict=True):
        count = np.bincount(column, minlength=size)
        effect = effect - count @ effect / len(column)
        effect[count == 0] = np.nan
        effects.append(effect)
    return tuple(effects), int(rank)


def _counts(one: tuple[np.ndarray, int], other: tuple[np.ndarray, int]) -> np.ndarray:
    """How many rows have each pair of values, (K, K')."""
    (column, size), (others, others_size) = one, other
    pairs = np.bincount(column * others_size + others, minlength=size * others_size)
    return pairs.reshape(size, others_size).astype(float)


def _sums(values: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """Sums (K, D) of values (N, D) by label."""
    return np.stack([np.bincount(labels, weights=one, minlength=size) for one in values.T], axis=1)


def _spread(
    codes: np.ndarray, fitted: np.ndarray, factors: np.ndarray, sizes: Sequence[int], rank: int
) -> np.ndarray:
    """The standard deviation (D,) within cells, or about the model; at least rounding."""
    _, cells = np.unique(np.ravel_multi_index(tuple(factors.T), tuple(sizes)), return_inverse=True)
    count = np.bincount(cells)
    if len(codes) >= IMAGES_PER_CELL * len(count):
        centre, degrees = (_sums(codes, cells, len(count)) / count[:, None])[cells], len(codes) - len(count)
    else:
        centre, degrees = fitted, len(codes) - rank
    deviation = np.sqrt(((codes - centre) ** 2).sum(axis=0) / degrees)
    return np.asarray(np.maximum(deviation, ROUNDING * codes.std(axis=0)))


def _check_classes(factors: np.ndarray, sizes: Sequence[int]) -> None:
    if factors.ndim != 2 or factors.shape[1] != len(sizes) or not np.issubdtype(factors.dtype, np.integer):
        raise CallError(
            f"expected whole-number factors (N, {len(sizes)}), got {factors.dtype} {factors.shape}"
        )
    if len(factors) and ((factors < 0) | (factors >= np.asarray(sizes))).any():
        raise CallError(f"factor classes must be from 0 to less than {tuple(sizes)}")
