"""Cars3D: the official list orders the cars, the axes become elevation, azimuth, car; images are halved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.verify import WrongFile
from disentcli.data.public import cars3d_source
from disentcli.data.public.cars3d import Cars3D
from disentcli.data.public.published_grids import CARS3D
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder, stored_images
from ..download.factor_samples import cars, cars3d_archive, small

SOURCE = small("cars3d")
FILE = SOURCE.files[0]
CARS = cars(SOURCE)
ORDER = sorted(CARS, reverse=True)  # neither the archive's nor the alphabet's


def halved(name: str, azimuth: int, elevation: int) -> np.ndarray:
    picture = Image.fromarray(np.ascontiguousarray(CARS[name][:, :, :, azimuth, elevation]))
    return np.asarray(picture.resize((64, 64), Image.Resampling.LANCZOS))


def written(folder: Path, data: bytes) -> Path:
    (folder / "a.tar.gz").write_bytes(data)
    return folder / "a.tar.gz"


def test_the_grid_is_the_published_one() -> None:
    assert (CARS3D.sizes, CARS3D.size) == ((4, 24, 183), 17_568)


@pytest.mark.parametrize("modern", [False, True])
def test_every_image_is_in_its_place_of_the_grid(modern: bool, tmp_path: Path) -> None:
    data = cars3d_archive(CARS, ORDER, modern=modern)
    with Host({FILE.name: data}) as host:
        host.faults.append(f"truncate {len(data) // 2}")
        source = small("cars3d", {FILE.name: data}, host.url(""))
        folder = prepare_dataset(source, tmp_path, Recorder().options)
        assert host.sent == len(data)
    images = stored_images(folder)
    opened = Cars3D(str(tmp_path))
    assert (len(opened), opened.shape) == (24, (3, 64, 64))
    for place, (elevation, azimuth, car) in enumerate(opened.factors()):
        np.testing.assert_array_equal(images[place], halved(ORDER[car], azimuth, elevation))
    expected = images[[3, 20]].transpose(0, 3, 1, 2) / np.float32(255)
    np.testing.assert_allclose(opened.batch(torch.tensor([3, 20])).numpy(), expected, rtol=1e-6)


def test_a_car_beside_the_list_is_passed_over(tmp_path: Path) -> None:
    more = CARS | {"car_999_mesh": CARS[ORDER[0]]}
    path = written(tmp_path, cars3d_archive(more, ORDER))
    cars3d_source.check(path, SOURCE, FILE)
    assert sum(map(len, cars3d_source.blocks([path], SOURCE))) == 24


@pytest.mark.parametrize("start", [0, 1, 4, 11, 23, 24])
def test_the_blocks_begin_where_they_are_asked_to(start: int, tmp_path: Path) -> None:
    path = written(tmp_path, cars3d_archive(CARS, ORDER))
    whole = np.concatenate(list(cars3d_source.blocks([path], SOURCE)))
    rest = [np.empty((0, 64, 64, 3), np.uint8), *cars3d_source.blocks([path], SOURCE, start)]
    np.testing.assert_array_equal(np.concatenate(rest), whole[start:])


def test_flat_surfaces_keep_their_colour_and_edges_stay_within_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, cars3d_archive(CARS, ORDER))
    first = next(cars3d_source.blocks([path], SOURCE))[0]
    flat = first.reshape(8, 8, 8, 8, 3)[:, 3:5, :, 3:5]  # the middle of each square of one colour
    original = CARS[ORDER[0]][::16, ::16, :, 0, 0]
    np.testing.assert_array_equal(flat, np.broadcast_to(original[:, None, :, None], flat.shape))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: cars3d_archive(CARS, ORDER[1:]), r"list.txt names 3 cars, not 4"),
        (lambda: cars3d_archive(CARS, [*ORDER[1:], ORDER[1]]), r"list.txt names 3 cars, not 4"),
        (lambda: cars3d_archive(CARS, ORDER)[:-2000], r"not a whole tar.gz file"),
        (lambda: b"", "it is empty"),
        (lambda: b"<!DOCTYPE html>", "it is a web page"),
        (lambda: b"\x1f\x8b\x08\x00 but nothing else", "not a whole tar.gz file"),
    ],
)
def test_another_archive_is_refused(data: object, reason: str, tmp_path: Path) -> None:
    assert callable(data)
    with pytest.raises(WrongFile, match=reason):
        cars3d_source.check(written(tmp_path, data()), SOURCE, FILE)


def test_an_archive_without_the_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match=r"it has no cars/list.txt"):
        cars3d_source.check(written(tmp_path, cars3d_archive(CARS, ORDER, folder="chairs")), SOURCE, FILE)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({name: CARS[name] for name in ORDER[:3]}, rf"no cars/{ORDER[3]}.mat, which list.txt names"),
        (CARS | {ORDER[1]: CARS[ORDER[1]].astype(float)}, rf"'im' in its cars/{ORDER[1]}.mat is float64"),
        (CARS | {ORDER[2]: CARS[ORDER[2]][:64]}, r"is uint8 \(64, 128, 3, 3, 2\), not uint8 \(128, 128, 3"),
    ],
)
def test_cars_that_are_missing_or_of_another_kind_are_named(
    arrays: dict[str, np.ndarray], reason: str, tmp_path: Path
) -> None:
    path = written(tmp_path, cars3d_archive(arrays, ORDER))
    with pytest.raises(DisentError, match=rf"is damaged: .*{reason}"):
        prepare_dataset(SOURCE, tmp_path / "data", Recorder().options, local_path=path)
    assert not (tmp_path / "data" / "cars3d").exists()
