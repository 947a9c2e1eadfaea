"""Batches equal plain numpy arithmetic on the stored bytes, wherever the rows are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from disentcli.data import storage
from disentcli.data.dataset import Dataset, StoredDataset
from disentcli.data.dataset_folder import StoreSpec, open_store
from disentcli.data.dataset_folder_writer import StoreWriter
from disentcli.data.factors import FactorSpace
from disentcli.errors import CallError, DisentError

SPACE = FactorSpace(("hue", "size"), (5, 4))


def colored() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 4, 6, 3), dtype=np.uint8)


def stored(
    folder: Path, spec: StoreSpec, rows: np.ndarray, factors: np.ndarray | None = None
) -> StoredDataset:
    with StoreWriter(folder, spec) as writer:
        writer.write(rows)
        writer.factors = factors
    return StoredDataset(open_store(folder, ""), "small")


def test_a_batch_is_the_stored_bytes_by_255_with_channels_first() -> None:
    picked = torch.tensor([3, 3, 0, 19])
    batch = Dataset("small", colored(), (3, 4, 6)).batch(picked)
    expected = colored()[picked.numpy()].transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(batch.numpy(), expected)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_packed_images_are_unpacked_as_numpy_does(height: int, width: int, channels: int, seed: int) -> None:
    bits = np.random.default_rng(seed).integers(0, 2, (7, height, width, channels), dtype=np.uint8)
    rows = np.packbits(bits.reshape(7, -1), axis=-1)
    batch = Dataset("bits", rows, (channels, height, width), packed=True).batch(torch.arange(7))
    assert np.array_equal(batch.numpy(), bits.transpose(0, 3, 1, 2))


def test_vectors_come_as_they_are() -> None:
    vectors = np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32)
    batch = Dataset("vectors", vectors, (5,)).batch(torch.tensor([8, 1]))
    assert np.array_equal(batch.numpy(), vectors[[8, 1]])


@pytest.mark.parametrize(
    ("asked", "kept"), [(None, "disk"), ("disk", "disk"), ("ram", "ram"), ("device", "ram")]
)
def test_stored_images_stay_on_disk_or_go_to_ram(
    tmp_path: Path, asked: storage.Resident | None, kept: str
) -> None:
    data = stored(tmp_path / "small", StoreSpec("small", (3, 4, 6), 20, factors=SPACE), colored())
    assert data.to("cpu", asked).resident == kept
    assert data.index_device == torch.device("cpu")
    plain = Dataset("small", colored(), (3, 4, 6)).batch(torch.arange(20))
    assert torch.equal(data.batch(torch.arange(20)), plain)


def test_images_on_disk_are_mapped_and_not_copied(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    data = stored(folder, StoreSpec("small", (3, 4, 6), 20, factors=SPACE), colored())
    before = data.batch(torch.tensor([0]))
    with open(folder / "images.npy", "r+b") as file:
        file.seek(128)
        file.write(bytes(4 * 6 * 3))
    assert before.any()
    assert not data.batch(torch.tensor([0])).any()


def test_rows_are_gathered_on_one_device_for_another() -> None:
    rows = storage.RowStore(colored())
    rows.move_to("meta", "ram")
    assert rows.gather(torch.arange(3)).device.type == "meta"
    assert rows.index_device.type == "cpu"


def test_data_too_big_for_the_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = stored(tmp_path / "small", StoreSpec("small", (3, 4, 6), 20, factors=SPACE), colored())
    monkeypatch.setattr(storage.os, "sysconf", lambda name: 10)
    with pytest.raises(
        DisentError, match=r"take 1,440 bytes, RAM has 100 bytes; use --dataset.resident disk"
    ):
        data.to("cpu", "ram")


def test_a_grid_tells_the_factors_of_any_image(tmp_path: Path) -> None:
    data = stored(tmp_path / "small", StoreSpec("small", (3, 4, 6), 20, factors=SPACE), colored())
    assert (data.factor_names, data.factor_sizes) == (("hue", "size"), (5, 4))
    assert data.factors().shape == (20, 2)
    assert data.factors(np.array([0, 7, 19])).tolist() == [[0, 0], [1, 3], [4, 3]]


@pytest.mark.parametrize("rng", [np.random.default_rng(0), np.random.RandomState(0)])
def test_a_hidden_factor_is_drawn_when_an_image_is_looked_for(rng: np.random.Generator) -> None:
    rows = np.zeros((SPACE.size, 2, 2, 1), dtype=np.uint8)
    data = Dataset("small", rows, (1, 2, 2), grid=SPACE, hidden=("hue",))
    assert (data.factor_names, data.factor_sizes) == (("size",), (4,))
    assert data.factor_space == SPACE.subspace(["size"])
    found = data.find(np.full((400, 1), 3), rng)
    assert (data.factors(found) == 3).all()
    assert set(SPACE.factors(found)[:, 0]) == set(range(5))


def test_images_without_a_grid_cannot_be_found_by_factors(tmp_path: Path) -> None:
    data = Dataset("loose", np.zeros((3, 2), dtype=np.float32), (2,))
    with pytest.raises(CallError, match="loose is no full grid"):
        data.find(np.zeros((1, 0)), np.random.default_rng(0))


def test_hiding_every_factor_is_refused() -> None:
    with pytest.raises(CallError, match="hiding hue, size leaves no factor"):
        Dataset("small", np.zeros((20, 1)), (1,), grid=SPACE, hidden=("size", "hue"))


def test_images_that_are_no_grid_bring_their_factors(tmp_path: Path) -> None:
    labels = np.random.default_rng(1).integers(0, 4, (12, 2))
    spec = StoreSpec("small", (3, 4, 6), 12, factors=SPACE)
    data = stored(tmp_path / "small", spec, colored()[:12], labels)
    assert data.factor_space is None
    assert (data.factor_names, data.factor_sizes) == (("hue", "size"), (5, 4))
    assert np.array_equal(data.factors(np.array([5, 1])), labels[[5, 1]])


def test_part_of_a_grid_without_factors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="the 12 images are no full grid"):
        stored(tmp_path / "small", StoreSpec("small", (3, 4, 6), 12, factors=SPACE), colored()[:12])


def test_the_fingerprint_changes_with_the_images(tmp_path: Path) -> None:
    spec = StoreSpec("small", (3, 4, 6), 20, factors=SPACE)
    one, same, other = (
        stored(tmp_path / name, spec, rows)
        for name, rows in (("a", colored()), ("b", colored()), ("c", colored()[::-1]))
    )
    assert one.fingerprint == same.fingerprint != other.fingerprint
