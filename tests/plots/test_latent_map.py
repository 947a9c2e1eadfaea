"""The latent map of two factors: which latents, which cells, where held-out codes are expected."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Ellipse

from disentcli.data.splits.splits import Splits
from disentcli.errors import Unsupported
from disentcli.methods.inference import Inference
from disentcli.plots.figure_context import FigureContext
from disentcli.plots.gallery.latent_map import Cells, draw_latent_map, latent_map, latent_map_figure
from disentcli.runs.load import load_run

from ..toy_runs import SPRITES, make_run

NAMES = ("shape", "scale", "orientation", "x_position", "y_position")


class KnownCodes(Inference):
    """Encodes into what `function` makes of the shown factors (N, F)."""

    def __init__(self, inference: Inference, function) -> None:
        self.model, self.items, self.dataset = inference.model, inference.items, inference.dataset
        self._function = function

    def encode(self, indices: np.ndarray) -> np.ndarray:
        return self._function(self.dataset.factors(indices))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple:
    folder = tmp_path_factory.mktemp("map")
    run = make_run(folder, "toy", method="vae", data=SPRITES)
    found = load_run(run.path, dataroot=folder / "data")
    return run, Inference(found.model, found.items)


def held_out(factors: np.ndarray) -> np.ndarray:
    return (factors[:, 0] == 1) & (factors[:, 3] >= 2)


def context(loaded: tuple, function, **options) -> FigureContext:
    run, inference = loaded
    out = held_out(inference.dataset.factors())
    splits = Splits(
        np.flatnonzero(~out),
        np.empty(0, int),
        np.empty(0, int),
        np.flatnonzero(out),
        held_out_factors=("x_position", "shape"),
    )
    return FigureContext(run, KnownCodes(inference, function), splits.train, 5, splits=splits, **options)


def additive(factors: np.ndarray) -> np.ndarray:
    """z0 = y, z1 = 3 · shape, z2 = −x², z3 = scale: one latent a factor."""
    shape, scale, _, x, y = factors.astype(float).T
    return np.stack([y, 3 * shape, -(x**2), scale], axis=1)


def moved(factors: np.ndarray) -> np.ndarray:
    """The same, but held-out combinations land where the other shape is."""
    codes = additive(factors)
    codes[held_out(factors), 1] = 0.0
    return codes


def test_codes_that_follow_their_factors_lie_where_they_are_expected(loaded: tuple) -> None:
    found = latent_map(context(loaded, additive))
    assert (found.names, found.latents) == (
        ("shape", "x_position"),
        (1, 2),
    )  # the one with fewer values first
    assert found.labels == ("square", "ellipse")
    assert found.held_out.classes.tolist() == [[1, 2], [1, 3]]
    np.testing.assert_allclose(found.expected, [[-4, 3], [-9, 3]], atol=1e-9)
    np.testing.assert_allclose(found.held_out.means, found.expected, atol=1e-9)
    assert len(found.trained.classes) == 2 * 4 - 2


def test_misplaced_codes_are_seen_to_be_so(loaded: tuple) -> None:
    found = latent_map(context(loaded, moved))
    np.testing.assert_allclose(found.held_out.means - found.expected, [[0, -3], [0, -3]], atol=1e-9)


def test_the_distances_are_in_spreads_of_a_combination(loaded: tuple) -> None:
    def noisy(factors: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(len(factors))
        return moved(factors) + 0.1 * rng.normal(size=(len(factors), 4))

    trained, out = latent_map(context(loaded, noisy)).errors
    assert trained == pytest.approx(1.0, abs=0.1)
    assert out == pytest.approx((1 + 30**2 / 2) ** 0.5, rel=0.15)  # 30 spreads off in one of two latents


def test_factors_are_those_of_the_call_where_it_names_some(loaded: tuple) -> None:
    found = latent_map(context(loaded, additive, map_factors=("y_position", "scale")))
    assert (found.names, found.latents) == (("scale", "y_position"), (3, 0))


def test_every_cell_is_drawn_and_held_out_ones_are_red(loaded: tuple) -> None:
    (drawn,) = draw_latent_map(context(loaded, additive))
    (axes,) = drawn.figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z2 (x_position)", "z1 (shape)")
    ellipses = [patch for patch in axes.patches if isinstance(patch, Ellipse)]
    assert len(ellipses) == 6 + 2
    red = [one for one in ellipses if one.get_edgecolor()[:3] == (0xD9 / 255, 0.0, 0.0)]
    assert len(red) == 2
    assert all(one.get_facecolor()[3] == 0 for one in red)
    (legend,) = drawn.figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["square, training", "ellipse, training", "held out", "expected place"]


def test_an_ellipse_is_one_standard_deviation_along_the_axes_of_the_covariance(loaded: tuple) -> None:
    found = latent_map(context(loaded, additive))
    cloud = np.random.default_rng(0).normal(size=(500, 2)) @ np.array([[2.0, 1.0], [0.0, 0.5]])
    one = Cells(np.zeros((1, 2), int), (cloud,))
    figure = latent_map_figure(
        found.__class__(("a", "b"), ("x",), (0, 1), one, one, cloud.mean(axis=0)[None], (1.0, 1.0))
    )
    ellipse = figure.axes[0].patches[0]
    radii = np.array([ellipse.width, ellipse.height]) / 2
    angle = np.radians(ellipse.angle)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(turn @ np.diag(radii**2) @ turn.T, np.cov(cloud.T), rtol=1e-9)


def test_what_has_no_map_says_why(loaded: tuple) -> None:
    run, inference = loaded
    nothing = FigureContext(run, inference, np.arange(20), 5)
    with pytest.raises(Unsupported, match="holds out no combinations"):
        latent_map(nothing)
    one = context(loaded, additive)
    alone = Splits(
        one.splits.train, *(np.empty(0, int),) * 2, one.splits.held_out, held_out_factors=("shape",)
    )
    with pytest.raises(Unsupported, match="by shape alone; name two factors with --map-factors"):
        latent_map(FigureContext(run, one.inference, alone.train, 5, splits=alone))
    with pytest.raises(Unsupported, match="fewer latents than factors, and none for"):
        latent_map(context(loaded, lambda factors: additive(factors)[:, :1]))


def test_a_value_that_is_never_trained_on_has_no_expected_place(loaded: tuple) -> None:
    one = context(loaded, additive, map_factors=("shape", "x_position"))
    right = one.dataset.factors()[:, 3] >= 2
    splits = Splits(np.flatnonzero(~right), *(np.empty(0, int),) * 2, np.flatnonzero(right))
    found = latent_map(
        FigureContext(
            one.run, one.inference, splits.train, 5, splits=splits, map_factors=("shape", "x_position")
        )
    )
    assert np.isnan(found.expected).any(axis=1).all()
    assert "no place is expected" in latent_map_figure(found).get_supxlabel()
