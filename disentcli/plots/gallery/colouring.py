"""Points coloured by a factor: classes by colours of their own, many of them and numbers along a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..figure_context import FigureContext
from ..palette import OKABE_ITO, SEQUENTIAL, class_colours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Colouring:
    """A factor's name, its value at every point (N,), and how values become colours.

    `classes` are the labels of the classes 0, 1, …, where they have colours of their own.
    """

    name: str
    values: np.ndarray
    scale: ScalarMappable
    classes: tuple[str, ...] = ()

    @property
    def colours(self) -> np.ndarray:
        """The colour (N, 4) of every point."""
        return np.asarray(self.scale.to_rgba(self.values))

    def explain(self, figure: Figure, axes: Axes | Sequence[Axes], label: str = "") -> None:
        """A bar beside the axes that says which colour means what."""
        bar = figure.colorbar(self.scale, ax=axes, label=label, aspect=30)
        if self.classes:
            bar.set_ticks(range(len(self.classes)), labels=self.classes)
            bar.ax.tick_params(length=0)


def colouring(subject: FigureContext, factor: int) -> Colouring:
    """The points coloured by the factor at this place among those that vary."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap, Normalize

    values, name = subject.factors[:, factor], subject.factor_names[factor]
    size = subject.dataset.factor_sizes[subject.varying[factor]]
    if not size or size > len(OKABE_ITO):
        return Colouring(name, values, ScalarMappable(Normalize(values.min(), values.max()), SEQUENTIAL))
    apart = BoundaryNorm(np.arange(size + 1) - 0.5, size)
    meanings = _meanings(subject, factor, size)
    ordered = not isinstance(meanings[0], str)
    scale = ScalarMappable(apart, ListedColormap(class_colours(size, ordered=ordered)))
    labels = tuple(one if isinstance(one, str) else f"{one:.3g}" for one in meanings)
    return Colouring(name, values, scale, labels)


def _meanings(subject: FigureContext, factor: int, size: int) -> Sequence[float | str]:
    """What each class of the factor stands for: a number, or a name."""
    place = subject.varying[factor]
    return subject.dataset.factor_values[place] if subject.dataset.factor_values else range(size)
