"""`fig show-data --verify`: every byte of what is stored is read, and what is damaged is named."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.data import checksums, verification
from disentcli.data.custom.folder import Folder
from disentcli.data.public import mnist as mnist_module
from disentcli.data.public.mnist import MNIST
from disentcli.data.rendered.sprites import Sprites
from disentcli.data.verification import stored_folders, verify_folder
from disentcli.errors import CallError, DisentError
from disentcli.scripts.show_data import show_data

from ..configs import sheets
from .download.download_samples import idx_files, small_mnist

GRID = {"size": 32, "shapes": 2, "scales": 2, "orientations": 2, "positions": 4}
LABELS = "train-labels-idx1-ubyte"
BLOCK = 100


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small sprites, of which four blocks are looked at on each start."""
    monkeypatch.setattr(checksums, "BLOCKS", 4)
    monkeypatch.setattr(checksums, "BLOCK", BLOCK)
    Sprites(str(tmp_path), **GRID)
    return tmp_path


def call(root: Path, *configs: str, **values: Any) -> int:
    sheet = ConfigLayer({"dataroot": str(root), "verify": True, **values}, "command line")
    return show_data(Settings([sheet, *sheets(*configs)], script="show-data", configs=configs))


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def place_mnist(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve digits and twelve to test, unpacked, as if they were all that was published."""
    files = idx_files()
    source = replace(small_mnist(files, "http://localhost/"), count=24)
    monkeypatch.setattr(verification, "find_source", lambda name: source)
    monkeypatch.setattr(mnist_module, "find_source", lambda name: source)
    monkeypatch.setattr(mnist_module, "mnist", lambda: source)
    (root / "mnist").mkdir()
    for name, data in files.items():
        (root / "mnist" / name.removesuffix(".gz")).write_bytes(gzip.decompress(data))
    return root / "mnist"


def test_what_is_whole_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(root) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"whole: {root}/sprites_32_2x2x2x4: 128 images (rendered by disentcli")


def test_one_byte_is_found_named_and_told_how_to_mend(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (images,) = root.rglob("images.npy")
    flip(images, 4 * BLOCK)
    assert len(Sprites(str(root), **GRID)) == 128  # between the blocks that are looked at on each start
    assert call(root) == 1
    error = capsys.readouterr().err
    assert f"damaged: {images}" in error
    assert f"delete the folder {images.parent} and call again" in error


def test_a_dataset_that_is_chosen_is_verified_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Sprites(str(root), **{**GRID, "shapes": 1})
    (root / "sprites_32_2x2x2x4" / "images.npy").write_bytes(b"")
    assert call(root, "d/sprites32", dataset={**GRID, "shapes": 1}) == 0
    assert "sprites_32_1x2x2x4: 64 images" in capsys.readouterr().out
    assert call(root) == 1


@pytest.mark.parametrize(
    ("config", "message"), [("d/vec", "nothing of it is stored"), ("d/3ds", "fig download-dataset 3ds")]
)
def test_what_is_not_stored_cannot_be_verified(root: Path, config: str, message: str) -> None:
    with pytest.raises(CallError, match=message):
        call(root, config)


def test_without_any_data_the_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=f"no datasets are stored in {tmp_path}"):
        call(tmp_path)


def test_files_that_are_kept_are_compared_with_the_published_ones(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place_mnist(root, monkeypatch)
    assert stored_folders(root) == [folder, root / "sprites_32_2x2x2x4"]
    assert verify_folder(folder).startswith("train-images")
    flip(folder / LABELS, 10)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(
        DisentError, match=rf"{LABELS}: its MD5.*t10k-labels.* is missing; run `fig download-"
    ):
        verify_folder(folder)


def test_a_damaged_label_of_unpacked_mnist_is_noticed_at_the_start(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place_mnist(root, monkeypatch)
    MNIST(str(root))
    flip(folder / LABELS, 10)
    with pytest.raises(
        DisentError, match=rf"{LABELS} is damaged: its MD5, .*run `fig download-dataset mnist`"
    ):
        MNIST(str(root))


def test_another_label_is_another_fingerprint_and_the_older_one_is_known(root: Path) -> None:
    (root / "mnist").mkdir()
    for name, data in idx_files().items():
        (root / "mnist" / name.removesuffix(".gz")).write_bytes(gzip.decompress(data))
    before = MNIST(str(root))
    flip(root / "mnist" / LABELS, 10)
    after = MNIST(str(root))
    assert before.fingerprint != after.fingerprint
    assert before.older_fingerprints == after.older_fingerprints


def test_a_damaged_cache_of_image_files_is_read_anew(root: Path) -> None:
    (root / "mine").mkdir()
    for k in range(4):
        Image.new("L", (8, 8), 60 * k).save(root / "mine" / f"{k}.png")
    before = Folder(root / "mine", str(root))
    (images,) = root.rglob("cache/*/images.npy")
    flip(images, 150)
    with pytest.raises(DisentError, match="damaged"):
        verify_folder(images.parent)
    assert Folder(root / "mine", str(root)).fingerprint == before.fingerprint
    assert verify_folder(images.parent).startswith("4 images")
