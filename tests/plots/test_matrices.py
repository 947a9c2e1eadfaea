"""Heat maps and Hinton diagrams: every label, the order of the rows, how large the squares are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.optimize import linear_sum_assignment

from disentcli.plots.active_latents import BY_VARIANCE, Activity
from disentcli.plots.drawing import COLUMN, DPI, PAGE, SMALL, save
from disentcli.plots.matrices import LabelledMatrix, full_cell, heat_map, hinton_diagram, square_sides
from disentcli.plots.metric_arrays import AxisLabels, labelled_matrices

NAMES = ("shape", "hue", "scale")
MATRIX = np.random.default_rng(1).random((5, 3))
ACTIVE = Activity(np.array([True, True, False, True, True]), BY_VARIANCE)


def labelled(key: str, array: np.ndarray, labels: AxisLabels | None = None) -> LabelledMatrix:
    ((_, one),) = labelled_matrices({key: array}, labels or AxisLabels(5, NAMES, ACTIVE))
    return one


def texts(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("draw", [heat_map, hinton_diagram])
def test_rows_follow_the_matching_and_inactive_latents_stand_in_brackets(draw) -> None:
    figure = draw(labelled("mig/mutual_information", MATRIX))
    latents, factors = linear_sum_assignment(MATRIX, maximize=True)
    expected = [f"z{latents[list(factors).index(f)]}" for f in range(3)]
    axes = figure.axes[0]
    assert [text.strip("()") for text in texts(axes.yaxis)][:3] == expected
    assert sorted(texts(axes.yaxis)) == ["(z2)", "z0", "z1", "z3", "z4"]
    assert texts(axes.xaxis) == list(NAMES)
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("latent", "factor")
    assert figure.get_suptitle() == "MIG: mutual information"
    assert BY_VARIANCE in figure.get_supxlabel().replace("\n", " ")


def test_the_matrix_itself_is_what_is_drawn() -> None:
    one = labelled("dci/importance", MATRIX)
    order = [int(name[1:]) for name in one.rows]
    np.testing.assert_array_equal(one.matrix, MATRIX[order])
    shown = heat_map(one).axes[0].images[0]
    np.testing.assert_array_equal(shown.get_array(), MATRIX[order])
    assert shown.get_clim() == (0.0, 1.0)


def test_factors_by_latents_are_turned_and_squares_keep_their_axes() -> None:
    turned = labelled("cds/conditioned_responses", MATRIX.T)
    assert (turned.row_title, list(turned.columns)) == ("latent", list(NAMES))
    square = AxisLabels(3, NAMES)
    assert labelled("unsupervised/mutual_information", np.eye(3), square).columns == ["z0", "z1", "z2"]
    assert labelled("x/response_matrix", np.eye(3), square).row_title == "replaced latent"
    assert labelled("x/mean_per_pair", np.eye(3), square).rows == list(NAMES)
    assert labelled("mig/mutual_information", np.eye(3), square).columns == list(NAMES)


def test_an_array_of_a_users_own_metric_is_drawn_and_what_is_no_matrix_is_not() -> None:
    assert labelled("mine/my_own_scores", MATRIX).title == "Mine: my own scores"
    arrays = {
        "mig/per_factor": np.ones(3),
        "r2/weights": np.ones((7, 2)),
        "samples/prior": np.ones((2, 1, 3, 3)),
    }
    assert not list(labelled_matrices(arrays, AxisLabels(5, NAMES)))


def test_squares_have_the_area_of_the_entry() -> None:
    matrix = np.array([[0.25, -0.5], [np.nan, 0.0]])
    assert full_cell(matrix) == 0.5
    assert full_cell(np.array([[3.0]])) == 4.0
    assert full_cell(np.zeros((2, 2))) == 1.0
    np.testing.assert_allclose(square_sides(matrix, 0.5) ** 2, [[0.5, 1.0], [0.0, 0.0]])
    one = LabelledMatrix(matrix, "t", ["a", "b"], ["c", "d"], "r", "c", "nats")
    squares = hinton_diagram(one).axes[0].collections[0]
    assert [tuple(colour[:3]) for colour in squares.get_facecolors()][:2] == [(1, 1, 1), (0, 0, 0)]
    np.testing.assert_allclose(squares.get_paths()[1].get_extents().bounds, [0.5, -0.5, 1.0, 1.0])


def test_negative_entries_get_two_colours_and_counts_no_decimals() -> None:
    signed = heat_map(labelled("unsupervised/covariance", np.diag([1.0, -2.0, 1, 1, 1]))).axes[0].images[0]
    assert signed.get_clim() == (-2.0, 2.0)
    counts = heat_map(labelled("factor_vae/eval_votes", np.arange(15.0).reshape(3, 5)))
    assert {text.get_text() for text in counts.axes[0].texts} == {str(count) for count in range(15)}


@pytest.mark.parametrize("latents", [2, 12, 64])
@pytest.mark.parametrize("draw", [heat_map, hinton_diagram])
def test_a_matrix_fits_on_paper_and_its_letters_can_be_read(draw, latents: int, tmp_path: Path) -> None:
    one = labelled(
        "x/response_matrix", np.random.default_rng(0).random((latents, latents)), AxisLabels(latents)
    )
    figure = draw(one)
    width, height = figure.get_size_inches()
    assert COLUMN <= width <= PAGE
    assert height <= 9.0
    with Image.open(save(figure, tmp_path / "m.png")) as image:
        assert image.size == (int(width * DPI), int(height * DPI))
    axes = figure.axes[0]
    for letters in (*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts):
        assert letters.get_fontsize() >= SMALL


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_every_format_has_the_same_bytes_every_time(kind: str, tmp_path: Path) -> None:
    first, second = (
        save(
            hinton_diagram(labelled("mig/mutual_information", MATRIX)), tmp_path / f"{n}.{kind}"
        ).read_bytes()
        for n in range(2)
    )
    assert first == second
    assert b"<dc:date>" not in first
    assert b"CreationDate" not in first


NOISE = 1e-3 * np.random.default_rng(2).random((5, 3))


@pytest.mark.parametrize(
    ("key", "array", "top"),
    [
        ("mig/mutual_information", NOISE, np.log(2)),  # one bit
        ("mig/mutual_information", 3 * MATRIX, 3 * MATRIX.max()),
        ("dci/importance", NOISE, 1.0),
        ("cds/conditioned_responses", NOISE.T, 2.0),  # the codes' deviation
        ("x/response_matrix", 1e-3 * np.eye(5), 2.0),
        ("unsupervised/covariance", np.diag([-1e-4, 1e-4, 0, 0, 0]), 0.1),
    ],
)
def test_noise_does_not_get_the_full_colour(key: str, array: np.ndarray, top: float) -> None:
    one = labelled(key, array, AxisLabels(5, NAMES, ACTIVE, code_scale=2.0))
    low, high = heat_map(one).axes[0].images[0].get_clim()
    assert high == pytest.approx(top)
    assert low in (0.0, -high)
