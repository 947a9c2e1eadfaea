"""A loaded run encodes what it is given: indices, images as bytes or floats, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.runs.load import LoadedRun, load_run

from ..toy_runs import VECTORS, make_run


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedRun:
    folder = tmp_path_factory.mktemp("loaded")
    return load_run(make_run(folder, "toy", method="vae").path, dataroot=folder / "data")


def test_bytes_floats_and_indices_give_the_same_codes(loaded: LoadedRun) -> None:
    indices = np.array([5, 0, 63], dtype=np.uint8)
    images = loaded.dataset.batch(torch.from_numpy(indices.astype(np.int64)))
    expected = loaded.encode(indices)
    as_bytes = (images * 255).round().to(torch.uint8)
    for given in (images, images.double().numpy(), as_bytes, as_bytes.numpy(), indices.tolist()):
        torch.testing.assert_close(loaded.encode(given), expected)
    with torch.no_grad():
        torch.testing.assert_close(expected, loaded.model.latent.codes(loaded.model.encoder(images)))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.full((2, 1, 32, 32), 255.0), r"expected in \[0, 1\], got numbers from 255 to 255"),
        (np.full((2, 1, 32, 32), np.nan), "expected to be finite, 2,048 of 2,048"),
        (np.zeros((2, 32, 32, 1)), r"as \(N, 1, 32, 32\), .*got float64 of shape \(2, 32, 32, 1\)"),
        (np.array([3, -1]), "indices go from 0 to 63, got one of -1"),
        (np.array([64]), "indices go from 0 to 63, got one of 64"),
        ([0.0, 1.0], r"whole numbers \(N,\)"),
    ],
)
def test_what_is_neither_indices_nor_images_is_refused(loaded: LoadedRun, given: object, told: str) -> None:
    with pytest.raises(CallError, match=told):
        loaded.encode(given)  # type: ignore[arg-type]


def test_decoding_takes_codes_of_its_dimensions(loaded: LoadedRun) -> None:
    images = loaded.decode(np.zeros((2, 4)))
    assert images.shape == (2, 1, 32, 32)
    torch.testing.assert_close(loaded.encode(images), loaded.encode(images.double()))
    with pytest.raises(CallError, match=r"codes are expected as \(N, 4\), got float64 of shape \(2, 5\)"):
        loaded.decode(np.zeros((2, 5)))
    with pytest.raises(CallError, match="codes are expected to be finite"):
        loaded.decode(np.full((1, 4), np.inf))


def test_nothing_has_no_codes(loaded: LoadedRun) -> None:
    assert loaded.encode(np.empty(0, dtype=np.int64)).shape == (0, 4)


def test_vectors_are_taken_as_they_are(tmp_path: Path) -> None:
    vectors = load_run(make_run(tmp_path, "toy", data=VECTORS).path, dataroot=tmp_path / "data")
    given = vectors.dataset.batch(torch.arange(3))
    torch.testing.assert_close(vectors.encode(given.double().numpy()), vectors.encode(np.arange(3)))
    with pytest.raises(CallError, match="vectors are expected as"):
        vectors.encode(given[:, :-1])


def test_the_batch_size_is_that_of_the_training(loaded: LoadedRun) -> None:
    assert loaded.batch_size == 128  # the default, where a config does not say it
    loaded.config["dataset"]["batch_size"] = 24
    assert loaded.batch_size == 24
