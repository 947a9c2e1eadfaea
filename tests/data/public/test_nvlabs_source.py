"""Isaac3D and Falcor3D: images at the place that their labels say, as Pillow decodes and resizes them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.data.download.source import Source
from disentcli.data.download.verify import WrongFile
from disentcli.data.factors import FactorSpace
from disentcli.data.formats import image_decoding
from disentcli.data.public.nvlabs_source import order

from ..download.download_samples import SOURCES
from ..download.picture_samples import (
    LABELS,
    SMALL,
    TOP,
    grid_labels,
    npy,
    pictures_of,
    png,
    small_pictures,
    unpacked,
    zipped,
)

NAMES = ["isaac3d", "falcor3d"]
FILES = {name: pictures_of(name) for name in NAMES}


def read(source: Source, path: Path, start: int = 0) -> np.ndarray:
    source.reader.check(path, source, source.files[0])
    return np.concatenate(
        [np.empty((0, *source.image), np.uint8), *source.reader.blocks([path], source, start)]
    )


def by_pillow(data: bytes, side: int) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    return np.asarray(image if side == 128 else image.resize((side, side), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cat", ["64", "128"])
def test_image_k_is_file_k_decoded_and_resized(tmp_path: Path, name: str, cat: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(FILES[name]))
    source = small_pictures(name, cat)
    expected = [by_pillow(FILES[name][f"{TOP[name]}images/{k:06}.png"], int(cat)) for k in range(source.size)]
    np.testing.assert_array_equal(read(source, path), expected)


@pytest.mark.parametrize("start", [1, 5, 23, 24])
def test_an_interrupted_call_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    monkeypatch.setattr(image_decoding, "BATCH", 5)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(FILES["falcor3d"]))
    source = small_pictures("falcor3d")
    np.testing.assert_array_equal(read(source, path, start), read(source, path)[start:])


@pytest.mark.parametrize("within", ["", "Isaac3D_down128", "deeper/Isaac3D_down128"])
def test_an_unpacked_folder_does_as_well(tmp_path: Path, within: str) -> None:
    files = {within + name.removeprefix("Isaac3D_down128"): data for name, data in FILES["isaac3d"].items()}
    folder = unpacked({name.lstrip("/"): data for name, data in files.items()}, tmp_path / "unpacked")
    (tmp_path / "a.zip").write_bytes(zipped(FILES["isaac3d"]))
    source = small_pictures("isaac3d")
    np.testing.assert_array_equal(read(source, folder), read(source, tmp_path / "a.zip"))


def test_halving_is_the_antialiased_bicubic_interpolation_of_others(tmp_path: Path) -> None:
    """QLAE interpolates floats and clips; torch's function is the reference, Pillow rounds on the way."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(FILES["falcor3d"]))
    large, small = (read(small_pictures("falcor3d", cat), path) for cat in ("128", "64"))
    floats = torch.from_numpy(large).permute(0, 3, 1, 2).float()
    halved = torch.nn.functional.interpolate(floats, size=(64, 64), mode="bicubic", antialias=True)
    expected = halved.clamp(0, 255).permute(0, 2, 3, 1).numpy()
    assert np.abs(expected - small).max() < 2
    assert np.abs(expected - small).mean() < 0.25


@pytest.mark.parametrize("name", NAMES)
def test_labels_in_another_order_put_the_images_in_the_order_of_the_grid(tmp_path: Path, name: str) -> None:
    labels = grid_labels(SMALL[name])
    shuffled = np.random.default_rng(1).permutation(len(labels))
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(pictures_of(name, labels[shuffled])))
    images = read(small_pictures(name), path)
    for row, place in enumerate(shuffled):
        data = FILES[name][f"{TOP[name]}images/{row:06}.png"]
        np.testing.assert_array_equal(images[place], by_pillow(data, 64))


def test_the_published_order_of_isaac3d_is_that_of_its_strides() -> None:
    """245760, 30720, 6144, 1536, 384, 96, 16, 4, 1: printed in NVlabs' README beside other names."""
    space = SOURCES["isaac3d_64"].grid
    steps = np.eye(9, dtype=np.int64)
    assert space.index(steps).tolist() == [245760, 30720, 6144, 1536, 384, 96, 16, 4, 1]
    assert space.size == 737_280


def test_classes_are_ranks_even_where_values_differ_in_their_last_digits() -> None:
    space = FactorSpace(("a", "b"), (2, 4))
    labels = grid_labels([2, 4])
    labels[5:, 1] = np.nextafter(labels[5:, 1], 1)
    np.testing.assert_array_equal(order(labels, space), np.arange(8))


