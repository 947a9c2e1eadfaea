"""MNIST is read from its original files, and every damage to them is named."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.public.mnist import MNIST
from disentcli.errors import DisentError

SAMPLE = Path(__file__).parents[1] / "mnist"
IMAGES = "train-images-idx3-ubyte.gz"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "mnist")
    return tmp_path


def test_digits_are_padded_with_zeros_to_32(root: Path) -> None:
    padded, plain = MNIST(str(root)), MNIST(str(root), pad=False)
    images = padded.batch(torch.arange(500))
    assert (padded.shape, plain.shape) == ((1, 32, 32), (1, 28, 28))
    assert torch.equal(images[:, :, 2:30, 2:30], plain.batch(torch.arange(500)))
    assert images.count_nonzero() == images[:, :, 2:30, 2:30].count_nonzero()


def test_the_first_digits_are_the_well_known_ones(root: Path) -> None:
    data = MNIST(str(root))
    assert data.factors(np.arange(10)).ravel().tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.factors(np.arange(400, 410)).ravel().tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert (data.factor_names, data.factor_sizes, data.factor_space) == (("digit",), (10,), None)


def test_pixels_are_those_of_the_file(root: Path) -> None:
    content = gzip.decompress((SAMPLE / IMAGES).read_bytes())
    first = np.frombuffer(content, np.uint8, 784, 16).reshape(28, 28) / 255
    assert np.allclose(MNIST(str(root), pad=False).batch(torch.tensor([0]))[0, 0], first)


def test_the_official_test_set_is_kept_apart(root: Path) -> None:
    tests = MNIST(str(root)).test_indices
    assert tests is not None
    assert tests.tolist() == list(range(400, 500))


def test_files_may_be_unzipped(root: Path) -> None:
    zipped = MNIST(str(root))
    for path in (root / "mnist").glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert MNIST(str(root)).fingerprint == zipped.fingerprint


def test_missing_files_name_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(
        DisentError, match=r"train-images.* is not in .*mnist: run `fig download-dataset mnist`"
    ):
        MNIST(str(tmp_path))


def damaged(content: bytes, how: str) -> bytes:
    if how == "truncated zip":
        return gzip.compress(content)[:-500]
    if how == "truncated":
        return content[:-1]
    if how == "another magic number":
        return b"\x00\x00\x0d" + content[3:]
    return content[:7] + b"\x00" + content[8:]  # 400 images become 256


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("truncated zip", "cannot be read"),
        ("truncated", r"should hold 313,600 bytes \(400, 28, 28\) and holds 313,599"),
        ("another magic number", "begins with 00 00 0d 03, not 00 00 08 03"),
        ("another count", "should hold"),
    ],
)
def test_a_damaged_file_is_named(root: Path, how: str, message: str) -> None:
    path = root / "mnist" / IMAGES
    path.write_bytes(damaged(gzip.decompress(path.read_bytes()), how))
    with pytest.raises(DisentError, match=f"train-images-idx3-ubyte.*{message}"):
        MNIST(str(root))


def test_images_and_labels_must_be_of_one_set(root: Path) -> None:
    shutil.copy(root / "mnist" / "t10k-labels-idx1-ubyte.gz", root / "mnist" / "train-labels-idx1-ubyte.gz")
    with pytest.raises(
        DisentError, match=r"train-images in .* holds \(400, 28, 28\) and train-labels \(100,\)"
    ):
        MNIST(str(root))


@pytest.mark.parametrize("name", [path.name for path in sorted(SAMPLE.glob("*.gz"))])
def test_one_byte_or_half_of_a_packed_file_is_an_error_or_changes_nothing(root: Path, name: str) -> None:
    path, right = root / "mnist" / name, MNIST(str(root)).fingerprint
    data = path.read_bytes()
    middle = len(data) // 2
    places = {*range(24), *range(24, len(data), len(data) // 30), *range(len(data) - 8, len(data))}
    spoilt = [data[:place] + bytes([data[place] ^ 0x04]) + data[place + 1 :] for place in sorted(places)]
    spoilt += [
        b"",
        data[:middle],
        data[middle:],
        data[:middle] + bytes(middle),
        bytes(middle) + data[middle:],
    ]
    noticed = 0
    for content in spoilt:
        path.write_bytes(content)
        try:
            found = MNIST(str(root)).fingerprint
        except DisentError as error:
            found = right if name.removesuffix(".gz") in str(error) else str(error)
            noticed += 1
        assert found == right
    assert noticed > len(spoilt) / 2
