"""Figures: the same bytes every time, whole files, and pixels where they belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.plots.drawing import save
from disentcli.plots.image_grids import mosaic, reconstruction_figure, sample_figure, traversal_figure
from disentcli.plots.matrices import short_number
from disentcli.plots.metric_arrays import AxisLabels, save_matrices


def ramp(*shape: int) -> np.ndarray:
    """Different values in [0, 1] everywhere."""
    return np.linspace(0, 1, int(np.prod(shape))).reshape(shape)


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    matrices = {"mig/mutual_information": ramp(4, 3), "mig/per_factor": ramp(3)}
    names = ["shape", "position_horizontal", "hue"]
    (first,) = save_matrices(matrices, AxisLabels(4, names), tmp_path / "a")
    (second,) = save_matrices(matrices, AxisLabels(4, names), tmp_path / "b")
    assert first.name == "mig_mutual_information.png"
    assert first.read_bytes() == second.read_bytes()
    assert b"matplotlib" not in first.read_bytes().lower()


def test_nothing_unfinished_is_left_behind(tmp_path: Path) -> None:
    save(sample_figure(ramp(20, 1, 8, 8), "prior"), tmp_path / "samples.png")
    assert [path.name for path in tmp_path.iterdir()] == ["samples.png"]


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 8), (30,)], ids=["grey", "colour", "vector"])
def test_every_kind_of_observation_has_its_pictures(shape: tuple[int, ...], tmp_path: Path) -> None:
    paths = [
        save(reconstruction_figure(ramp(20, *shape), ramp(20, *shape)), tmp_path / "r.png"),
        save(sample_figure(ramp(20, *shape), "hybrid"), tmp_path / "s.png"),
        save(traversal_figure(ramp(12, 9, *shape), ramp(12, 2)), tmp_path / "t.png"),
    ]
    for path in paths:
        with Image.open(path) as image:
            assert min(image.size) > 150


def test_few_images_are_drawn_too(tmp_path: Path) -> None:
    assert save(reconstruction_figure(ramp(3, 1, 8, 8), ramp(3, 1, 8, 8)), tmp_path / "r.png").exists()


def test_tiles_lie_row_by_row_with_gaps_between_them() -> None:
    rows = [ramp(2, 1, 4, 4), 1 - ramp(2, 1, 4, 4)]
    canvas, middles, centres = mosaic(rows)
    assert canvas.shape == (10, 10)
    np.testing.assert_array_equal(canvas[:4, 6:], rows[0][1, 0])
    np.testing.assert_array_equal(canvas[6:, :4], rows[1][0, 0])
    assert (canvas[4:6] == 1).all()
    assert middles.tolist() == centres.tolist() == [1.5, 7.5]


def test_a_matrix_of_zeros_and_one_of_many_columns_can_be_drawn(tmp_path: Path) -> None:
    assert save_matrices({"a/response_matrix": np.zeros((2, 2))}, AxisLabels(2), tmp_path)
    assert save_matrices({"b/response_matrix": ramp(64, 64)}, AxisLabels(64), tmp_path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.071, ".07"),
        (-0.5, "-.50"),
        (1.0, "1.00"),
        (-0.001, ".00"),
        (12.34, "12"),
        (9.996, "10"),
        (0, ".00"),
        (np.nan, "–"),
    ],
)
def test_numbers_in_cells_are_short(value: float, text: str) -> None:
    assert short_number(value) == text
