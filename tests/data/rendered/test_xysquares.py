"""XYSquares: drawn again with slices of plain arrays; pixel distances that are constant, computed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered import xysquares
from disentcli.data.rendered.xysquares import CHECKSUMS, SquareGrid, XYSquares
from disentcli.errors import CallError


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> XYSquares:
    return XYSquares(str(tmp_path_factory.mktemp("data")), places=3)


def of_one_square(grid: SquareGrid, channel: int) -> np.ndarray:
    """Images (places², pixels) of one square alone."""
    return np.unpackbits(grid.squares()[channel], axis=-1).astype(float)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_the_pixel_distance_between_any_two_places_of_a_square_is_the_same(channel: int) -> None:
    images = of_one_square(SquareGrid(), channel)
    assert set(pdist(images, "cityblock")) == {128.0}
    assert len(np.unique(pdist(images, "euclidean"))) == 1


def test_the_pixel_distance_between_images_counts_the_squares_that_differ(three: XYSquares) -> None:
    images = three.batch(torch.arange(len(three))).flatten(1).double()
    places = three.factors().reshape(-1, 3, 2)
    rng = np.random.default_rng(0)
    one, other = rng.integers(len(three), size=(2, 2000))
    differing = (places[one] != places[other]).any(axis=2).sum(axis=1)
    assert (images[one] - images[other]).abs().sum(dim=1).tolist() == (128 * differing).tolist()


def test_a_smaller_spacing_lets_pixels_tell_near_from_far() -> None:
    grid = SquareGrid(spacing=3)
    distances = squareform(pdist(of_one_square(grid, 0), "cityblock")).reshape(8, 8, 8, 8)
    along = distances[0, 0, :, 0]
    assert along.tolist() == [0, 48, 96, 128, 128, 128, 128, 128]
    assert np.array_equal(along, distances[0, 0, 0, :])


@pytest.mark.parametrize(("spacing", "border"), [(8, 20), (5, 23)])
def test_images_are_those_drawn_with_slices(tmp_path: Path, spacing: int, border: int) -> None:
    data = XYSquares(str(tmp_path), places=3, spacing=spacing)
    expected = np.zeros((729, 3, 64, 64), dtype=np.float32)
    for place, factors in enumerate(np.ndindex(*(3,) * 6)):
        for channel in range(3):
            x, y = (border + spacing * step for step in factors[2 * channel : 2 * channel + 2])
            expected[place, channel, y : y + 8, x : x + 8] = 1
    assert np.array_equal(data.batch(torch.arange(729)).numpy(), expected)
    assert np.array_equal(data.factors()[100], list(np.ndindex(*(3,) * 6))[100])


def test_the_full_grid_fills_the_image_and_has_the_known_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    checksum, groups = hashlib.sha256(), []

    def hashed(folder: Path, spec: object, group: int, images_of: object, *, expected_sha256: str) -> None:
        for place in range(64):
            groups.append(len(images_of(place)))
            checksum.update(images_of(place))
        assert checksum.hexdigest() == expected_sha256

    monkeypatch.setattr(xysquares, "render_groups", hashed)
    SquareGrid().render(Path())
    assert sum(groups) == SquareGrid().space.size == 262_144
    assert CHECKSUMS["xysquares_8_8"].startswith("de315f8730bc8db1")
    assert of_one_square(SquareGrid(), 1).sum(axis=0).reshape(64, 64, 3)[..., 1].min() == 1


def test_factors_are_those_of_disent_in_its_order(three: XYSquares) -> None:
    info = describe_dataset(XYSquares)
    assert info.factor_names == ("x_R", "y_R", "x_G", "y_G", "x_B", "y_B")
    assert (info.factor_sizes, info.count, info.disk) == ((8,) * 6, 262_144, 262_144 * 1536)
    small = describe_dataset(XYSquares, {"places": 3})
    assert (small.factor_sizes, small.shape, small.count) == (three.factor_sizes, three.shape, len(three))


@pytest.mark.parametrize("options", [{"places": 9}, {"places": 1}, {"spacing": 0}, {"spacing": 9}])
def test_grids_that_do_not_fit_are_refused(options: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(CallError, match="2…8 places along each axis, 1…8 pixels apart: not"):
        XYSquares(str(tmp_path), **options)
    assert list(tmp_path.iterdir()) == []
