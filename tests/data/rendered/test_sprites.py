"""Sprites: the same bytes everywhere, factors that show in the pictures, rendering that survives."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered import sprites
from disentcli.data.rendered.sprites import CHECKSUMS, SpriteGrid, Sprites, render_pose
from disentcli.errors import CallError, DisentError

SMALL = {"size": 32, "scales": 3, "orientations": 8, "positions": 8}
TINY = SpriteGrid(size=32, scales=2, orientations=5, positions=3)


def pictures(data: Sprites) -> np.ndarray:
    """All images as (shape, scale, orientation, x, y, H, W)."""
    side = data.shape[-1]
    return data.batch(torch.arange(len(data))).numpy().reshape(*data.factor_sizes, side, side)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Sprites:
    return Sprites(str(tmp_path_factory.mktemp("data")), **SMALL)


def test_the_grid_is_that_of_dsprites() -> None:
    space = SpriteGrid().space
    assert space.names == ("shape", "scale", "orientation", "x_position", "y_position")
    assert space.sizes == (3, 6, 40, 32, 32)
    assert space.size == 737_280
    assert np.allclose(space.values[1], np.linspace(0.5, 1, 6))
    assert np.allclose(space.values[2], np.linspace(0, 2 * np.pi, 40))
    assert np.allclose(space.values[3], np.linspace(0, 1, 32))
    assert SpriteGrid().spec().image_bytes < 400e6


def test_a_small_grid_has_the_known_checksum(small: Sprites) -> None:
    assert small.fingerprint == CHECKSUMS["sprites_32_3x3x8x8"][:16] == "224cc58162d9494b"
    assert len(small) == 3 * 3 * 8 * 8 * 8


def test_grey_sprites_have_the_known_checksum(tmp_path: Path) -> None:
    data = Sprites(str(tmp_path), size=32, scales=2, orientations=5, positions=3, grey=True)
    assert data.fingerprint == "6d97c1338df297e9"


def test_the_full_grid_has_the_known_checksum() -> None:
    grid, checksum = SpriteGrid(), hashlib.sha256()
    for outline in grid.poses():
        images = render_pose(outline, grid)
        checksum.update(np.packbits(images.reshape(1024, -1), axis=-1).data)
    assert checksum.hexdigest() == CHECKSUMS["sprites_64_3x6x40x32"]


def test_pictures_are_binary_or_grey(small: Sprites, tmp_path: Path) -> None:
    binary = pictures(small)[:, -1]
    grey = pictures(Sprites(str(tmp_path), **SMALL, grey=True))[:, -1]
    assert set(np.unique(binary)) == {0.0, 1.0}
    assert len(np.unique(grey)) > 100
    assert np.abs(grey - 0.5)[(grey > 0.5) != (binary == 1)].max(initial=0) < 1 / 255


def test_the_first_and_the_last_orientation_coincide(small: Sprites) -> None:
    images = pictures(small)
    assert np.array_equal(images[:, :, 0], images[:, :, -1])
    assert not np.array_equal(images[:, :, 0], images[:, :, 1])


def test_no_sprite_is_cut_off(tmp_path: Path) -> None:
    data = Sprites(str(tmp_path), size=32, scales=1, orientations=9, positions=3, grey=True)
    mass = pictures(data).sum(axis=(-1, -2))
    assert np.allclose(mass, mass[..., 1:2, 1:2], rtol=0.003)


def test_area_follows_the_scale(tmp_path: Path) -> None:
    data = Sprites(str(tmp_path), scales=6, orientations=1, positions=1, grey=True)
    mass = pictures(data).sum(axis=(-1, -2))[:, :, 0, 0, 0]
    areas = np.array([22.0**2, math.pi * 7 * 14, 180 * math.pi * 0.85**2])
    assert np.allclose(mass, areas[:, None] * np.linspace(0.5, 1, 6) ** 2, rtol=0.005)


def test_the_middle_of_symmetric_sprites_lies_where_the_positions_say(tmp_path: Path) -> None:
    data = Sprites(str(tmp_path), shapes=2, scales=2, orientations=4, positions=6, grey=True)
    images, centers = pictures(data), 16.5 + 31 * np.linspace(0, 1, 6)
    mass = images.sum(axis=(-1, -2))
    x = (images.sum(axis=-2) * (np.arange(64) + 0.5)).sum(axis=-1) / mass
    y = (images.sum(axis=-1) * (np.arange(64) + 0.5)).sum(axis=-1) / mass
    assert np.allclose(x, np.broadcast_to(centers[:, None], x.shape), atol=0.02)
    assert np.allclose(y, np.broadcast_to(centers[None, :], y.shape), atol=1 / 32)


def test_a_quarter_turn_is_clockwise(tmp_path: Path) -> None:
    data = Sprites(str(tmp_path), scales=1, orientations=5, positions=1, grey=True)
    heart = pictures(data)[2, 0, :, 0, 0]
    for k in range(4):
        assert np.abs(np.rot90(heart[k], -1) - heart[k + 1]).max() < 0.05


def test_a_heart_points_downward_and_is_symmetric(tmp_path: Path) -> None:
    data = Sprites(str(tmp_path), scales=1, orientations=1, positions=1, grey=True)
    heart = pictures(data)[2, 0, 0, 0, 0]
    rows = np.flatnonzero(heart.sum(axis=1))
    widths = heart.sum(axis=1)[rows]
    assert np.allclose(heart, heart[:, ::-1], atol=0.01)
    assert widths[: len(rows) // 2].mean() > 2 * widths[-len(rows) // 4 :].mean()
    assert heart[rows[1], 32] < heart[rows[1], 32 - 6]  # the notch between the lobes


def test_the_folder_tells_the_options() -> None:
    grids = (SpriteGrid(), SpriteGrid(grey=True), SpriteGrid(size=32), SpriteGrid(positions=8), TINY)
    assert len({grid.folder for grid in grids}) == len(grids)


def test_a_rendered_grid_is_opened_and_not_rendered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sprites.open_sprites(tmp_path, TINY)
    monkeypatch.setattr(sprites, "render", None)
    assert sprites.open_sprites(tmp_path, TINY).sha256 == first.sha256


def render_and_die(root: Path, poses: int) -> None:
    rendered, count = sprites.render_pose, iter(range(poses))

    def until_killed(outline: np.ndarray, grid: SpriteGrid) -> np.ndarray:
        if next(count, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return rendered(outline, grid)

    sprites.render_pose = until_killed
    sprites.open_sprites(root, TINY)


@pytest.mark.parametrize("poses", [0, 17])
def test_a_kill_while_rendering_leaves_a_call_that_succeeds(tmp_path: Path, poses: int) -> None:
    child = multiprocessing.get_context("fork").Process(
        target=render_and_die, args=(tmp_path / "killed", poses)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    again = sprites.open_sprites(tmp_path / "killed", TINY)
    assert again.sha256 == sprites.open_sprites(tmp_path / "whole", TINY).sha256
    assert [path.name for path in (tmp_path / "killed").iterdir()] == [TINY.folder]


def test_an_interruption_keeps_what_was_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[np.ndarray] = []

    def render_counted(outline: np.ndarray, grid: SpriteGrid) -> np.ndarray:
        asked.append(outline)
        if len(asked) == 13:
            raise KeyboardInterrupt
        return render_pose(outline, grid)

    monkeypatch.setattr(sprites, "render_pose", render_counted)
    with pytest.raises(KeyboardInterrupt):
        sprites.open_sprites(tmp_path, TINY)
    sprites.open_sprites(tmp_path, TINY)
    assert len(asked) == 1 + 3 * 2 * 5


def test_two_processes_may_ask_for_the_same_grid(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=sprites.open_sprites, args=(tmp_path, TINY)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert [path.name for path in tmp_path.iterdir()] == [TINY.folder]


def test_other_bytes_than_the_known_ones_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHECKSUMS, TINY.folder, "0" * 64)
    with pytest.raises(DisentError, match=r"the images of sprites have the sha256 .*, not 0000"):
        sprites.open_sprites(tmp_path, TINY)
    assert list(tmp_path.iterdir()) == []


def test_rendering_says_nothing_where_there_is_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sprites.open_sprites(tmp_path, TINY)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 30}, "multiple of 8 in 16…256, not 30"),
        ({"shapes": 4}, r"3 shapes \(square, ellipse, heart\): shapes cannot be 4"),
        ({"positions": 0}, "must be in 1…256"),
    ],
)
def test_options_that_make_no_grid_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(CallError, match=message):
        SpriteGrid(**options)


def test_the_shape_is_known_without_rendering() -> None:
    assert describe_dataset(Sprites).shape == (1, 64, 64)
    assert describe_dataset(Sprites, {"size": 32}).shape == (1, 32, 32)
