"""The dataset "room": the grid of 3D-Shapes, each index the image of its factors, rendering that survives."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from colorsys import hsv_to_rgb, rgb_to_hsv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli.data import dataset_folder_writer
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.public.published_grids import SHAPES3D
from disentcli.data.rendered.room import dataset as rendering
from disentcli.data.rendered.room.dataset import SATURATIONS, Room, cast_grid, tint
from disentcli.data.rendered.room.grid import RoomGrid
from disentcli.data.rendered.room.shapes import SHAPES
from disentcli.errors import CallError

from .marched import SKY, march
from .test_scene import inner

SMALL = {"size": 32, "floor_hues": 5, "wall_hues": 5, "object_hues": 5, "scales": 3, "orientations": 3}
TINY = {"size": 32, "floor_hues": 2, "wall_hues": 3, "object_hues": 2, "scales": 2, "orientations": 2}
EACH = 2 * 4 * 2  # the geometries of TINY

GRID = RoomGrid(size=32, floor_hues=10, wall_hues=10, object_hues=10, scales=1, shapes=4, orientations=1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(str(tmp_path_factory.mktemp("data")), **SMALL)


def images_of(data: Room, indices: np.ndarray) -> np.ndarray:
    """(N, H, W, 3) in 0…1."""
    return data.batch(torch.as_tensor(indices)).permute(0, 2, 3, 1).numpy()


def test_the_grid_is_exactly_that_of_3d_shapes() -> None:
    assert RoomGrid().space == SHAPES3D
    assert RoomGrid().space.size == 480_000
    assert RoomGrid().spec().shape == (3, 64, 64)
    assert RoomGrid().spec().image_bytes == 480_000 * 64 * 64 * 3


def test_a_coarse_grid_spreads_over_the_same_ranges() -> None:
    space = RoomGrid(floor_hues=5, scales=3, shapes=2, orientations=5).space
    assert space.values[0] == SHAPES3D.values[0][::2]
    assert space.values[3] == (0.75, 1.0, 1.25)
    assert space.values[4] == ("cube", "cylinder")
    assert space.values[5] == (-30, -15, 0, 15, 30)
    assert RoomGrid(scales=1, orientations=1).space.values[3:] == ((1.0,), SHAPES, (0.0,))


def test_every_index_shows_its_factors_to_an_independent_renderer(small: Room) -> None:
    """Sphere tracing from the values of an index finds floor, wall and object where their hues are."""
    indices = np.random.default_rng(0).choice(len(small), 40, replace=False)
    values = small.factor_values
    for factors, image in zip(small.factors(indices), images_of(small, indices), strict=True):
        *hues, scale, shape, orientation = (of[c] for of, c in zip(values, factors, strict=True))
        material, _ = march(str(shape), float(scale), float(orientation), 32)
        plain = inner(material) & (material != SKY) & (image.max(axis=-1) > 0.2)
        expected = np.array(hues, dtype=float)[material[plain]]
        found = np.array([rgb_to_hsv(*pixel)[0] for pixel in image[plain]])
        off = np.abs((found - expected + 0.5) % 1 - 0.5)
        assert plain.mean() > 0.6
        assert (off < 0.03).all()


def test_all_images_differ(small: Room) -> None:
    images = images_of(small, np.arange(len(small))).reshape(len(small), -1)
    assert len(np.unique((images * 255).astype(np.uint8), axis=0)) == len(small) == 4500


def test_small_rooms_have_the_known_checksum(small: Room) -> None:
    assert small.fingerprint == "0345861b5732d4ea"


def test_two_renderings_are_equal(tmp_path: Path) -> None:
    first, second = (Room(str(tmp_path / name), **TINY) for name in ("first", "second"))
    assert first.fingerprint == second.fingerprint
    assert torch.equal(first.batch(torch.arange(len(first))), second.batch(torch.arange(len(second))))


def test_a_rendered_grid_is_opened_and_not_rendered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Room(str(tmp_path), **TINY)
    monkeypatch.setattr(rendering, "cast_grid", None)
    assert Room(str(tmp_path), **TINY).fingerprint == first.fingerprint


def stop_after(blocks: int, stop: Any, asked: list[int]) -> Any:
    """A `coloured` that stops after so many blocks; `asked` receives where it starts."""

    def until_stopped(*args: Any) -> Iterator[np.ndarray]:
        asked.append(args[3])
        for place, images in enumerate(tint(*args)):
            if place == blocks:
                stop()
            yield images

    return until_stopped


def render_and_die(root: Path) -> None:
    dataset_folder_writer.SYNC_BYTES = 3 * EACH * 32 * 32 * 3
    rendering.tint = stop_after(8, lambda: os.kill(os.getpid(), signal.SIGKILL), [])
    Room(str(root), **TINY)


def test_a_killed_rendering_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = multiprocessing.get_context("fork").Process(target=render_and_die, args=(tmp_path / "killed",))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    asked: list[int] = []
    monkeypatch.setattr(rendering, "tint", stop_after(-1, None, asked))
    again = Room(str(tmp_path / "killed"), **TINY)
    assert asked == [6]  # two syncs of three blocks each
    assert again.fingerprint == Room(str(tmp_path / "whole"), **TINY).fingerprint
    assert [path.name for path in (tmp_path / "killed").iterdir()] == [RoomGrid(**TINY).folder]


def test_an_interruption_keeps_what_was_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    asked: list[int] = []
    monkeypatch.setattr(rendering, "tint", stop_after(7, interrupt, asked))
    with pytest.raises(KeyboardInterrupt):
        Room(str(tmp_path), **TINY)
    monkeypatch.setattr(rendering, "tint", stop_after(-1, None, asked))
    Room(str(tmp_path), **TINY)
    assert asked == [0, 7]


def test_a_large_rendering_is_announced_and_a_small_one_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        Room(str(tmp_path / "quiet"), **TINY)
        assert caplog.messages == []
        monkeypatch.setattr(rendering, "LARGE", 0)
        Room(str(tmp_path / "room"), **TINY)
        Room(str(tmp_path / "room"), **TINY)
    folder = tmp_path / "room" / RoomGrid(**TINY).folder
    assert caplog.messages == [f"rendering {12 * EACH} images (589,824 bytes) into {folder}"]


def test_the_folder_tells_the_options() -> None:
    changed = ({}, {"size": 32}, *({name: 3} for name in SMALL if name != "size"), {"shapes": 3})
    grids = [RoomGrid(**options) for options in changed]
    assert len({grid.folder for grid in grids}) == len(grids)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 48}, "must be one of 32, 64, 128, not 48"),
        ({"shapes": 5}, r"4 shapes \(cube, cylinder, sphere, capsule\): shapes cannot be 5"),
        ({"wall_hues": 0}, "must be in 1…32, not 0"),
        ({"orientations": 33}, "must be in 1…32, not 33"),
    ],
)
def test_options_that_make_no_grid_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(CallError, match=message):
        RoomGrid(**options)


def test_the_info_tells_the_dataset_without_rendering_it() -> None:
    info = describe_dataset(Room)
    assert (info.shape, info.count, info.disk) == ((3, 64, 64), 480_000, 5_898_240_000)
    assert info.factor_values == SHAPES3D.values
    assert describe_dataset(Room, SMALL).shape == (3, 32, 32)
    assert describe_dataset(Room, SMALL).count == 4500


def test_images_are_the_sum_of_their_layers_in_colour() -> None:
    parts, rest = cast_grid(GRID)
    hues = ([0.1], [0.5], [0.0, 0.7])
    for images, of_object in zip(tint(parts, rest, hues), hues[2], strict=True):
        colors = [
            np.array(hsv_to_rgb(hue, saturation, 1))
            for hue, saturation in zip((0.1, 0.5, of_object), SATURATIONS, strict=True)
        ]
        exact = rest + sum(part[..., None] * color for part, color in zip(parts, colors, strict=True))
        assert np.abs(images - exact).max() < 1


def test_the_median_hue_of_floor_wall_and_object_is_that_of_their_factor() -> None:
    parts, rest = cast_grid(GRID)
    alone = (parts > 0).sum(axis=0) == 1
    matt = alone & (rest.max(axis=-1) == 0)  # neither sky nor highlight
    shown = [matt & (parts[0] > 60), matt & (parts[1] > 60), alone & (parts[2] > 60)]
    for k in range(10):
        hues = ([k / 10], [(k + 3) % 10 / 10], [(k + 6) % 10 / 10])
        images = next(tint(parts, rest, hues))
        for (hue,), where in zip(hues, shown, strict=True):
            pixels = images[where][::7] / 255
            off = [(rgb_to_hsv(*pixel)[0] - hue + 0.5) % 1 - 0.5 for pixel in pixels]
            assert abs(np.median(off)) < 0.002
            assert np.abs(off).max() < 0.02


def test_the_object_changes_fastest_and_a_start_leaves_combinations_out() -> None:
    parts, rest = cast_grid(GRID)
    hues = ([0.0, 0.5], [0.2, 0.4, 0.9], [0.1, 0.6])
    every = [images.copy() for images in tint(parts, rest, hues)]
    assert len(every) == 12
    alone = next(tint(parts, rest, ([0.5], [0.4], [0.6])))
    assert np.array_equal(every[1 * 6 + 1 * 2 + 1], alone)
    for start in (1, 2, 7, 11, 12):
        later = [images.copy() for images in tint(parts, rest, hues, start)]
        assert len(later) == 12 - start
        assert all(np.array_equal(a, b) for a, b in zip(later, every[start:], strict=True))
