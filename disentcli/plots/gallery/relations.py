"""Figures of relations: applied to an image once and again, and arithmetic on images of symbols."""

from __future__ import annotations

import numpy as np

from ...errors import Unsupported
from ...metrics.entity_images import EntityImages
from ...metrics.relation_steps import RelatedCodes, RelationSteps
from ...metrics.target_images import TargetImages
from ...registry import figure
from ..figure_context import FigureContext
from ..image_blocks import ImageBlock, block_figure
from ..render_figures import StaticFigure
from .regions import entity_images

LENGTH = 5  # times that a relation is applied
MAX_RELATIONS = 6
EXAMPLES = 10  # of arithmetic, side by side
COUNTED = 200  # of each relation, for the share that is right
CLASSIFIER_STEPS = 400


@figure("relation_strips")
def draw_relation_strips(context: FigureContext) -> list[StaticFigure]:
    """An image with a relation applied one to five times and decoded, above the images that it should be."""
    images = entity_images(context, relations=True)
    steps = RelationSteps(images, np.random.default_rng(context.seed))
    numbers = [n for n in _startable(steps) if steps.tables[n].ndim == 1][:MAX_RELATIONS]
    if not numbers:
        raise Unsupported("no relation of one entity is defined for images of this part")
    blocks = [_strip(context, steps, number) for number in numbers]
    foot = (
        "decoded: the code of the source with the relation applied so many times; truth: the image with the "
        "factors that result, or where it is not known, an image of the entity; white: undefined"
    )
    return [StaticFigure("relation_strips", block_figure(blocks, title="Relations applied", foot=foot))]


@figure("relation_arithmetic")
def draw_relation_arithmetic(context: FigureContext) -> list[StaticFigure]:
    """Two images, the image of an operator, and what is decoded as the result, marked right or wrong."""
    images = entity_images(context, relations=True)
    steps = RelationSteps(images, np.random.default_rng(context.seed))
    numbers = [n for n in _startable(steps) if steps.tables[n].ndim == 2][:MAX_RELATIONS]
    if not numbers:
        raise Unsupported("no relation of two entities is defined for images of this part")
    classifier = images.train_classifier(CLASSIFIER_STEPS)
    blocks = [_arithmetic(context, steps, number, classifier) for number in numbers]
    foot = (
        "decoded: the result of the codes of both operands and of the operator; below it, what a classifier "
        "of real images reads, whether it is right, and if not, what would be; drawn at random"
    )
    return [StaticFigure("relation_arithmetic", block_figure(blocks, title="Arithmetic", foot=foot))]


def _startable(steps: RelationSteps) -> list[int]:
    found: list[int] = np.flatnonzero(steps.startable.any(axis=1)).tolist()
    return found


def _strip(context: FigureContext, steps: RelationSteps, number: int) -> ImageBlock:
    """The source and `LENGTH` results of a relation, above the images that they should be."""
    related, inference = steps.start_for(number, 1), context.inference
    source = inference.images(related.images).cpu().numpy()
    true_images = TargetImages(context.dataset, steps.images.model.entities)
    decoded, truth = [inference.decode(related.codes)], [source]
    for _ in range(LENGTH):
        related = steps.apply(related, np.array([number]))
        undefined = related.entities[0] < 0
        decoded.append(np.ones_like(source) if undefined else inference.decode(related.codes))
        truth.append(np.ones_like(source) if undefined else _true_image(context, steps, true_images, related))
    return ImageBlock(
        title=steps.relations[number].name.replace("_", " "),
        rows=[np.concatenate(decoded), np.concatenate(truth)],
        labels=["decoded", "truth"],
        above=["source", *(f"{k}×" for k in range(1, LENGTH + 1))],
        below=[""] * (LENGTH + 1),
    )


def _true_image(
    context: FigureContext, steps: RelationSteps, true_images: TargetImages, related: RelatedCodes
) -> np.ndarray:
    """The image (1, C, H, W) that one result should be, or another of its entity; white where none is."""
    found = true_images.find(related.images, related.entities)
    if found[0] < 0:
        others = steps.images.trained.of(int(related.entities[0]))
        if not len(others):
            return np.ones((1, *context.dataset.shape))
        found = others[:1]
    return context.inference.images(found).cpu().numpy()


def _arithmetic(context: FigureContext, steps: RelationSteps, number: int, classifier: object) -> ImageBlock:
    """Examples of a relation of two entities: operands, operator and result."""
    related = steps.apply(steps.start_for(number, COUNTED), np.full(COUNTED, number))
    images, inference = steps.images, context.inference
    nothing = np.full(COUNTED, -1)
    read = images.model.of_codes(related.codes, nothing, classifier, steps.regions).read
    found = images.entities(read)
    right = found == related.entities
    shown = slice(EXAMPLES)
    columns = [related.images[shown], related.operands[shown, 1], related.operands[shown, 0]]
    rows = [inference.images(column).cpu().numpy() for column in columns]
    name = steps.relations[number].name.replace("_", " ")
    return ImageBlock(
        title=f"{name}: {right.sum()} of {COUNTED} results are read as the right one",
        rows=[*rows, inference.decode(related.codes[shown])],
        labels=["first", "operator", "second", "decoded"],
        above=[""] * EXAMPLES,
        below=[
            f"{_name(context, images, one)} ✓"
            if one == target
            else f"{_name(context, images, one)} ✗\n({_name(context, images, target)})"
            for one, target in zip(found[shown], related.entities[shown], strict=True)
        ],
    )


def _name(context: FigureContext, images: EntityImages, entity: int) -> str:
    """The values of an entity in words, without the names of its factors."""
    words = str(images.model.entities.label(int(entity), context.dataset.factor_values)).split(", ")
    return " ".join(word.split(" ", 1)[1] for word in words)
