"""CelebA from the download to batches: factors and parts belong to the face at that place."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.config.coercion import CliText
from disentcli.data.dataset_info import describe_dataset
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.public.celeba import CelebA
from disentcli.data.splits.standard import StandardSplit
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import Recorder
from ..download.picture_samples import (
    celeba_tables,
    celeba_values,
    encoded,
    faces,
    small_celeba,
    write_celeba,
    zipped,
)

COUNT = 9


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataroot with both sizes of nine faces."""
    folder = tmp_path_factory.mktemp("celeba")
    given = write_celeba(folder / "given", COUNT)
    for cat in ("64", "128"):
        prepare_dataset(small_celeba(COUNT, cat), folder, Recorder().options, local_path=given)
    return folder


def test_attributes_are_the_factors_of_each_face(root: Path) -> None:
    made = CelebA(str(root))
    np.testing.assert_array_equal(made.factors(), celeba_values(COUNT)[0] == 1)
    assert made.factors(np.array([3])).dtype == np.int64
    assert (made.factor_sizes, made.factor_space) == ((2,) * 40, None)
    assert made.factor_names[31] == "Smiling"
    assert made.factor_values[31] == ("no", "yes")


def test_the_official_parts_are_kept(root: Path) -> None:
    made = CelebA(str(root))
    np.testing.assert_array_equal(made.val_indices, [3, 4, 5])
    np.testing.assert_array_equal(made.test_indices, [6, 7, 8])


def test_training_goes_by_the_official_partition(root: Path) -> None:
    splits = StandardSplit()(CelebA(str(root)), seed=3)
    assert [sorted(part) for part in (splits.train, splits.val, splits.test)] == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
    ]


