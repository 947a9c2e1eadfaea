"""Statistics of real images: computed once, and never those of other images, weights or features."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.dataset import Dataset
from disentcli.errors import Unsupported
from disentcli.evaluation.fid_statistics import FOLDER, StatisticsStore

IMAGES = np.random.default_rng(0).integers(0, 256, size=(40, 6, 6, 1), dtype=np.uint8)
PART = np.arange(5, 35)


class Halves(torch.nn.Module):
    """The means of the upper and of the lower half of an image; counts the images that it has seen."""

    dimension = 2

    def __init__(self, weights: str = "a") -> None:
        super().__init__()
        self.identity = {"features": "halves", "weights": weights, "dimension": self.dimension}
        self.seen = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen += len(images)
        return torch.stack([images[:, :, :3].mean((1, 2, 3)), images[:, :, 3:].mean((1, 2, 3))], dim=1)


def data(images: np.ndarray = IMAGES, fingerprint: str = "f1") -> Dataset:
    return Dataset("toy", images, (1, 6, 6), fingerprint=fingerprint)


def files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).iterdir())


def test_they_are_numpys_and_are_computed_once(tmp_path: Path) -> None:
    store, network = StatisticsStore(tmp_path), Halves()
    first = store.of(data(), PART, "val", network, 7)
    features = (IMAGES[PART, :, :, 0] / 255).reshape(len(PART), 2, 18).mean(2)
    assert first.count == len(PART)
    np.testing.assert_allclose(first.mean, features.mean(0), rtol=1e-6)
    np.testing.assert_allclose(first.covariance, np.cov(features.T), rtol=1e-5)
    again = store.of(data(), PART[::-1], "val", network, 3)
    assert network.seen == len(PART)
    np.testing.assert_array_equal(again.mean, first.mean)
    np.testing.assert_array_equal(again.covariance, first.covariance)
    (path,) = files(tmp_path)
    assert path.name.startswith("toy-val-2-")


@pytest.mark.parametrize("what", ["images", "fingerprint", "part", "weights"])
def test_others_are_not_used(what: str, tmp_path: Path) -> None:
    """Nor those of data of one fingerprint whose images are shown otherwise."""
    store, network = StatisticsStore(tmp_path, quiet=True), Halves()
    store.of(data(), PART, "val", network, 50)
    other = Halves("b") if what == "weights" else network
    store.of(
        data(255 - IMAGES if what == "images" else IMAGES, "f2" if what == "fingerprint" else "f1"),
        PART[1:] if what == "part" else PART,
        "val",
        other,
        50,
    )
    assert len(files(tmp_path)) == 2
    assert network.seen + (other.seen if other is not network else 0) == 2 * len(PART) - (what == "part")


def _cut(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _change(path: Path, _: Path) -> None:
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **{**arrays, "mean": arrays["mean"] + 1})


def _empty(path: Path, _: Path) -> None:
    path.write_bytes(b"")


def _replace(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("damage", [_cut, _change, _empty, _replace])
def test_a_damaged_file_is_computed_again(damage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, network = StatisticsStore(tmp_path), Halves()
    first = store.of(data(), PART, "val", network, 50)
    (path,) = files(tmp_path)
    store.of(data(), PART[:9], "val", network, 50)
    (other,) = {*files(tmp_path)} - {path}
    damage(path, other)
    capsys.readouterr()
    again = store.of(data(), PART, "val", network, 50)
    assert f"{path} is damaged" in capsys.readouterr().err
    np.testing.assert_array_equal(again.mean, first.mean)
    with np.load(path) as stored:
        assert json.loads(str(stored["key"]))["images"] == len(PART)
    store.of(data(), PART, "val", network, 50)
    assert capsys.readouterr().err == ""


def test_two_calls_at_once_compute_them_once(tmp_path: Path) -> None:
    network, found = Halves(), []
    both = threading.Barrier(2)

    def call() -> None:
        store, images = StatisticsStore(tmp_path, quiet=True), data()
        both.wait()
        found.append(store.of(images, PART, "val", network, 1))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert network.seen == len(PART)
    np.testing.assert_array_equal(found[0].covariance, found[1].covariance)
    assert [path.suffix for path in files(tmp_path)] == [".npz"]


def test_a_folder_that_cannot_be_written_keeps_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FOLDER).write_text("a file")
    found = StatisticsStore(tmp_path).of(data(), PART, "val", Halves(), 50)
    assert found.count == len(PART)
    assert "may not be written: the statistics are not kept" in capsys.readouterr().err


def test_data_without_a_fingerprint_keep_nothing(tmp_path: Path) -> None:
    StatisticsStore(tmp_path, quiet=True).of(data(fingerprint=""), PART, "val", Halves(), 50)
    assert not (tmp_path / FOLDER).exists()


def test_vectors_and_single_images_have_none(tmp_path: Path) -> None:
    store = StatisticsStore(tmp_path, quiet=True)
    vectors = Dataset("vec", np.zeros((9, 4), dtype=np.float32), (4,), fingerprint="v")
    with pytest.raises(Unsupported, match="reads images"):
        store.of(vectors, np.arange(9), "val", Halves(), 50)
    with pytest.raises(Unsupported, match="at least 2 images"):
        store.of(data(), PART[:1], "val", Halves(), 50)
    assert not [path for path in files(tmp_path) if path.suffix == ".npz"]
