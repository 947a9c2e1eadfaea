"""Figures of regions and relations, of models that know the images: what is drawn, and where."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.patches import Ellipse

from disentcli.errors import Unsupported
from disentcli.metrics.entity_images import EntityImages
from disentcli.plots.figure_context import FigureContext
from disentcli.plots.gallery import composed_relations as of_composed
from disentcli.plots.gallery import relations as of_relations
from disentcli.plots.gallery.codes import PrincipalPlane
from disentcli.plots.gallery.composed_relations import draw_composed_relations
from disentcli.plots.gallery.curves import curve_figure
from disentcli.plots.gallery.regions import draw_region_samples, draw_regions
from disentcli.plots.gallery.relations import draw_relation_arithmetic, draw_relation_strips

from ..metrics.relation_toys import UNARY, ignore, of_symbols, on_grid


def context_of(images: EntityImages) -> FigureContext:
    return FigureContext(None, images.model.inference, images.part, 0)  # type: ignore[arg-type, attr-defined]


def tiles(axes, rows: int, columns: int) -> np.ndarray:
    """The 4×4 images (rows, columns, 4, 4) that a panel shows, without the gaps."""
    canvas = np.asarray(axes.images[0].get_array())
    height, width = (canvas.shape[0] + 2) // rows, (canvas.shape[1] + 2) // columns
    padded = np.pad(canvas, ((0, 2), (0, 2)))
    return padded.reshape(rows, height, columns, width).swapaxes(1, 2)[..., :4, :4]


def test_the_plane_is_that_of_the_codes_it_was_fitted_to() -> None:
    codes = np.random.default_rng(0).normal(size=(200, 5)) * [1, 5, 3, 0.1, 0.2] + 7
    plane = PrincipalPlane.fit(codes)
    np.testing.assert_allclose(np.cov(plane.project(codes).T)[0, 1], 0, atol=1e-9)
    np.testing.assert_allclose(
        plane.project(codes + plane.axes[0]) - plane.project(codes), [[1, 0]] * 200, atol=1e-9
    )
    values = np.linalg.eigvalsh(np.cov(codes.T))[::-1]
    np.testing.assert_allclose(plane.shares, values[:2] / values.sum())


def test_each_region_is_an_ellipse_of_two_deviations_with_its_centroid_decoded() -> None:
    images = on_grid()
    (drawn,) = draw_regions(context_of(images))
    left, right = drawn.figure.axes
    ellipses = [one for one in left.patches if isinstance(one, Ellipse)]
    model = images.model.inference.model  # type: ignore[attr-defined]
    plane = PrincipalPlane.fit(images.encode(images.tested.indices))
    means = plane.project(model.prior.means.double().numpy())
    for ellipse, mean, factor in zip(ellipses, means, model.prior.cholesky.double().numpy(), strict=True):
        np.testing.assert_allclose(ellipse.center, mean)
        covariance = plane.axes @ factor @ factor.T @ plane.axes.T
        area = np.pi * ellipse.width * ellipse.height / 4
        assert area == pytest.approx(4 * np.pi * np.sqrt(np.linalg.det(covariance)))
    assert len(ellipses) == 6
    boxes = [one for one in right.artists if isinstance(one, AnnotationBbox)]
    np.testing.assert_allclose([box.xy for box in boxes], means)
    decoded = model.decode(model.prior.means)
    for box, image in zip(boxes, decoded.numpy(), strict=True):
        np.testing.assert_allclose(box.offsetbox.get_data(), image[0])


def test_samples_stand_beside_a_real_image_and_the_centroid() -> None:
    images = on_grid()
    (drawn,) = draw_region_samples(context_of(images))
    (axes,) = drawn.figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [f"shape {shape}\nx {x}" for shape in range(3) for x in range(2)]
    model = images.model.inference.model  # type: ignore[attr-defined]
    shown = tiles(axes, 6, 10)
    np.testing.assert_allclose(shown[:, 1], model.decode(model.prior.means)[:, 0], atol=1e-6)


def test_strips_of_an_exact_model_are_the_truth() -> None:
    (drawn,) = draw_relation_strips(context_of(on_grid()))
    assert [axes.get_title(loc="left") for axes in drawn.figure.axes] == list(UNARY)
    for axes in drawn.figure.axes:
        decoded, truth = tiles(axes, 2, 6)
        np.testing.assert_allclose(decoded, truth, atol=1e-6)
    turned = tiles(drawn.figure.axes[0], 2, 6)[0]
    np.testing.assert_array_equal(turned[0], turned[3])  # three shapes
    (still,) = draw_relation_strips(context_of(on_grid(ignore)))
    decoded, truth = tiles(still.figure.axes[0], 2, 6)
    assert (decoded == decoded[0]).all()
    assert (decoded != truth).any()


def test_undefined_results_are_white() -> None:
    ends = {"end": {"factor": "x", "step": 1, "boundary": "undefined"}}
    (drawn,) = draw_relation_strips(context_of(on_grid(relations=ends)))
    assert (tiles(drawn.figure.axes[0], 2, 6)[:, 2:] == 1).all()


def test_arithmetic_shows_operands_and_marks_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_relations, "CLASSIFIER_STEPS", 60)
    (drawn,) = draw_relation_arithmetic(context_of(of_symbols(judged=False)))
    (axes,) = drawn.figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "first",
        "operator",
        "second",
        "decoded",
    ]
    below = [label.get_text() for label in axes.get_xticklabels()]
    right, of = axes.get_title(loc="left").split(": ")[1].split(" of ", 1)
    assert of == "200 results are read as the right one"
    assert int(right) > 180
    assert {text.split("\n")[0][-1] for text in below} <= {"✓", "✗"}


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "ignoring"])
def test_composed_relations_are_right_as_often_as_is_known(
    exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = {"turn": UNARY["turn"]}
    images = on_grid(relations=turn) if exact else on_grid(ignore, relations=turn)
    monkeypatch.setattr(of_composed, "entity_images", lambda *_, **__: images)  # with an exact classifier
    (drawn,) = draw_composed_relations(context_of(images))
    (axes,) = drawn.figure.axes
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}
    ceiling = np.asarray(axes.lines[1].get_ydata())[0]
    right = np.array([0, 0, 1, 0, 0])  # of three shapes, three turns are none
    expected = np.ones(5) if exact else right
    np.testing.assert_allclose(lines["samples"], expected * ceiling, atol=0.1)
    np.testing.assert_allclose(lines["images"], expected, atol=0.1)
    np.testing.assert_allclose(lines["chance"], 1 / 6)


def test_what_a_model_or_its_relations_lack_is_the_reason() -> None:
    with pytest.raises(Unsupported, match="no relation of two entities"):
        draw_relation_arithmetic(context_of(on_grid()))
    with pytest.raises(Unsupported, match="no relation of one entity"):
        draw_relation_strips(context_of(of_symbols()))
    images = on_grid()
    images.model.inference.model.is_fitted = False  # type: ignore[attr-defined]
    of_relations_too = (draw_relation_strips, draw_relation_arithmetic, draw_composed_relations)
    for draw in (draw_regions, draw_region_samples, *of_relations_too):
        with pytest.raises(Unsupported, match="not fitted yet"):
            draw(context_of(images))


def test_curves_mark_where_a_stage_begins() -> None:
    found = {"loss": {"train": (np.arange(1.0, 6.0), np.arange(5.0))}}
    figure = curve_figure(found, {3: "relational"})
    (axes,) = figure.axes
    assert axes.lines[-1].get_xdata() == [3, 3]
    assert [(text.get_text().strip(), text.get_position()[0]) for text in axes.texts] == [("relational", 3)]
    assert figure.get_supxlabel() == "step; dotted: relational from step 3"
