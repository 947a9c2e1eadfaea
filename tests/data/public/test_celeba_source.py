"""CelebA: crops as Pillow cuts them, a row of each table for every face, and every contradiction named."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.data.download.source import Source
from disentcli.data.download.verify import WrongFile
from disentcli.data.public.celeba_source import LABELS

from ..download.download_samples import SOURCES
from ..download.picture_samples import (
    celeba_tables,
    celeba_values,
    encoded,
    face,
    faces,
    small_celeba,
    unpacked,
    write_celeba,
    zipped,
)


def paths_in(folder: Path, source: Source) -> list[Path]:
    return [folder / file.name for file in source.files]


def check(folder: Path, source: Source) -> None:
    for path, file in zip(paths_in(folder, source), source.files, strict=True):
        source.reader.check(path, source, file)


def images(folder: Path, source: Source, start: int = 0) -> np.ndarray:
    return np.concatenate(list(source.reader.blocks(paths_in(folder, source), source, start)))


def examined_images(folder: Path, source: Source) -> np.ndarray:
    check(folder, source)
    return images(folder, source)


def labels(folder: Path, source: Source) -> np.ndarray:
    return source.reader.labels(paths_in(folder, source), source)


def test_a_face_is_rows_45_to_172_and_columns_25_to_152_of_its_jpeg(tmp_path: Path) -> None:
    folder, source = write_celeba(tmp_path), small_celeba(cat="128")
    check(folder, source)
    for k, image in enumerate(images(folder, source), 1):
        whole = np.asarray(Image.open(io.BytesIO(face(k))))
        np.testing.assert_array_equal(image, whole[45:173, 25:153])


def test_half_as_large_it_is_pillows_bicubic_of_that_crop(tmp_path: Path) -> None:
    folder, source = write_celeba(tmp_path), small_celeba()
    for k, image in enumerate(images(folder, source), 1):
        crop = Image.open(io.BytesIO(face(k))).crop((25, 45, 153, 173))
        np.testing.assert_array_equal(image, np.asarray(crop.resize((64, 64), Image.Resampling.BICUBIC)))


def test_the_order_is_that_of_the_names_whatever_that_of_the_zip(tmp_path: Path) -> None:
    source = small_celeba()
    first = images(write_celeba(tmp_path / "a"), source)
    backwards = zipped(dict(reversed(faces(6).items())))
    second = images(write_celeba(tmp_path / "b", img_align_celeba=backwards), source, start=2)
    np.testing.assert_array_equal(second, first[2:])


def test_an_unpacked_folder_of_images_does_as_well(tmp_path: Path) -> None:
    source, folder = small_celeba(), write_celeba(tmp_path)
    loose = unpacked(faces(6), tmp_path / "loose") / "img_align_celeba"
    source.reader.check(loose, source, source.files[0])
    blocks = source.reader.blocks([loose, *paths_in(folder, source)[1:]], source, 0)
    np.testing.assert_array_equal(np.concatenate(list(blocks)), images(folder, source))


def test_labels_are_the_rows_of_the_three_tables(tmp_path: Path) -> None:
    attributes, landmarks, partition = celeba_values(6)
    expected = np.concatenate([attributes == 1, landmarks, partition], axis=1)
    np.testing.assert_array_equal(labels(write_celeba(tmp_path), small_celeba()), expected)
    assert LABELS[20:22] == ("Male", "Mouth_Slightly_Open")
    assert len(LABELS) == expected.shape[1]


def test_rows_are_found_by_name_not_by_place(tmp_path: Path) -> None:
    lines = celeba_tables(6)["list_eval_partition.txt"].splitlines()
    folder = write_celeba(tmp_path, list_eval_partition="\n".join(reversed(lines)))
    np.testing.assert_array_equal(labels(folder, small_celeba())[:, -1], [0, 0, 1, 1, 2, 2])


ATTRIBUTES = celeba_tables(6)["list_attr_celeba.txt"]
PARTITION = celeba_tables(6)["list_eval_partition.txt"]


def replaced(text: str, line: int, change: Callable[[str], str]) -> str:
    """The text with line `line` (from 1) changed."""
    lines = text.splitlines()
    lines[line - 1] = change(lines[line - 1])
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("table", "text", "reason"),
    [
        (
            "list_attr_celeba",
            replaced(ATTRIBUTES, 5, lambda line: line[:-3]),
            r"line 5 is not the name of an",
        ),
        (
            "list_attr_celeba",
            replaced(ATTRIBUTES, 5, lambda line: line[:-2] + " 0"),
            r"line 5 has 0, the numbers are -1, 1",
        ),
        (
            "list_attr_celeba",
            replaced(ATTRIBUTES, 5, lambda line: line[:-2] + "no"),
            "where whole numbers were expected",
        ),
        (
            "list_attr_celeba",
            replaced(ATTRIBUTES, 2, lambda line: line[3:]),
            r"its columns are _Clock_Shadow, Ar",
        ),
        (
            "list_attr_celeba",
            ATTRIBUTES[:-300],
            r"its first line speaks of 6 images, 4 lines follow",
        ),
        ("list_attr_celeba", PARTITION, "its columns are 000002.jpg, 0…, not 5_o_Clock_Shadow"),
        ("list_attr_celeba", "", "its columns are not named"),
        (
            "list_eval_partition",
            replaced(PARTITION, 3, lambda line: line[:-1] + "3"),
            "line 3 has 3, the numbers",
        ),
        ("list_eval_partition", PARTITION + "000001.jpg 0", "lines 1 and 7 are both of 000001.jpg"),
        ("list_eval_partition", PARTITION + "000007.jpg 0", "it has 7 rows, CelebA 64×64 has 6"),
        ("list_eval_partition", ATTRIBUTES, "line 1 is not the name of an image and 1 numbers: '6'"),
        ("list_eval_partition", "<!DOCTYPE html><html>\u00e4", "it is no table of text .it is a web page"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path: Path, table: str, text: str, reason: str) -> None:
    with pytest.raises(WrongFile, match=reason):
        check(write_celeba(tmp_path, **{table: text}), small_celeba())


@pytest.mark.parametrize("table", ["list_attr_celeba", "list_landmarks_align_celeba", "list_eval_partition"])
def test_a_table_of_other_images_is_named(tmp_path: Path, table: str) -> None:
    text = celeba_tables(6)[f"{table}.txt"].replace("000004.jpg", "000009.jpg")
    folder = write_celeba(tmp_path, **{table: text})
    with pytest.raises(WrongFile, match=rf"{table}\.txt has no row for 000004\.jpg") as raised:
        labels(folder, small_celeba())
    assert raised.value.path == folder / f"{table}.txt"


def test_a_row_without_an_image_is_named(tmp_path: Path) -> None:
    text = celeba_tables(7)["list_eval_partition.txt"]
    with pytest.raises(
        WrongFile, match=r"list_eval_partition.txt has a row for 000007.jpg, which is no image"
    ):
        labels(write_celeba(tmp_path, list_eval_partition=text), small_celeba())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"000004.jpg": None}, r"it has 5 images, CelebA 64×64 has 6"),
        ({"000004.jpg": face(4)[:-100]}, r"000004\.jpg in it is no whole JPEG image .*truncated"),
        (
            {"000004.jpg": encoded(np.zeros((178, 218, 3), np.uint8), "JPEG")},
            "218×178 pixels large, not 178×218",
        ),
        ({"000004.jpg": encoded(np.zeros((218, 178, 3), np.uint8), "PNG")}, "no whole JPEG image"),
    ],
)
def test_a_wrong_image_is_named(tmp_path: Path, changes: dict[str, bytes | None], reason: str) -> None:
    files = faces(6) | {f"img_align_celeba/{name}": data for name, data in changes.items()}
    content = zipped({name: data for name, data in files.items() if data is not None})
    folder, source = write_celeba(tmp_path, img_align_celeba=content), small_celeba()
    with pytest.raises(WrongFile, match=reason):
        examined_images(folder, source)


def test_the_published_files_are_known_by_their_checksums() -> None:
    """MD5s of torchvision.datasets.CelebA."""
    assert {file.name: file.md5 for file in SOURCES["celeba_128"].files} == {
        "img_align_celeba.zip": "00d2c5bc6d35e252742224ab0c1e8fcb",
        "list_attr_celeba.txt": "75e246fa4810816ffd6ee81facbd244c",
        "list_landmarks_align_celeba.txt": "cc24ecafdb5b50baae59b03474781f8c",
        "list_eval_partition.txt": "d32c9cbf5e040fd4025c592c306e6668",
    }