@pytest.mark.parametrize("size", [64, 128])
def test_batches_are_the_crops(root: Path, size: int) -> None:
    images = CelebA(str(root), size=size).batch(torch.arange(COUNT))
    for image, data in zip(images, faces(COUNT).values(), strict=True):
        crop = Image.open(io.BytesIO(data)).crop((25, 45, 153, 173))
        crop = crop if size == 128 else crop.resize((64, 64), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal((image * 255).round().permute(1, 2, 0).numpy(), np.asarray(crop))


@pytest.mark.parametrize("size", [64, 128])
def test_a_landmark_is_where_the_image_shows_it(tmp_path: Path, size: int) -> None:
    """A white square of 4 pixels around the left eye: its centre of mass in the image is the landmark."""
    landmarks = celeba_values(1)[1]
    landmarks[0, :2] = 71, 112
    pixels = np.zeros((218, 178, 3), np.uint8)
    pixels[110:115, 69:74] = 255
    zip_file = zipped({"img_align_celeba/000001.jpg": encoded(pixels, "JPEG")})
    text = celeba_tables(1)["list_landmarks_align_celeba.txt"].splitlines()
    text[2] = "000001.jpg " + " ".join(map(str, landmarks[0]))
    given = write_celeba(
        tmp_path / "given", 1, img_align_celeba=zip_file, list_landmarks_align_celeba="\n".join(text)
    )
    prepare_dataset(small_celeba(1, str(size)), tmp_path, Recorder().options, local_path=given)
    made = CelebA(str(tmp_path), size=size, factors="landmarks")
    light = made.batch(torch.arange(1))[0].mean(0).double()
    light = torch.where(light > 0.1, light, 0)
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    centre = [float((light * places).sum() / light.sum()) for places in (columns, rows)]
    np.testing.assert_allclose(made.factors()[0, :2], centre, atol=0.15)
    assert (made.factor_sizes, made.factor_names[0]) == ((0,) * 10, "lefteye_x")


def test_at_full_size_landmarks_are_only_shifted(root: Path) -> None:
    made = CelebA(str(root), size=128, factors="landmarks")
    np.testing.assert_allclose(made.factors(), celeba_values(COUNT)[1] - np.tile([25, 45], 5))


def test_both_stand_side_by_side(root: Path) -> None:
    both, *parts = (CelebA(str(root), factors=factors) for factors in ("both", "attributes", "landmarks"))
    np.testing.assert_array_equal(both.factors(), np.hstack([part.factors() for part in parts]))
    assert both.factor_sizes == (2,) * 40 + (0,) * 10
    assert both.factor_names == parts[0].factor_names + parts[1].factor_names


def test_the_folders_of_the_official_share_are_searched(tmp_path: Path) -> None:
    given = write_celeba(tmp_path / "given", 3)
    for name, folder in {
        "img_align_celeba.zip": "Img",
        "list_attr_celeba.txt": "Anno",
        "list_landmarks_align_celeba.txt": "Anno",
        "list_eval_partition.txt": "Eval",
    }.items():
        (given / folder).mkdir(exist_ok=True)
        (given / name).rename(given / folder / name)
    prepare_dataset(small_celeba(3), tmp_path / "data", Recorder().options, local_path=given)
    assert len(CelebA(str(tmp_path / "data"))) == 3


def test_a_host_that_wants_a_person_is_answered_with_every_step(tmp_path: Path) -> None:
    source = small_celeba(3)
    with Host({file.name: b"" for file in source.files}) as host:
        host.always = "html"
        files = tuple(replace(file, urls=(host.url(file.name),)) for file in source.files)
        with pytest.raises(DisentError) as raised:
            prepare_dataset(replace(source, files=files), tmp_path, Recorder().options)
    first, *steps, last = str(raised.value).splitlines()
    assert first.startswith("img_align_celeba.zip: its host gives it to people only")
    names = [file.name for file in source.files]
    for number, (step, name) in enumerate(zip(steps, names, strict=True), 1):
        assert step.startswith(f"{number}. open https://drive.google.com/file/d/0B7EVK8r0v71p")
        assert f"in a browser and save {name} (" in step
    assert last == "5. fig download-dataset celeba --from FOLDER, with all 4 files in it"


def test_tables_that_contradict_the_images_leave_nothing_behind(tmp_path: Path) -> None:
    text = celeba_tables(3)["list_attr_celeba.txt"].replace("000002.jpg", "000005.jpg")
    given = write_celeba(tmp_path / "given", 3, list_attr_celeba=text)
    with pytest.raises(DisentError, match=r"list_attr_celeba\.txt is damaged: .* has no row for 000002\.jpg"):
        prepare_dataset(small_celeba(3), tmp_path / "data", Recorder().options, local_path=given)
    assert list((tmp_path / "data").glob("*")) == []


def test_factors_of_another_dataset_are_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "celeba_64").symlink_to(root / "celeba_64")
    assert len(CelebA(str(tmp_path))) == COUNT
    (tmp_path / "celeba_64").unlink()
    folder = tmp_path / "celeba_64"
    folder.mkdir()
    for name in ("images.npy", "meta.json"):
        (folder / name).write_bytes((root / "celeba_64" / name).read_bytes())
    np.save(folder / "factors.npy", np.zeros((COUNT, 3), np.int64))
    with pytest.raises(DisentError, match=r"damaged: .*factors\.npy: .* run `fig download-dataset celeba`"):
        CelebA(str(tmp_path))
    meta = json.loads((folder / "meta.json").read_text())
    del meta["sums"]  # as earlier versions wrote it
    (folder / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(
        DisentError, match=r"is not that of CelebA: run `fig download-dataset celeba --force`"
    ):
        CelebA(str(tmp_path))


def test_the_info_tells_it_all_without_files() -> None:
    info = describe_dataset(CelebA, {"size": CliText("128"), "factors": "both"})
    assert (info.count, info.shape, len(info.factor_names)) == (202_599, (3, 128, 128), 50)
    assert (info.folder, info.disk) == ("celeba_128", 202_599 * 128 * 128 * 3)
    assert "non-commercial" in info.licence
    assert describe_dataset(CelebA).factor_sizes == (2,) * 40
