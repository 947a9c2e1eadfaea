"""The latent map of two factors: the codes of each combination, those held out, and where they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Unsupported
from ...metrics.discretize import factor_classes, histogram_bins
from ...metrics.information import information_matrix
from ...registry import figure
from ..drawing import BLACK, GREY, OKABE_ITO, PAGE, class_colours, new_figure, paper_style, set_title
from ..figure_context import FigureContext
from ..latent_matching import match
from ..render_figures import StaticFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 4.4  # inches
HELD_OUT = "#D90000"  # as published
CLASS_COLOURS = tuple(colour for colour in OKABE_ITO if colour not in ("#D55E00", "#F0E442", BLACK))
MOST_CLASSES = 40  # of the factor that is coloured


@dataclass(frozen=True)
class Cells:
    """Combinations of classes (M, 2) of two factors, and the plane codes of each: M arrays (n, 2)."""

    classes: np.ndarray
    codes: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, codes: np.ndarray, classes: np.ndarray) -> Cells:
        """The codes (N, 2) of each combination that occurs among the classes (N, 2)."""
        found, at = np.unique(classes, axis=0, return_inverse=True)
        return cls(found, tuple(codes[at.ravel() == cell] for cell in range(len(found))))

    @property
    def means(self) -> np.ndarray:
        """The mean code (M, 2) of each."""
        return np.stack([codes.mean(axis=0) for codes in self.codes])


@dataclass(frozen=True)
class LatentMap:
    """What a latent map shows: cells of training and of held-out images, and where the latter should be.

    Attributes:
        names: of the two factors; the classes of the first have colours.
        labels: of the classes of the first factor.
        latents: matched to the factors; that of the first is up, of the second across.
        trained: cells of training images.
        held_out: cells of held-out combinations.
        expected: (M, 2), where the means of the latter are expected.
    """

    names: tuple[str, str]
    labels: tuple[str, ...]
    latents: tuple[int, int]
    trained: Cells
    held_out: Cells
    expected: np.ndarray


@figure("latent_map")
def draw_latent_map(context: FigureContext) -> list[StaticFigure]:
    """Where held-out combinations of two factors (--map-factors) are encoded, and where they should be.

    Source: Montero et al., "Lost in Latent Space", NeurIPS 2022.
    """
    return [StaticFigure("latent_map", latent_map_figure(latent_map(context)))]
