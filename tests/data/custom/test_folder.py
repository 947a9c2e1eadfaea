"""Folders of image files: Pillow's own pixels, read once and kept in a copy that follows the folder."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from disentcli.data.custom import folder as rooms
from disentcli.data.custom.folder import Folder
from disentcli.data.custom.image_files import find_images
from disentcli.data.dataset_info import describe_dataset

from .image_folders import COLOURED, GREY, NUMBERED, fill, images, load


def test_images_come_in_natural_order_with_their_pixels(place: Path) -> None:
    data = load(fill(place, NUMBERED))
    assert (data.name, data.shape, len(data)) == ("mine", (3, 10, 8), 6)
    assert np.array_equal(images(data), COLOURED)
    assert data.resident == "disk"
    assert data.factor_names == ()


@pytest.mark.parametrize("ending", ["png", "PNG", "bmp", "tif", "tiff", "gif", "webp", "jpg", "jpeg"])
def test_every_kind_of_file_is_read(place: Path, ending: str) -> None:
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100}, "jpeg": {"quality": 100}}
    smooth = np.add.outer(np.arange(10, dtype=np.uint8), np.arange(8, dtype=np.uint8)) * 9
    fill(place, [f"a.{ending}"], smooth[None, ..., None].repeat(3, -1), **options.get(ending, {}))
    shown = images(load(place, grey=False))[0].astype(int)
    assert np.abs(shown - smooth[..., None]).max() <= (2 if ending in ("jpg", "jpeg") else 0)


def test_the_first_frame_of_an_animation_is_taken(place: Path) -> None:
    frames = [Image.fromarray(pixels) for pixels in GREY[:3]]
    frames[0].save(place / "a.gif", save_all=True, append_images=frames[1:])
    assert np.array_equal(images(load(place, grey=True))[0, ..., 0], GREY[0])


def test_natural_order_goes_by_folders_and_numbers(place: Path) -> None:
    names = ["a/2.png", "a/10.png", "b2/0.png", "b10/0.png", "c.png", "d-1.png"]
    fill(place, names[::-1])
    (place / ".hidden.png").write_bytes(b"")
    fill(place / ".cache", ["x.png"])
    (place / "notes.txt").write_text("none")
    assert find_images(place) == names


def test_a_link_to_a_folder_is_followed_once(place: Path) -> None:
    fill(place.parent / "elsewhere", ["x.png"])
    fill(place, ["a.png"])
    (place / "linked").symlink_to(place.parent / "elsewhere")
    (place / "linked" / "back").symlink_to(place)
    assert find_images(place) == ["a.png", "linked/x.png"]


def test_grey_files_make_grey_images_and_one_coloured_file_makes_all_coloured(place: Path) -> None:
    fill(place, NUMBERED[:3], GREY[:3])
    assert np.array_equal(images(load(place))[..., 0], GREY[:3])
    fill(place, NUMBERED[3:4], COLOURED)
    data = load(place)
    assert data.shape == (3, 10, 8)
    assert np.array_equal(images(data)[0], GREY[0][..., None].repeat(3, -1))


def test_colour_can_be_asked_for(place: Path) -> None:
    fill(place, NUMBERED)
    expected = [np.asarray(Image.fromarray(pixels).convert("L")) for pixels in COLOURED]
    assert np.array_equal(images(load(place, grey=True))[..., 0], expected)


def test_sixteen_bits_become_eight(place: Path) -> None:
    levels = np.arange(80, dtype=np.uint16).reshape(1, 10, 8) * 829
    data = load(fill(place, ["a.png"], levels))
    assert data.shape == (1, 10, 8)
    assert np.array_equal(images(data)[0, ..., 0], np.rint(levels[0] / 257))


def test_the_transparent_becomes_black(place: Path) -> None:
    pixels = np.concatenate([COLOURED[0], np.full((10, 8, 1), 255, np.uint8)], -1)
    pixels[:5, :, 3] = 0
    shown = images(load(fill(place, ["a.png"], pixels[None])))[0]
    assert (shown[:5] == 0).all()
    assert np.array_equal(shown[5:], COLOURED[0, 5:])


def test_the_orientation_tag_is_obeyed(place: Path) -> None:
    tag = Image.Exif()
    tag[0x0112] = 6  # to be turned clockwise by a quarter
    fill(place, ["a.png"], exif=tag)
    fill(place, ["b.png"], COLOURED[1:].transpose(0, 2, 1, 3))
    data = load(place)
    assert data.shape == (3, 8, 10)
    assert np.array_equal(images(data)[0], np.rot90(COLOURED[0], -1))


def test_sizes_are_resized_with_antialias_as_pillow_does(place: Path) -> None:
    fill(place, ["a.png", "b.png"])
    Image.fromarray(COLOURED[2]).resize((31, 17)).save(place / "c.png")
    data = load(place, size=4)
    expected = [
        np.asarray(Image.open(place / name).resize((4, 4), Image.Resampling.LANCZOS))
        for name in ("a.png", "b.png", "c.png")
    ]
    assert data.shape == (3, 4, 4)
    assert np.array_equal(images(data), expected)


def test_squares_are_cut_from_the_middle(place: Path) -> None:
    fill(place, NUMBERED)
    assert np.array_equal(images(load(place, crop=True)), COLOURED[:, 1:9])
    small = images(load(place, crop=True, size=4))
    expected = Image.fromarray(COLOURED[0, 1:9]).resize((4, 4), Image.Resampling.LANCZOS)
    assert np.array_equal(small[0], np.asarray(expected))


def test_a_second_start_reads_no_image(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(fill(place, NUMBERED))
    monkeypatch.setattr(rooms, "read_image", None)
    monkeypatch.setattr(rooms, "inspect_images", None)
    again = load(place)
    assert np.array_equal(images(again), COLOURED)
    assert again.fingerprint == first.fingerprint


@pytest.mark.parametrize("change", ["content", "new", "gone", "renamed"])
def test_a_change_of_the_folder_is_seen_and_leaves_one_copy(place: Path, change: str) -> None:
    before = load(fill(place, NUMBERED))
    if change == "content":
        Image.fromarray(COLOURED[0]).save(place / "1.png")
        os.utime(place / "1.png", (time.time() + 5,) * 2)
    elif change == "new":
        Image.fromarray(COLOURED[0]).save(place / "200.png")
    elif change == "gone":
        (place / "1.png").unlink()
    else:
        (place / "1.png").rename(place / "300.png")
    after = load(place)
    expected = [np.asarray(Image.open(place / name)) for name in find_images(place)]
    assert np.array_equal(images(after), expected)
    assert after.fingerprint != before.fingerprint
    assert np.array_equal(images(before), COLOURED)  # still mapped by the one that opened it
    assert len(list((place.parent / "data" / "cache").iterdir())) == 1


def test_each_way_of_reading_has_a_copy_of_its_own(place: Path) -> None:
    fill(place, NUMBERED)
    for options in ({}, {"size": 4}, {"crop": True}, {"grey": True}, {}):
        load(place, **options)
    assert len(list((place.parent / "data" / "cache").iterdir())) == 4


def test_a_damaged_copy_is_made_anew(place: Path) -> None:
    load(fill(place, NUMBERED))
    (stored,) = (place.parent / "data" / "cache").glob("*/images.npy")
    stored.write_bytes(stored.read_bytes()[:-1])
    assert np.array_equal(images(load(place)), COLOURED)


def _load_elsewhere(place: Path, results: Any) -> None:
    results.put(images(load(place)).sum())


def test_two_processes_read_the_folder_together(place: Path) -> None:
    fill(place, NUMBERED)
    spawn = multiprocessing.get_context("fork")
    results = spawn.Queue()
    both = [spawn.Process(target=_load_elsewhere, args=(place, results)) for _ in range(2)]
    for one in both:
        one.start()
    sums = [results.get(timeout=30) for _ in both]
    for one in both:
        one.join(30)
    assert sums == [COLOURED.sum()] * 2


def test_the_info_tells_what_the_headers_say(place: Path) -> None:
    fill(place, [f"{name}/{k}.png" for name in ("a", "b") for k in range(3)])
    info = describe_dataset(Folder, {"path": str(place), "size": 4})
    assert (info.shape, info.count) == ((3, 4, 4), 6)
    assert (info.factor_names, info.factor_values) == (("folder",), (("a", "b"),))
    assert info.disk == 6 * 4 * 4 * 3
    load(place, size=4)
    assert (place.parent / "data" / info.folder / "images.npy").exists()
    assert describe_dataset(Folder).shape == ()


def test_any_changed_image_changes_the_fingerprint_not_only_a_sampled_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disentcli.data.custom.fingerprint.SAMPLED", 2)
    before = load(fill(place, NUMBERED))
    fill(place, ["1.png"], 255 - COLOURED)
    after = load(place)
    assert before.fingerprint != after.fingerprint
    assert before.older_fingerprints == after.older_fingerprints


def test_images_that_an_earlier_version_has_read_are_found_again(place: Path) -> None:
    """The name of the cache and the source in it are hashed from the text `Reading(size=…)`."""
    load(fill(place, NUMBERED), size=4, crop=True)
    how = "Reading(size=4, crop=True, grey=None)"
    digits = hashlib.sha256(f"{place.resolve()} {how}".encode()).hexdigest()[:8]
    meta = json.loads((place.parent / f"data/cache/{place.name}-{digits}/meta.json").read_text("utf-8"))
    files = hashlib.sha256(how.encode())
    for name in NUMBERED:
        status = (place / name).stat()
        files.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    assert meta["source"] == f"image files {files.hexdigest()[:32]}"
