"""The figure of composed relations: how often one to five in a row lead to the right entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Unsupported
from ...metrics.composed_relations import SampleSteps, random_compositions, region_share
from ...metrics.decoded_relations import DecodedRelations
from ...metrics.relation_steps import RelationSteps
from ...registry import figure
from ..drawing import BLUE, GREY, ORANGE, new_figure, paper_style, set_title
from ..figure_context import FigureContext
from ..render_figures import StaticFigure
from .regions import entity_images
from .relations import CLASSIFIER_STEPS, COUNTED, LENGTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 4.4, 2.6  # inches
FOOT = (
    "random relations one after the other; samples: of regions, and the region that the result is most "
    "likely in; images: encoded, decoded, and what a classifier of real images reads; dashed: the most that "
    "can be read, of samples of the targets' regions and of real images; dotted: an entity guessed"
)


@dataclass(frozen=True)
class AccuracyByLength:
    """Accuracy (length,) after 1, 2, … relations, and the most that the same reading reaches."""

    accuracy: np.ndarray
    ceiling: float


@figure("composed_relations")
def draw_composed_relations(context: FigureContext) -> list[StaticFigure]:
    """How often one to five relations, one after the other, lead to the right entity: samples and images."""
    images = entity_images(context, relations=True)
    steps = RelationSteps(images, np.random.default_rng(context.seed))
    if not steps.startable.any():
        raise Unsupported("no relation is defined for images of this part")
    decoded = DecodedRelations(steps, images.train_classifier(CLASSIFIER_STEPS), COUNTED)
    read = decoded.classifier_scores()["classifier.accuracy"]
    curves = {
        "samples": of_samples(SampleSteps(images, np.random.default_rng(context.seed)), 5 * COUNTED),
        "images": AccuracyByLength(decoded.random(LENGTH), read),
    }
    drawn = composed_relations_figure(curves, chance=1 / len(steps.regions))
    return [StaticFigure("composed_relations", drawn)]


def of_samples(steps: SampleSteps, count: int) -> AccuracyByLength:
    """Of samples of regions; the ceiling is of samples of the regions that one relation leads to."""
    composed = list(random_compositions(steps, count, LENGTH))
    accuracy = np.array([region_share(steps, related) for related in composed])
    targets = composed[0].entities
    return AccuracyByLength(accuracy, region_share(steps, steps.start(targets[targets >= 0])))


@paper_style()
def composed_relations_figure(curves: Mapping[str, AccuracyByLength], *, chance: float) -> Figure:
    """A curve for each kind of codes, its ceiling dashed, and the chance of guessing dotted."""
    figure = new_figure(WIDTH, HEIGHT)
    ax = figure.add_subplot()
    for (name, curve), colour in zip(curves.items(), (BLUE, ORANGE), strict=False):
        lengths = np.arange(1, len(curve.accuracy) + 1)
        ax.plot(lengths, curve.accuracy, color=colour, marker="o", markersize=3, label=name)
        ax.axhline(curve.ceiling, color=colour, linestyle="--", linewidth=0.8)
    ax.axhline(chance, color=GREY, linestyle=":", linewidth=0.8, label="chance")
    ax.set(xlabel="relations applied", ylabel="accuracy", ylim=(-0.03, 1.03), xticks=lengths)
    figure.legend(loc="outside right upper", frameon=False)
    set_title(figure, "Composed relations", FOOT)
    return figure
