"""Decorated sprites are the study's formulas on repeatable draws, recomputed here pixel by pixel in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from disentcli.data.counter_rng import integers, uniform
from disentcli.data.dataset_folder import StoreSpec
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.download.mirrors import find_source
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.verify import WrongFile
from disentcli.data.public.dsprites import DSprites
from disentcli.data.public.scream_source import scream
from disentcli.data.rendered.backgrounds import coloured, noisy, over_image, read_picture
from disentcli.data.rendered.sprites import SpriteGrid, Sprites, open_sprites
from disentcli.errors import CallError, DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder

SMALL = {"size": 32, "scales": 2, "orientations": 4, "positions": 4}
INDICES = torch.tensor([5, 0, 17, 5, 95])
PICTURE = torch.from_numpy(np.random.default_rng(0).random((40, 37, 3), dtype=np.float32))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with The Scream's place taken by a picture of noise, upright like the painting."""
    root = tmp_path_factory.mktemp("data")
    (root / "scream").mkdir()
    pixels = np.random.default_rng(1).integers(0, 256, (377, 300, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(root / "scream" / "scream.jpg")
    return str(root)


def sprites(grey: bool = False) -> Tensor:
    """Five images (5, 1, 8, 6), binary or grey."""
    drawn = np.random.default_rng(2).random((5, 1, 8, 6), dtype=np.float32)
    return torch.from_numpy(drawn if grey else (drawn > 0.6).astype(np.float32))


@pytest.mark.parametrize("grey", [False, True])
def test_each_sprite_has_one_colour_between_a_half_and_one(grey: bool) -> None:
    colours = 0.5 + 0.5 * uniform(3, INDICES, 0, 3).numpy()
    expected = sprites(grey).numpy() * colours[:, :, None, None]
    assert np.allclose(coloured(sprites(grey), INDICES, 3).numpy(), expected, atol=1e-7)


@pytest.mark.parametrize("grey", [False, True])
def test_noise_is_added_and_cut_at_one(grey: bool) -> None:
    noise = uniform(3, INDICES, 0, 8 * 6 * 3).numpy().reshape(5, 8, 6, 3).transpose(0, 3, 1, 2)
    expected = np.minimum(sprites(grey).numpy() + noise, 1)
    assert np.array_equal(noisy(sprites(grey), INDICES, 3).numpy(), expected)


def test_the_picture_is_cropped_tinted_and_inverted_at_the_sprite() -> None:
    corners = integers(3, INDICES, 0, (40 - 8, 37 - 6)).numpy()
    tints = uniform(3, INDICES, 0, 3, stream=1).numpy()
    images = over_image(sprites(), INDICES, 3, PICTURE).numpy()
    for image, sprite, (top, left), tint in zip(images, sprites().numpy(), corners, tints, strict=True):
        background = (PICTURE.numpy()[top : top + 8, left : left + 6] + tint) / 2
        mask = sprite[0] == 1
        background[mask] = 1 - background[mask]
        assert np.allclose(image, background.transpose(2, 0, 1), atol=1e-6)


def test_the_edge_of_a_grey_sprite_blends() -> None:
    half = torch.full((5, 1, 8, 6), 0.5)
    assert np.allclose(over_image(half, INDICES, 3, PICTURE).numpy(), 0.5, atol=1e-6)


def test_crops_reach_every_corner_that_the_study_reaches() -> None:
    many = torch.arange(2000)
    shown = over_image(torch.zeros(2000, 1, 4, 4), many, 0, _ramp(14, 10))
    tints = uniform(0, many, 0, 3, stream=1)
    corners = (2 * shown[:, :2, 0, 0] - tints[:, :2]).mul(100).round().int()
    assert {tuple(corner) for corner in corners.tolist()} == {(y, x) for y in range(10) for x in range(6)}


def _ramp(rows: int, columns: int) -> Tensor:
    """A picture whose first two channels are row and column in hundredths."""
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    return torch.stack([row, column, row], dim=-1) / 100


def test_draws_have_the_mean_and_bounds_of_their_distributions() -> None:
    many = torch.arange(4000)
    ones, zeros = torch.ones(4000, 1, 4, 4), torch.zeros(4000, 1, 4, 4)
    colours = coloured(ones, many, 0)[:, :, 0, 0]
    noise = noisy(zeros, many, 0)
    assert 0.5 <= colours.min() < 0.501
    assert 0.999 < colours.max() <= 1
    assert colours.mean(0).numpy() == pytest.approx(0.75, abs=0.01)
    assert colours.var(0).numpy() == pytest.approx(0.25 / 12, rel=0.06)
    assert noise.mean().item() == pytest.approx(0.5, abs=0.003)
    assert noise.var().item() == pytest.approx(1 / 12, rel=0.01)
    assert np.abs(np.corrcoef(noise[:, :, :2, :2].flatten(1).T) - np.eye(12)).max() < 0.08


@pytest.mark.parametrize("decoration", ["colour", "noisy", "scream"])
def test_an_image_always_looks_the_same(root: str, decoration: Any) -> None:
    data = Sprites(root, **SMALL, decoration=decoration)
    whole = data.batch(torch.arange(40))
    assert torch.equal(
        torch.cat([data.batch(torch.arange(k, k + 8), draw_step=k) for k in range(0, 40, 8)]), whole
    )
    assert torch.equal(
        Sprites(root, **SMALL, decoration=decoration).batch(torch.arange(40).flip(0)).flip(0), whole
    )
    other = Sprites(root, **SMALL, decoration=decoration, decoration_seed=1)
    assert not torch.equal(other.batch(torch.arange(40)), whole)
    assert other.fingerprint != data.fingerprint


def test_variants_show_the_plain_sprites(root: str) -> None:
    plain = Sprites(root, **SMALL)
    everything = torch.arange(0, len(plain), 7)
    inside = plain.batch(everything).bool().expand(-1, 3, -1, -1)
    in_colour = Sprites(root, **SMALL, decoration="colour").batch(everything)
    in_noise = Sprites(root, **SMALL, decoration="noisy").batch(everything)
    assert in_colour.shape == (len(everything), 3, 32, 32)
    assert torch.equal(in_colour > 0, inside)
    assert torch.equal(in_noise == 1, inside)
    on_scream = Sprites(root, **SMALL, decoration="scream")
    empty = over_image(torch.zeros(len(everything), 1, 32, 32), everything, 0, on_scream._picture)
    shown = on_scream.batch(everything)
    assert torch.equal(shown[~inside], empty[~inside])
    assert torch.equal(shown[inside], 1 - empty[inside])
    assert shown.min() >= 0
    assert shown.max() <= 1


@pytest.mark.parametrize("decoration", ["colour", "noisy", "scream"])
def test_images_lie_channels_last(root: str, decoration: Any) -> None:
    batch = Sprites(root, **SMALL, decoration=decoration).batch(INDICES)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert batch.dtype == torch.float32


def test_a_hidden_shape_is_no_factor(root: str) -> None:
    data = Sprites(root, **SMALL, hidden=["shape"])
    assert data.factor_names == ("scale", "orientation", "x_position", "y_position")
    assert data.factors().shape == (len(data), 4)
    places = data.find(np.zeros((300, 4), dtype=np.int64), np.random.default_rng(0))
    assert set(data.grid.factors(places)[:, 0]) == {0, 1, 2}
    assert (data.factors(places) == 0).all()


@pytest.mark.parametrize(
    ("options", "name", "shape"),
    [
        ({}, "sprites", (1, 32, 32)),
        ({"decoration": "colour"}, "sprites-colour", (3, 32, 32)),
        ({"hidden": ["shape"]}, "sprites-noshape", (1, 32, 32)),
        ({"decoration": "scream", "hidden": ["shape"]}, "sprites-scream-noshape", (3, 32, 32)),
    ],
)
def test_names_and_infos_tell_the_variants(
    root: str, options: Any, name: str, shape: tuple[int, ...]
) -> None:
    data, info = Sprites(root, **SMALL, **options), describe_dataset(Sprites, {**SMALL, **options})
    assert (data.name, data.shape) == (name, shape)
    assert (info.shape, info.factor_names, info.factor_sizes) == (shape, data.factor_names, data.factor_sizes)
    assert info.title == name.replace("sprites", "Sprites").replace("-", ", ")


@pytest.mark.parametrize(
    "options", [{"decoration": "colour"}, {"decoration": "scream", "decoration_seed": 4}]
)
def test_dsprites_are_decorated_alike(root: str, tmp_path: Path, options: Any) -> None:
    like = Sprites(root, **SMALL)
    spec = StoreSpec("dsprites", like.shape, len(like), packed=True, factors=like.grid)
    with StoreWriter(tmp_path / "dsprites", spec) as writer:
        writer.write(open_sprites(Path(root), SpriteGrid(**SMALL)).images)
    data = DSprites(str(tmp_path), **options, picture=_picture(root, options), hidden=["shape"])
    expected = Sprites(root, **SMALL, **options).batch(INDICES)
    assert torch.equal(data.batch(INDICES), expected)
    assert data.name == f"dsprites-{options['decoration']}-noshape"
    assert data.factor_names == like.factor_names[1:]
    info = describe_dataset(DSprites, {**options, "hidden": ["shape"]})
    assert (info.shape, info.factor_sizes) == ((3, 64, 64), (6, 40, 32, 32))


def _picture(root: str, options: Any) -> Path | None:
    return Path(root) / "scream" / "scream.jpg" if options["decoration"] == "scream" else None


def test_a_missing_picture_names_the_command(root: str, tmp_path: Path) -> None:
    Sprites(str(tmp_path), **SMALL)
    with pytest.raises(DisentError, match=r"scream\.jpg is not there: run `fig download-dataset scream`"):
        Sprites(str(tmp_path), **SMALL, decoration="scream")
    with pytest.raises(DisentError, match=r"mine\.png is not there: name another file"):
        Sprites(root, **SMALL, decoration="scream", picture=tmp_path / "mine.png")


def test_a_picture_of_ones_own_may_stand_behind(root: str, tmp_path: Path) -> None:
    Image.new("L", (100, 80), 51).save(tmp_path / "mine.png")
    data = Sprites(root, **SMALL, decoration="scream", picture=tmp_path / "mine.png")
    corner = data.batch(INDICES)[:, :, 0, 0].numpy()
    assert np.allclose(corner, (0.2 + uniform(0, INDICES, 0, 3, stream=1).numpy()) / 2, atol=1e-6)
    assert data.fingerprint != Sprites(root, **SMALL, decoration="scream").fingerprint


def test_a_picture_needs_its_decoration(root: str, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="only the decoration scream"):
        Sprites(root, **SMALL, decoration="noisy", picture=tmp_path / "mine.png")


def test_a_picture_keeps_its_proportions(tmp_path: Path) -> None:
    Image.new("RGB", (700, 548)).save(tmp_path / "wide.png")
    Image.new("RGB", (600, 754)).save(tmp_path / "tall.png")
    assert read_picture(tmp_path / "wide.png", 64, "").shape == (274, 350, 3)
    assert read_picture(tmp_path / "tall.png", 64, "").shape == (274, 218, 3)


def test_pictures_that_will_not_do_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (1000, 150)).save(tmp_path / "flat.png")
    with pytest.raises(DisentError, match=r"is 350×53 pixels .* too small for random crops of 64×64"):
        read_picture(tmp_path / "flat.png", 64, "")
    (tmp_path / "torn.png").write_bytes((tmp_path / "flat.png").read_bytes()[:100])
    with pytest.raises(DisentError, match=r"torn\.png is not a whole picture .*: fetch it"):
        read_picture(tmp_path / "torn.png", 64, "fetch it")


def test_the_picture_is_fetched_and_kept_as_it_is(root: str, tmp_path: Path) -> None:
    content = (Path(root) / "scream" / "scream.jpg").read_bytes()
    with Host({"scream.jpg": content}) as host:
        prepare_dataset(find_source("scream", mirror=host.url("")), tmp_path, Recorder().options)
    assert (tmp_path / "scream" / "scream.jpg").read_bytes() == content
    data = Sprites(str(tmp_path), **SMALL, decoration="scream")
    assert data.fingerprint == Sprites(root, **SMALL, decoration="scream").fingerprint


def test_a_web_page_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "scream.jpg").write_bytes(b"<!DOCTYPE html><html>")
    source = scream()
    with pytest.raises(WrongFile, match=r"not a whole picture .it is a web page"):
        source.reader.check(tmp_path / "scream.jpg", source, source.files[0])
