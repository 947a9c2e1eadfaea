"""Every config in d/ names a network that fits: ten steps on its rendered or published files, in small."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from disentcli import load_run
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source

from ..configs import LIBRARY, trained
from .download.download_samples import (
    SMALL,
    Recorder,
    idx_files,
    mpi3d_file,
    random_images,
    shapes3d_file,
    small_mnist,
    small_source,
)
from .download.factor_samples import (
    cars,
    cars3d_archive,
    dsprites_npz,
    norb_files,
    norb_images,
    small,
    sprite_classes,
    sprites,
)
from .download.hwf_samples import hwf_files, small_hwf
from .download.picture_samples import pictures_of, small_celeba, small_pictures, write_celeba, zipped

FEW_SPRITES = {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 3}
FEW_ROOMS = {f"dataset.{name}": 2 for name in ("floor-hues", "wall-hues", "object-hues", "scales", "shapes")}
FEW_VECTORS = {"dataset.count": 200, "dataset.test-count": 40}
MADE: dict[str, dict[str, Any]] = {
    "circles": {"dataset.positions": 8},
    "simple": {"dataset.positions": 6},
    "twoshapes": {"dataset.positions": 2, "dataset.hues": 2},
    "xysquares": {"dataset.places": 2},
    "cppn": {"dataset.count": 60, "dataset.test-count": 10},
    "helix": FEW_VECTORS,
    "scm": FEW_VECTORS,
    "vec": FEW_VECTORS,
    "syn/vec": FEW_VECTORS,
    "syn/cppn": {"dataset.count": 60, "dataset.test-count": 10},
    "symbols": {"dataset.per-class": 8, "dataset.test": 2},
    "room": {**FEW_ROOMS, "dataset.orientations": 3},
    "room-small": FEW_ROOMS,
    "room-pairs": {**FEW_ROOMS, "dataset.orientations": 3},
    "room-pairs-small": FEW_ROOMS,
    "songs": {"dataset.count": 6, "dataset.song-bars": 6},
    "sprites32": {},
    "sprites": FEW_SPRITES,
    "sprites/colour": FEW_SPRITES,
    "sprites/noisy": FEW_SPRITES,
    "sprites/noshape": FEW_SPRITES,
}
PICTURED = ("sprites/scream", "dsprites/scream")  # before a picture
PUBLISHED = (
    *(
        "3ds",
        "3ds-pairs",
        "mpi",
        "dsprites",
        "dsprites/colour",
        "dsprites/noisy",
        "dsprites/noshape",
        "cars3d",
    ),
    *("smallnorb", "fashion", "hwf", "isaac3d", "falcor3d", "celeba", "celeba128"),
)
OWN = ("array", "array/vec", "folder", "pianoroll", "lakh")
DIGITS = ("mnist", "cmnist", "cmnist28")


def method_for(name: str) -> str:
    """One that learns from such items."""
    return "m/adagvae" if "pairs" in name or "cmnist" in name else "m/vae"


def test_no_config_is_left_out() -> None:
    known = {name.removeprefix("d/") for name in LIBRARY.paths if name.startswith("d/")}
    assert known == {*MADE, *PICTURED, *PUBLISHED, *OWN, *DIGITS}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_here_trains(name: str, tmp_path: Path) -> None:
    method, data = method_for(name), tmp_path / "data"
    run = trained(method, f"d/{name}", data=data, runs=tmp_path / "runs", **MADE[name])
    again = load_run(run.path, dataroot=tmp_path / "data")
    assert again.encode(again.splits.val[:3]).shape == (len(again.splits.val[:3]), again.model.latent_dim)


@pytest.mark.parametrize("name", DIGITS)
def test_digits_train(name: str, tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent / "mnist", tmp_path / "data/mnist")
    trained(method_for(name), f"d/{name}", data=tmp_path / "data", runs=tmp_path / "runs")


def files_of(name: str) -> tuple[Source, dict[str, bytes]]:
    """A source of a small grid or few images, and its files in the published format."""
    if name in ("3ds", "mpi"):
        folder = "mpi_toy" if name == "mpi" else name
        source = small_source(folder, None, [], SMALL[folder])
        images = random_images(source)
        return source, {
            source.files[0].name: mpi3d_file(images) if name == "mpi" else shapes3d_file(images, source)
        }
    if name in ("isaac3d", "falcor3d"):
        source = small_pictures(name)
        return source, {source.files[0].name: zipped(pictures_of(name))}
    if name == "hwf":
        return small_hwf(), {"HWF.zip": zipped(hwf_files())}
    if name == "fashion":
        files = idx_files()
        return small_mnist(files, "http://127.0.0.1/", "fashion"), files
    source = small(name)
    if name == "smallnorb":
        return source, norb_files(source, norb_images(source))
    if name == "cars3d":
        data = cars(source)
        return source, {source.files[0].name: cars3d_archive(data, sorted(data))}
    return source, {source.files[0].name: dsprites_npz(sprites(source), sprite_classes(source))}


def fetched(name: str, folder: Path) -> Path:
    """The dataroot into which files of the published format were formatted."""
    given = folder / "given"
    given.mkdir()
    if name.startswith("celeba"):
        write_celeba(given, 60)
        source = small_celeba(60, "128" if name == "celeba128" else "64")
    else:
        source, files = files_of(name.partition("/")[0])
        for file, content in files.items():
            (given / file).write_bytes(content)
    prepare_dataset(source, folder / "data", Recorder().options, local_path=given)
    return folder / "data"


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_published_trains(name: str, tmp_path: Path) -> None:
    data = fetched(name.removesuffix("-pairs"), tmp_path)
    trained(method_for(name), f"d/{name}", data=data, runs=tmp_path / "runs")


@pytest.mark.parametrize("name", PICTURED)
def test_sprites_before_a_picture_train(name: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (274, 350, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "scream.png")
    made = name.startswith("sprites")
    data = tmp_path / "data" if made else fetched(name, tmp_path)
    few = FEW_SPRITES if made else {}
    picture = {"dataset.picture": str(tmp_path / "scream.png")}
    trained("m/vae", f"d/{name}", data=data, runs=tmp_path / "runs", **few, **picture)


def own_images(folder: Path) -> Path:
    path = folder / "images.npz"
    np.savez(path, images=np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8))
    return path


def own_vectors(folder: Path) -> Path:
    path = folder / "vectors.npz"
    np.savez(path, images=np.random.default_rng(0).normal(size=(40, 20)).astype(np.float32))
    return path


def own_folder(folder: Path) -> Path:
    pictures = folder / "pictures"
    pictures.mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)):
        Image.fromarray(pixels).save(pictures / f"{k}.png")
    return pictures


@pytest.mark.parametrize(
    ("name", "write"), [("array", own_images), ("array/vec", own_vectors), ("folder", own_folder)]
)
def test_data_of_ones_own_train(name: str, write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path)
    trained("m/vae", f"d/{name}", data=tmp_path, runs=tmp_path / "runs", **{"dataset.path": str(path)})
