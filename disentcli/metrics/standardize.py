"""The scale of codes: which of them vary at all, and units in which no square overflows or vanishes.

Units are powers of two, by which a number is divided exactly: results in ordinary units do not change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .metric_warnings import warn

ROUNDING = 2.0**-20  # of a code's size, eight last digits of single precision: smaller is no variation
SMALLEST, LARGEST = -10, 8  # powers of two: ranges of codes that learners take as they come
PENALISED = 2.0**-5  # deviation, in itself or beside the mean, below which a penalty decides
FARTHEST = 2.0**10  # from zero, in ranges of the code, up to which single precision tells its values apart


def constant_codes(codes: np.ndarray) -> np.ndarray:
    """Mask (D,) of the codes (N, D) whose values differ by no more than rounding: 2⁻²⁰ of their size.

    >>> constant_codes(np.array([[0.3, 0.3, 0.0], [0.3 + 1e-9, 0.4, 1e-9]]))
    array([ True, False, False])
    """
    low, high = codes.min(axis=0).astype(float), codes.max(axis=0).astype(float)
    size = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(high / 2 - low / 2 <= ROUNDING * (size / 2))  # halves: a difference may overflow


def without_rounding(codes: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """Codes (N, D), the constant ones among them set to their first value; or others (M, D) likewise."""
    constant = constant_codes(codes)
    changed = codes if others is None else others
    return np.where(constant, codes[0], changed) if constant.any() else changed


def warn_of_rounding(codes: np.ndarray) -> None:
    """Warn of codes (N, D) that count as constant although their values are not equal."""
    noisy = np.flatnonzero(constant_codes(codes) & (codes != codes[0]).any(axis=0))
    if len(noisy):
        warn(
            f"codes {', '.join(map(str, noisy))} vary by less than 1e-6 of their size, as rounding does: "
            "they count as constant; if they are exact, subtract their mean"
        )


def units_of(codes: np.ndarray) -> np.ndarray:
    """The power of two (D,) next below the largest absolute value of every code (N, D); ½ where all are 0."""
    return np.asarray(np.exp2(np.frexp(np.abs(codes).max(axis=0, initial=0.0))[1] - 1.0))


def common_unit(codes: np.ndarray) -> np.float64:
    """The largest of `units_of`, for scores of which the codes' sizes beside each other are a part.

    Codes in it are of double precision.
    """
    return np.float64(units_of(codes.reshape(-1, 1))[0])


def rescaled(values: np.ndarray | float, unit: np.ndarray | float, power: int = 1) -> np.ndarray:
    """Values in a unit of the codes, to this power, in that of the codes; infinite if too large."""
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(power):
            values = values * np.asarray(unit)
    return np.asarray(values)


class Scaling(NamedTuple):
    """Centre (D,) and deviation (D,) of codes; the deviation of a code that never changes is 1.

    `unit` (D,): a power of two near the largest value, in which differences are taken.
    """

    centre: np.ndarray
    deviation: np.ndarray
    unit: np.ndarray

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):  # others may lie far beyond those that the scaling is of
            return np.asarray((codes / self.unit - self.centre / self.unit) / (self.deviation / self.unit))


def scaling_of(codes: np.ndarray) -> Scaling:
    """Mean and population standard deviation of every code (N, D)."""
    codes = codes.astype(float)
    unit = units_of(codes)
    deviation = (codes / unit).std(axis=0) * unit
    constant = constant_codes(codes) | (deviation == 0)
    centre = np.where(constant, codes[0], (codes / unit).mean(axis=0) * unit)
    return Scaling(centre, np.where(constant, 1.0, deviation), np.where(constant, 1.0, unit))


class Units(NamedTuple):
    """Origin (D,) and unit (D,) of every code: a power of two, or infinite, which makes it 0."""

    origin: np.ndarray
    unit: np.ndarray

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(codes / self.unit - self.origin / self.unit)


def learning_units(codes: np.ndarray) -> Units:
    """Units in which a learner that does not depend on scale can work with codes (N, D).

    Codes that range over 2⁻¹⁰ to 2⁸ near zero stay as they are, so that trees and least squares are those of
    scikit-learn on the same numbers. Smaller ones range over 1 to 2, larger ones over 2⁷ to 2⁸, and those
    farther from zero than 2¹⁰ times their range begin there: thresholds of 1e-7 and single precision then
    cost them nothing. Constant ones become 0.
    """
    low, high = codes.min(axis=0).astype(float), codes.max(axis=0).astype(float)
    half_range, half_size = high / 2 - low / 2, np.maximum(np.abs(low), np.abs(high)) / 2  # never overflow
    exponent = np.frexp(half_range)[1]  # the range is at least 2 to this power, and less than twice it
    small, large = exponent < SMALLEST, exponent >= LARGEST
    unit = np.exp2(np.select([small, large], [exponent, exponent - LARGEST + 1], 0.0))
    origin = np.where(half_size / FARTHEST >= half_range, low, 0.0)
    return Units(origin, np.where(constant_codes(codes), np.inf, unit))


def penalised_units(codes: np.ndarray, learner: str, *, free_intercept: bool = False) -> Units:
    """Units for a learner whose penalty on its weights makes it depend on the scale of codes (N, D).

    Codes that range over more than 2⁸ are divided until they do not: the penalty is nothing there, and on
    larger ones solvers stop too soon, or never. Smaller ones stay as they are, with a warning, for the
    penalty is a part of the published score; so do those far from zero, unless the learner's intercept is
    free of the penalty: then they begin at their mean, which changes the solver's steps alone.
    """
    unit, scaling, varies = learning_units(codes).unit, scaling_of(codes), ~constant_codes(codes)
    far = varies & (np.abs(scaling.centre) * PENALISED > scaling.deviation)
    widest = int(np.argmax(np.where(varies, scaling.deviation, 0.0)))
    decides = scaling.deviation[widest] < PENALISED or (far[widest] and not free_intercept)
    if varies.any() and decides:
        warn(
            f"the penalty of the {learner} depends on the scale of what it learns from, which deviates by "
            f"{scaling.deviation[widest]:.2g} about {scaling.centre[widest]:.2g}: it decides the score; the "
            "option standardise: true does without"
        )
    origin = np.where(far & free_intercept, scaling.centre, 0.0)
    return Units(origin, np.where(varies, np.maximum(unit, 1.0), 1.0))
