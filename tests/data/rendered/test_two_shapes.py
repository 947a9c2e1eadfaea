"""TwoShapes: places, areas and colours by closed forms; what covers what; the same bytes everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.antialias import FULL
from disentcli.data.rendered.two_shapes import CHECKSUMS, TwoShapes, TwoShapesGrid
from disentcli.errors import CallError

AREA = 64**2 / 64
COLORS = {0.0: (1, 0, 0), 0.25: (0.5, 1, 0), 0.5: (0, 1, 1), 0.75: (0.5, 0, 1)}  # of HSV with s = v = 1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TwoShapes:
    return TwoShapes(str(tmp_path_factory.mktemp("data")))


def values(data: TwoShapes, indices: np.ndarray) -> dict[str, np.ndarray]:
    """The values (N,) of the numeric factors of these images."""
    classes = data.factors()[indices]
    named = zip(data.factor_names, data.factor_values, classes.T, strict=True)
    return {name: np.take(of, column) for name, of, column in named}


def apart(data: TwoShapes) -> np.ndarray:
    """Some of the images whose objects are more than a fifth apart in x and in y."""
    every = values(data, np.arange(len(data)))
    far = np.all([np.abs(every[f"{axis}_1"] - every[f"{axis}_2"]) > 0.2 for axis in "xy"], axis=0)
    return np.random.default_rng(0).choice(np.flatnonzero(far), 500, replace=False)


def pictures(data: TwoShapes, indices: np.ndarray) -> np.ndarray:
    """Colours (N, 3, H, W) in 0…1."""
    return data.batch(torch.from_numpy(indices)).double().numpy()


def test_the_default_grid_has_the_known_checksum_and_factors(data: TwoShapes) -> None:
    assert data.fingerprint == CHECKSUMS["twoshapes_64_4x4x2x4"][:16] == "94e587d7648cc27f"
    one = ("x", "y", "shape", "hue")
    assert data.factor_names == tuple(f"{name}_{number}" for number in (1, 2) for name in one)
    assert data.factor_sizes == (4, 4, 2, 4) * 2
    assert len(data) == 128**2
    info = describe_dataset(TwoShapes)
    assert (info.count, info.factor_names, info.factor_values) == (
        len(data),
        data.factor_names,
        data.factor_values,
    )
    assert info.disk == 128**2 * 3 * 64**2


def test_objects_that_are_apart_have_the_area_the_place_and_the_color_of_their_factors(
    data: TwoShapes,
) -> None:
    """The sum of all pixels is Σ area · colour, and their first moments are Σ area · colour · centre."""
    indices = apart(data)
    images, known = pictures(data, indices), values(data, indices)
    colors = [np.array([COLORS[hue] for hue in known[f"hue_{one}"]]) for one in (1, 2)]
    assert np.abs(images.sum(axis=(2, 3)) / AREA - sum(colors)).max() < 0.03
    at = np.arange(64) + 0.5
    for axis, moments in (("x", images.sum(axis=2) @ at), ("y", images.sum(axis=3) @ at)):
        centers = [12 + 40 * known[f"{axis}_{one}"][:, None] for one in (1, 2)]
        expected = sum(color * center for color, center in zip(colors, centers, strict=True))
        assert np.abs(moments / AREA - expected).max() < 1.5


def test_apart_each_is_drawn_as_if_alone(data: TwoShapes) -> None:
    """The image is the sum of what either object covers in its colour."""
    indices = apart(data)
    classes, known = data.factors()[indices], values(data, indices)
    covered = TwoShapesGrid(64, 4, 2, 4).coverages / FULL
    alone = []
    for one in (0, 1):
        x, y, shape = classes[:, 4 * one : 4 * one + 3].T
        colors = np.array([COLORS[hue] for hue in known[f"hue_{one + 1}"]])
        alone.append(colors[:, :, None, None] * covered[(x * 4 + y) * 2 + shape][:, None])
    assert np.abs(pictures(data, indices) - sum(alone)).max() < 0.01


@pytest.mark.parametrize("size", [3, 4, 5, 8])
@pytest.mark.parametrize("shapes", [2, 3])
def test_no_grid_has_shapes_that_touch_more_than_a_fifth_apart(size: int, shapes: int) -> None:
    grid = TwoShapesGrid(64, size + 1, shapes, 2)
    covered = grid.coverages.reshape(size + 1, size + 1, shapes, 64, 64) > 0
    steps = np.array(grid.space.values[0])
    near = np.flatnonzero(steps > 0.2 + 1e-9)[0]
    for one in range(shapes):
        for other in range(shapes):
            assert not (covered[0, 0, one] & covered[near, near, other]).any()
            assert not (covered[near, 0, one] & covered[0, near, other]).any()


def test_the_second_object_covers_the_first(data: TwoShapes) -> None:
    same = np.array([[1, 2, 0, 0, 1, 2, 0, 2]])  # a cyan circle where a red one is
    image = pictures(data, data.factor_space.index(same))[0]
    center = image[:, round(12 + 40 * 2 / 3), round(12 + 40 / 3)]
    assert center.tolist() == [0, 1, 1]
    swapped = pictures(data, data.factor_space.index(same[:, [4, 5, 6, 7, 0, 1, 2, 3]]))[0]
    assert swapped[0].sum() > 0.95 * AREA


def test_other_options_are_other_folders_of_that_many_images(tmp_path: Path) -> None:
    data = TwoShapes(str(tmp_path), size=32, positions=2, shapes=3, hues=2)
    assert (data.shape, len(data)) == ((3, 32, 32), (2 * 2 * 3 * 2) ** 2)
    assert data.factor_values[2] == ("circle", "triangle", "square")
    assert data.factor_values[3] == (0.0, 0.5)
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == ["twoshapes_32_2x2x3x2"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 30}, "size of twoshapes must be a multiple of 8 in 16…256, not 30"),
        ({"positions": 1}, "twoshapes has 2 positions or more along x and y, not 1"),
        ({"shapes": 4}, r"2 to 3 shapes \(circle, triangle, square\): shapes cannot be 4"),
        ({"hues": 1}, "twoshapes has 2 hues or more, not 1"),
        ({"positions": 16}, "would have 4,194,304 images, more than 1,000,000; choose fewer"),
    ],
)
def test_options_that_make_no_grid_are_refused(options: dict[str, int], message: str, tmp_path: Path) -> None:
    for refused in (
        lambda: TwoShapes(str(tmp_path), **options),
        lambda: describe_dataset(TwoShapes, options),
    ):
        with pytest.raises(CallError, match=message):
            refused()
    assert not list(tmp_path.iterdir())
