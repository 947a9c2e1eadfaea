"""Figures of the regions of entities: where they lie, and what is decoded from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.splits.splits import subsample_evenly
from ...errors import Unsupported
from ...methods.relational_inference import RelationalInference
from ...metrics.entity_images import EntityImages
from ...nets.shapes import kind_of
from ...registry import figure
from ..drawing import (
    PAGE,
    class_colours,
    covariance_ellipse,
    new_figure,
    paper_style,
    set_title,
)
from ..figure_context import FigureContext
from ..image_grids import mosaic, tile_figure
from ..render_figures import StaticFigure
from .codes import DOT, PrincipalPlane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 3.9  # inches
DEVIATIONS = 2.0  # of the ellipses
MAX_PICTURES, PICTURE = 30, 16.0  # of centroids in the plane, and the height of each in points
MAX_ROWS, SAMPLES = 14, 8  # regions in the grid, samples of each


def entity_images(context: FigureContext, *, relations: bool = False) -> EntityImages:
    """The images of the split by entity; Unsupported where the model has no regions, or data no pictures."""
    model = RelationalInference(context.inference)
    model.check(relations=relations)
    if len(context.dataset.shape) != 3:
        raise Unsupported(f"the data are {kind_of(context.dataset.shape)}s, not images")
    encode = context.inference.encode
    return EntityImages(
        context.dataset, model, context.trained, context.indices, encode, "chosen", context.seed
    )


def entity_label(context: FigureContext, images: EntityImages, entity: int) -> str:
    """An entity in words, with the values of the data."""
    return str(images.model.entities.label(entity, context.dataset.factor_values))


@figure("regions")
def draw_regions(context: FigureContext) -> list[StaticFigure]:
    """Codes and regions of entities in the plane of training codes, and images decoded at their centroids."""
    images = entity_images(context)
    if context.codes.shape[1] < 2:
        raise Unsupported("a plane needs two latents")
    trained = context.inference.encode(subsample_evenly(images.trained.indices, context.points))
    return [StaticFigure("regions", regions_figure(context, images, PrincipalPlane.fit(trained)))]


@paper_style()
def regions_figure(context: FigureContext, images: EntityImages, plane: PrincipalPlane) -> Figure:
    """Left, codes and ellipses of two standard deviations; right, images decoded at the centroids."""
    prior = context.inference.model.prior
    means = prior.means.cpu().double().numpy()
    factors = plane.axes @ prior.cholesky.cpu().double().numpy()  # (K, 2, D)
    centres, name = plane.project(means), images.model.entities.names[0]
    bins = images.bins(np.arange(len(means)))[:, 0]
    colours = np.array(class_colours(images.model.entities.sizes[0]))
    chosen = subsample_evenly(images.tested.indices, context.points)
    shown = plane.project(context.inference.encode(chosen))
    figure = new_figure(PAGE, HEIGHT)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    of_image = images.bins(images.entities_at(chosen))[:, 0]
    left.scatter(*shown.T, s=DOT, c=colours[of_image], linewidths=0, alpha=0.6, rasterized=True)
    for centre, factor, one in zip(centres, factors, bins, strict=True):
        spread = factor @ factor.T
        left.add_patch(
            covariance_ellipse(
                centre, spread, deviations=DEVIATIONS, facecolor="none", edgecolor="black", linewidth=0.7
            )
        )
        left.plot(*centre, "o", color=colours[one], markeredgecolor="black", markersize=3.5)
    _draw_pictures(right, context, means, centres, colours[bins])
    first, second = (f"{100 * share:.0f} %" for share in plane.shares)
    for ax in (left, right):
        ax.set_xlabel(f"first component ({first})")
    left.set_ylabel(f"second component ({second})")
    left.margins(0.08)
    _add_legend(figure, context, images, colours, name)
    foot = (
        f"{len(shown):,} codes by {name}; ellipses: {DEVIATIONS:g} standard deviations of each region; the "
        "plane and its shares of the variance are of training codes"
    )
    set_title(figure, "Regions of entities, and the images decoded at their centroids", foot)
    return figure


def _draw_pictures(
    axes: Axes, context: FigureContext, means: np.ndarray, centres: np.ndarray, colours: np.ndarray
) -> None:
    """Images decoded at the centroids, each in its place, in a frame of the entity's colour."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    places = subsample_evenly(np.arange(len(means)), MAX_PICTURES)
    for place, image in zip(places, context.inference.decode(means[places]), strict=True):
        picture, _, _ = mosaic([image[None]])
        zoom = PICTURE / picture.shape[0]
        offset = OffsetImage(picture, zoom=zoom, cmap="gray", clim=(0, 1), interpolation="nearest")
        edge = {"edgecolor": colours[place], "linewidth": 1.0}
        axes.add_artist(AnnotationBbox(offset, tuple(centres[place]), pad=0.1, bboxprops=edge))
    axes.plot(*centres.T, alpha=0)  # for the limits of the axes


def _add_legend(
    figure: Figure, context: FigureContext, images: EntityImages, colours: np.ndarray, name: str
) -> None:
    from matplotlib.lines import Line2D

    if len(colours) > 20:
        return
    rest = int(np.prod(images.model.entities.sizes[1:]))
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", markersize=4, label=label)
        for colour, label in zip(
            colours,
            (
                entity_label(context, images, k * rest).split(", ")[0].removeprefix(f"{name} ")
                for k in range(len(colours))
            ),
            strict=True,
        )
    ]
    figure.legend(handles=handles, loc="outside right upper", title=name, frameon=False)


@figure("region_samples")
def draw_region_samples(context: FigureContext) -> list[StaticFigure]:
    """Images decoded from samples of each region, beside a real image of its entity and its centroid."""
    images = entity_images(context)
    present = np.flatnonzero(images.tested.counts)
    shown = subsample_evenly(present, MAX_ROWS)
    drawn = images.tested.draw(shown, np.random.default_rng(context.seed))
    real = context.inference.images(drawn).cpu().numpy()
    means = context.inference.model.prior.means[shown].cpu().double().numpy()
    samples = images.model.sample(shown.repeat(SAMPLES), context.seed).reshape(len(shown), SAMPLES, -1)
    codes = np.concatenate([means[:, None], samples], axis=1)  # (K, 1 + S, D)
    decoded = context.inference.decode(codes.reshape(-1, codes.shape[2]))
    decoded = decoded.reshape(*codes.shape[:2], *decoded.shape[1:])
    left_out = f"; {len(shown)} of {len(present)} entities" if len(shown) < len(present) else ""
    picture = tile_figure(
        [np.concatenate([one[None], row]) for one, row in zip(real, decoded, strict=True)],
        [entity_label(context, images, int(entity)).replace(", ", "\n") for entity in shown],
        title="Samples of regions",
        columns=["real", "centroid", "samples", *[""] * (SAMPLES - 1)],
        foot=f"decoded from the centroid of each region and from samples of it{left_out}",
    )
    return [StaticFigure("region_samples", picture)]
