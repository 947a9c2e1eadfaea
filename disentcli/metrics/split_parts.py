"""The parts of a split side by side: train, in-distribution hold-out, held-out combinations, and neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..errors import CallError, Unsupported
from ..suggestions import unknown
from .discretize import QUANTILES, factor_classes
from .metric_warnings import warn

TRAIN, IN_DISTRIBUTION, HELD_OUT, NEITHER = PARTS = ("train", "in_distribution", "held_out", "neither")
NOTHING_HELD_OUT = "the split holds out no combinations of factors"


class ImageErrors(Protocol):
    """Errors of images decoded from codes; `methods.decoding_error.DecodingErrors` of a trained model."""

    def of_codes(self, indices: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
        """Negative log-likelihood per image, and squared error per pixel, of what these codes decode to."""
        ...

    def least_nll(self, indices: np.ndarray) -> float:
        """The negative log-likelihood per image that no decoder goes below."""
        ...

    def mean_image(self, indices: np.ndarray) -> Any:
        """The mean of these images."""
        ...

    def of_image(self, indices: np.ndarray, image: Any) -> float:
        """The squared difference per pixel of these images to one."""
        ...


class Composer(Protocol):
    """Errors of composed images; `methods.composition_error.CompositionErrors` of a trained model."""

    def check(self) -> None:
        """Raise Unsupported where no images are composed."""
        ...

    def of_triplets(self, triplets: np.ndarray, action: np.ndarray) -> tuple[float, float, np.ndarray]:
        """Errors of an image and a pixel, and which factors (N, F) are right, of triplets (N, 3)."""
        ...


@dataclass(frozen=True)
class SplitParts:
    """Images of each part of a split, drawn without replacement, with their codes and factors.

    Attributes:
        dataset: has `factors(indices)`, `factor_names`, `factor_sizes` and `factor_values`.
        every: the indices of all images of each of PARTS.
        encode: indices (N,) → codes (N, D).
        errors: of images decoded from codes. composer: of images composed from those of triplets.
        held_out_factors: the factors by which combinations are held out.
        points, other_points: how many training images are taken at most, and how many of each other part.
        seed: draws them.
        ordered: whether codes are numbers, not names of tokens without distances.
    """

    dataset: Any
    every: Mapping[str, np.ndarray]
    encode: Callable[[np.ndarray], np.ndarray]
    errors: ImageErrors
    composer: Composer
    held_out_factors: tuple[str, ...] = ()
    points: int = 10_000
    other_points: int = 5_000
    seed: int = 0
    ordered: bool = True
    indices: dict[str, np.ndarray] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        drawn = {name: self._draw(name, indices) for name, indices in self.every.items()}
        object.__setattr__(self, "indices", drawn)

    @property
    def present(self) -> list[str]:
        """The parts that hold images."""
        return [name for name in PARTS if len(self.indices[name])]

    @property
    def reference(self) -> str:
        """The part that held-out images are compared with: in-distribution images, or else those of training.

        Warns of the latter, which the model was fitted to.
        """
        if len(self.indices[IN_DISTRIBUTION]):
            return IN_DISTRIBUTION
        warn("the split keeps no images for validation or test: training images are the reference")
        return TRAIN

    def codes(self, part: str) -> np.ndarray:
        """Codes (N, D) of a part."""
        return self.encode(self.indices[part])

    def columns(self) -> list[int]:
        """The factors that vary, in training or in any other part.

        Raises:
            Unsupported: there are none.
        """
        factors = np.concatenate([self.dataset.factors(self.indices[name]) for name in self.present])
        varying = [k for k in range(factors.shape[1]) if np.ptp(factors[:, k])]
        if not varying:
            raise Unsupported(
                "the data have no factors that vary" if self._names else "the data have no factors"
            )
        return varying

    def positions(self, names: Sequence[str]) -> list[int]:
        """Where these factors are among those of the data.

        Raises:
            CallError: there is no such factor.
        """
        alike = {name.replace("-", "_"): place for place, name in enumerate(self._names)}
        for name in names:
            if name.replace("-", "_") not in alike:
                raise CallError(unknown("factor", name, self._names))
        return [alike[name.replace("-", "_")] for name in names]

    def factors(self, part: str, columns: Sequence[int]) -> np.ndarray:
        """Factors (N, F) of a part as the data have them: classes, or real numbers."""
        return np.asarray(self.dataset.factors(self.indices[part])[:, list(columns)])

    def classes(self, part: str, columns: Sequence[int]) -> tuple[np.ndarray, list[int]]:
        """Factor classes (N, F) int64 of a part and how many there are (F,).

        A continuous factor is cut into 10 quantiles of the training images.
        """
        factors, train = self.factors(part, columns), self.factors(TRAIN, columns)
        sizes = [int(self.dataset.factor_sizes[k]) for k in columns]
        found = [
            factors[:, place] if size else factor_classes(factors[:, [place]], like=train[:, [place]])[:, 0]
            for place, size in enumerate(sizes)
        ]
        return np.stack(found, axis=1).astype(np.int64), [size or QUANTILES for size in sizes]

    def is_categorical(self, column: int) -> bool:
        """Whether a factor's values are words."""
        values = self.dataset.factor_values
        return column < len(values) and any(isinstance(value, str) for value in values[column])

    def describe(self) -> str:
        """How many images of each part, in words."""
        texts = []
        for name in self.present:
            used, count = len(self.indices[name]), len(self.every[name])
            texts.append(f"{f'{used:,} of ' if used < count else ''}{count:,} {name.replace('_', '-')}")
        return f"{', '.join(texts)} images"

    @property
    def _names(self) -> Sequence[str]:
        return tuple(self.dataset.factor_names)

    def _draw(self, name: str, indices: np.ndarray) -> np.ndarray:
        most = self.points if name == TRAIN else self.other_points
        if len(indices) <= most:
            return indices
        return np.random.default_rng(self.seed).permutation(indices)[:most]


def by_part(parts: SplitParts, scores: Mapping[str, Mapping[str, float]]) -> dict[str, float | str]:
    """`<part>.<score>` of the scores of each part; NaN, with the reason, where nothing is held out."""
    names = dict.fromkeys(name for one in scores.values() for name in one)
    if HELD_OUT not in parts.present:
        scores = {**scores, HELD_OUT: dict.fromkeys(names, float("nan"))}
    found: dict[str, float | str] = {
        f"{part}.{name}": scores[part][name]
        for part in PARTS
        if part in scores
        for name in names
        if name in scores[part]
    }
    return found if HELD_OUT in parts.present else {**found, "reason": NOTHING_HELD_OUT}
