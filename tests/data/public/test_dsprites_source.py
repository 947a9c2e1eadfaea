"""dSprites: both published files give the same bits; labels, pixels and types that do not fit are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.verify import WrongFile
from disentcli.data.public import dsprites_source
from disentcli.data.public.dsprites import DSprites
from disentcli.data.public.published_grids import DSPRITES
from disentcli.data.rendered.sprites import SpriteGrid
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder, stored_images
from ..download.factor_samples import dsprites_hdf5, dsprites_npz, small, sprite_classes, sprites

SOURCE = small("dsprites")
FILE = SOURCE.files[0]
IMAGES, CLASSES = sprites(SOURCE), sprite_classes(SOURCE)
WRITERS = {"npz": dsprites_npz, "hdf5": dsprites_hdf5}

Write = Callable[[np.ndarray, np.ndarray], bytes]


@pytest.fixture(params=["npz", "hdf5"])
def write(request: pytest.FixtureRequest) -> Write:
    return WRITERS[request.param]


def test_the_grid_is_that_of_our_own_sprites() -> None:
    ours = SpriteGrid().space
    assert (DSPRITES.names, DSPRITES.sizes, DSPRITES.size) == (ours.names, ours.sizes, 737_280)
    assert DSPRITES.values[0] == ours.values[0]
    for values, own in zip(DSPRITES.values[1:], ours.values[1:], strict=True):
        assert values == pytest.approx(own)


def test_the_values_are_the_published_ones() -> None:
    for values, (low, high) in zip(
        DSPRITES.values[1:], [(0.5, 1), (0, 2 * np.pi), (0, 1), (0, 1)], strict=True
    ):
        assert values == pytest.approx(np.linspace(low, high, len(values)))


def test_a_download_becomes_bits_that_the_dataset_unpacks(write: Write, tmp_path: Path) -> None:
    data = write(IMAGES, CLASSES)
    with Host({FILE.name: data}) as host:
        source = small("dsprites", {FILE.name: data}, host.url(""))
        folder = prepare_dataset(source, tmp_path, Recorder().options)
    np.testing.assert_array_equal(np.unpackbits(stored_images(folder), axis=1), IMAGES.reshape(-1, 4096))
    opened = DSprites(str(tmp_path))
    assert (len(opened), opened.shape, opened.packed) == (288, (1, 64, 64), True)
    np.testing.assert_array_equal(opened.factors(), CLASSES[:, 1:])
    places = torch.tensor([0, 17, 287])
    np.testing.assert_array_equal(opened.batch(places)[:, 0].numpy(), IMAGES[places])


@pytest.mark.parametrize("start", [0, 1, 143, 144, 287, 288])
def test_the_blocks_begin_where_they_are_asked_to(
    write: Write, start: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dsprites_source, "ROWS", 100)
    (tmp_path / "a").write_bytes(write(IMAGES, CLASSES))
    blocks = [np.empty((0, 512), np.uint8), *dsprites_source.blocks([tmp_path / "a"], SOURCE, start)]
    np.testing.assert_array_equal(
        np.concatenate(blocks), np.packbits(IMAGES.reshape(-1, 4096), axis=1)[start:]
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("classes", "label 'y_position' of image 4 is 3, not 0"),
        ("fewer", r"287"),
        ("more columns", r"\(288, 7\)"),
        ("float", "float32"),
    ],
)
def test_other_contents_are_refused(write: Write, change: str, reason: str, tmp_path: Path) -> None:
    images, classes = IMAGES, CLASSES.copy()
    if change == "classes":
        classes[[7, 4]] = classes[[4, 7]]
    elif change == "fewer":
        images, classes = images[:-1], classes[:-1]
    elif change == "more columns":
        classes = np.concatenate([classes, classes[:, :1]], axis=1)
    else:
        images = images.astype(np.float32)
    (tmp_path / "a").write_bytes(write(images, classes))
    with pytest.raises(WrongFile, match=reason):
        dsprites_source.check(tmp_path / "a", SOURCE, FILE)


def test_pixels_besides_0_and_1_are_refused_and_the_image_named(write: Write, tmp_path: Path) -> None:
    images = IMAGES.copy()
    images[200, 5, 5] = 255
    (tmp_path / "a").write_bytes(write(images, CLASSES))
    with pytest.raises(DisentError, match=r"is damaged: image 200 has other pixels than 0 and 1"):
        prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=tmp_path / "a")
    assert not (tmp_path / "data" / "dsprites").exists()


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_truncated_file_is_refused(write: Write, cut: float, tmp_path: Path) -> None:
    data = write(IMAGES, CLASSES)
    (tmp_path / "a").write_bytes(data[: int(cut * len(data))])
    with pytest.raises(WrongFile, match="not a whole"):
        dsprites_source.check(tmp_path / "a", SOURCE, FILE)


def test_the_hdf5_file_is_asked_for_where_the_npz_cannot_be_had(tmp_path: Path) -> None:
    data = dsprites_hdf5(IMAGES, CLASSES)
    with Host({"second.hdf5": data}) as host:
        source = small("dsprites", {FILE.name: data}, host.url("missing-"))
        file = replace(source.files[0], urls=(*source.files[0].urls, host.url("second.hdf5")))
        folder = prepare_dataset(replace(source, files=(file,)), tmp_path, Recorder().options)
    assert stored_images(folder).shape == (288, 512)