def test_the_whole_of_falcor3d_is_in_the_order_of_its_published_index() -> None:
    """46656, 7776, 1296, 216, 36, 6, 1 (NVlabs' README), values "uniformly sampled in [0, 1]"."""
    space = SOURCES["falcor3d_64"].grid
    strides = np.array([46656, 7776, 1296, 216, 36, 6, 1])
    classes = np.arange(233_280)[:, None] // strides % np.array([5, 6, 6, 6, 6, 6, 6])
    labels = classes / np.array([4, 5, 5, 5, 5, 5, 5])
    np.testing.assert_array_equal(order(labels, space), np.arange(233_280))
    values = [np.array(values)[classes[:, k]] for k, values in enumerate(space.values)]
    np.testing.assert_allclose(np.stack(values, axis=1), labels)


def changed(name: str, **files: bytes | None) -> dict[str, bytes]:
    """The small zip with some files replaced or, where None, left out."""
    kept = dict(FILES[name])
    for file, data in files.items():
        place = next(place for place in kept if place.endswith(file))
        if data is None:
            del kept[place]
        else:
            kept[place] = data
    return kept


SIZES = SMALL["falcor3d"]
GRID = grid_labels(SIZES)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (GRID[:-1], r"its labels are float64 \(23, 7\), not numbers \(24, 7\)"),
        (GRID[:, :-1], r"\(24, 6\), not numbers \(24, 7\)"),
        (GRID.astype(str), r"its labels are <U32"),
        (np.where(GRID == 0, GRID, 1), "2 values of lighting_intensity, not 3"),
        (np.where(np.arange(24)[:, None] == 5, GRID[4], GRID), r"no full grid: no row has \{'lighting_inten"),
        (grid_labels([2, 3, 1, 2, 1, 1, 2]), "2 values of lighting_intensity, not 3"),
        (np.where(np.arange(24)[:, None] == 5, np.nan, GRID), "4 values of lighting_intensity, not 3"),
    ],
)
def test_labels_that_are_not_the_grid_are_refused(tmp_path: Path, labels: np.ndarray, reason: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(changed("falcor3d", **{LABELS["falcor3d"]: npy(labels)})))
    with pytest.raises(WrongFile, match=reason):
        read(small_pictures("falcor3d"), path)


def test_pickled_labels_are_never_loaded(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}, None]), allow_pickle=True)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(changed("isaac3d", **{"labels.npy": buffer.getvalue()})))
    with pytest.raises(WrongFile, match=r"labels.npy in it is not a whole NPY file"):
        read(small_pictures("isaac3d"), path)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"000007.png": None, "000009.png": None}, r"it lacks 2 of 48 images, 000007\.png is the first"),
        ({"labels.npy": None}, r"it has no file labels\.npy"),
        ({"000000.png": png(0, (64, 64))}, r"000000\.png in it is 64×64 pixels large, not 128×128"),
        ({"000030.png": png(0, (512, 512))}, r"000030\.png in it is 512×512 pixels large, not 128×128"),
        ({"000030.png": png(30)[:-400]}, r"000030\.png in it is no whole PNG image"),
        ({"000030.png": b"<html>"}, r"000030\.png in it is no whole PNG image"),
    ],
)
def test_a_wrong_image_is_named(tmp_path: Path, files: dict[str, bytes | None], reason: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(changed("isaac3d", **files)))
    with pytest.raises(WrongFile, match=reason):
        read(small_pictures("isaac3d"), path)


def test_the_zip_of_the_other_dataset_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(FILES["falcor3d"]))
    with pytest.raises(WrongFile, match=r"it has no file labels\.npy"):
        read(small_pictures("isaac3d"), path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(FILES["isaac3d"])[:-3000], r"not a whole zip file \(its end is missing\)"),
        (b"<!DOCTYPE html><html>", "not a whole zip file .it is a web page"),
        (b"", "not a whole zip file .it is empty"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(WrongFile, match=reason):
        read(small_pictures("isaac3d"), path)


def test_a_damaged_byte_is_found_while_reading(tmp_path: Path) -> None:
    data = bytearray(zipped(FILES["isaac3d"]))
    data[data.index(b"000020.png") + 500] ^= 0xFF
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(WrongFile, match=r"000020\.png in it is damaged"):
        read(small_pictures("isaac3d"), path)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(FILES["isaac3d"] | {"copy/000003.png": b""}))
    with pytest.raises(WrongFile, match=r"two files 000003.png: Isaac3D_down128/images/000003.png and copy/"):
        read(small_pictures("isaac3d"), path)


def test_what_a_mac_adds_to_a_zip_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    added = ["__MACOSX/Isaac3D_down128/images/000003.png", ".DS_Store", "Isaac3D_down128/.DS_Store"]
    path.write_bytes(zipped(FILES["isaac3d"] | dict.fromkeys(added, b"")))
    assert len(read(small_pictures("isaac3d"), path)) == 48
