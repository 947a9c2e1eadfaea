"""Label arrays beside images: do they say that the images are a full grid in row-major order?"""

from __future__ import annotations

import numpy as np

from ..download.verify import WrongFile
from ..factors import FactorSpace, Values


def check_values(labels: np.ndarray, space: FactorSpace) -> None:
    """WrongFile unless row i of `labels` (N, F) holds the values of the i-th combination of the grid."""
    classes = space.factors(np.arange(space.size))
    for k, (name, values) in enumerate(zip(space.names, space.values, strict=True)):
        numbers = _numbers(values)
        step = np.diff(numbers).min() if len(numbers) > 1 else 1.0
        expected = numbers[classes[:, k]]
        _refuse_first(~(np.abs(labels[:, k] - expected) < step / 10), labels[:, k], expected, name)


def check_classes(labels: np.ndarray, space: FactorSpace) -> None:
    """WrongFile unless row i of `labels` (N, F) holds the classes of the i-th combination of the grid."""
    classes = space.factors(np.arange(space.size))
    for k, name in enumerate(space.names):
        _refuse_first(labels[:, k] != classes[:, k], labels[:, k], classes[:, k], name)


def _refuse_first(wrong: np.ndarray, labels: np.ndarray, expected: np.ndarray, name: str) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        row = int(rows[0])
        raise WrongFile(
            f"its images are not in the order of the full grid: label {name!r} of image {row:,} is "
            f"{labels[row]:g}, not {expected[row]:g}"
        )


def _numbers(values: Values) -> np.ndarray:
    """The values as label arrays have them: words are numbered."""
    words = isinstance(values[0], str)
    return np.arange(len(values), dtype=np.float64) if words else np.array(values, np.float64)
