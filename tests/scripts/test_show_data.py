"""`fig show-data` and `fig list datasets NAME`, as typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ..commands.in_process import Call, Place
from ..conftest import Fig

SPLIT = ("split/sprites/sqr2tx", "d/sprites32")


def tiles(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"))


def test_a_portrait_is_drawn_and_the_splits_are_told(forked_fig: Fig, tmp_path: Path) -> None:
    path = tmp_path / "portrait.png"
    shown = forked_fig("show-data", *SPLIT, "--out", path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines() == [
        "sprites: 4,608 items; train 3,456, val 384, held out 768",
        "source: rendered by disentcli, geometry 1",
        str(path),
    ]
    assert 0.05 < (tiles(path) > 128).mean() < 0.95


def test_the_same_call_draws_the_same_picture(here: Call, tmp_path: Path) -> None:
    one, two, other = (tmp_path / f"{name}.png" for name in ("one", "two", "other"))
    for path, seed in ((one, 0), (two, 0), (other, 1)):
        assert here("show-data", "d/sprites32", "--seed", seed, "--out", path).returncode == 0
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()


def test_a_picture_without_a_name_is_called_after_the_configs(here: Call, dataroot: Path) -> None:
    shown = here("show-data", "view/triplets", "d/sprites32", "--quiet")
    assert shown.stdout.strip() == str(dataroot / "pictures/view-triplets_sprites32.png")


def test_vectors_and_continuous_factors_have_a_portrait_too(here: Call, tmp_path: Path) -> None:
    shown = here("show-data", "d/scm", "--dataset.count", 200, "--out", tmp_path / "scm.png")
    assert shown.returncode == 0, shown.stderr
    assert tiles(tmp_path / "scm.png").std() > 10


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (("d/sprites32", "--out", "picture.jpg"), "ends in .png"),
        (("m/vae",), "no dataset is chosen"),
        (("d/sprites32", "--dataset.colour", "red"), "--dataset.colour: nothing"),
    ],
)
def test_wrong_calls_are_short(here: Call, call: tuple[str, ...], complaint: str) -> None:
    shown = here("show-data", *call)
    assert shown.returncode == 2
    assert complaint in shown.stderr
    assert len(shown.stderr.splitlines()) <= 4


def test_a_info_has_factors_values_licence_and_place(here: Call, dataroot: Path) -> None:
    info = here("list", "datasets", "d/3ds").stdout
    assert "480,000 images of 3×64×64" in info
    assert "Apache-2.0" in info
    assert "5.9 GB" in info
    assert "not here yet: fig download-dataset 3ds" in info
    assert "  shape        4  cube, cylinder, sphere, capsule" in info.splitlines()
    assert "  orientation  15  -30, -25.71, …, 30" in info.splitlines()


def test_a_info_knows_options_of_the_config_and_what_is_here(here: Call) -> None:
    assert here("show-data", "d/sprites32", "--quiet").returncode == 0
    info = here("list", "datasets", "sprites32").stdout
    assert "4,608 images of 1×32×32" in info
    assert "(here)" in info
    assert "nothing; made when loaded" in here("list", "datasets", "vec").stdout


def test_every_dataset_has_a_info_with_a_licence_or_says_that_it_is_ones_own() -> None:
    from disentcli.tables.dataset_info_page import dataset_node, describe, find_info

    from ..configs import LIBRARY

    for name in (one for one in LIBRARY.paths if one.startswith("d/")):
        node = dataset_node(LIBRARY, name)
        if node["_type"] in ("array", "folder", "pianoroll"):
            continue
        info = find_info(node, Path("local_data"))
        assert info.licence, name
        assert info.citation, name
        assert info.obtain, name
        assert len(info.factor_names) == len(info.factor_sizes), name
        assert describe(name, info, Path("local_data")).startswith(f"{name}:\n"), name


@pytest.mark.parametrize(("typed", "side"), [("no", 28), ("off", 28), ("yes", 32)])
def test_show_describes_the_network_that_train_would_build(typed: str, side: int, tmp_path: Path) -> None:
    answer = Place(tmp_path, tmp_path).fig("show", "m/vae", "a/dislib-fc", "d/mnist", "--dataset.pad", typed)
    assert answer.code == 0, answer.err
    assert f"input_shape: [1, {side}, {side}]" in answer.out
    assert f"1×{side}×{side}" in answer.out
