"""Advice on mapped files: asked for are the pages of the rows of a batch, and no others."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data import storage
from disentcli.data.dataset import Dataset
from disentcli.data.storage import Readahead, RowStore

PAGE = mmap.PAGESIZE


class Map(mmap.mmap):
    """A map that notes the advice it is given."""

    def madvise(self, option: int, *place: int) -> None:
        self.__dict__.setdefault("advice", []).append((option, *place))
        super().madvise(option, *place)


@pytest.fixture
def mapped(tmp_path: Path) -> np.memmap:
    """40 rows of 3,000 bytes, 100 bytes into a file, in a noting map."""
    content = np.random.default_rng(0).integers(0, 256, 100 + 40 * 3000, dtype=np.uint8)
    content.tofile(tmp_path / "rows")
    rows = np.memmap(tmp_path / "rows", np.uint8, "r", 100, (40, 3000))
    with open(tmp_path / "rows", "rb") as file:
        noting = Map(file.fileno(), 0, access=mmap.ACCESS_READ)
    noted = np.ndarray.__new__(np.memmap, (40, 3000), np.uint8, buffer=noting, offset=100)
    noted._mmap = noting  # type: ignore[attr-defined]
    assert np.array_equal(noted, rows)
    return noted


def test_the_pages_of_each_row_are_asked_for(mapped: np.memmap) -> None:
    ask = Readahead.of(mapped)
    assert ask is not None
    ask(torch.tensor([7, 0]))
    first, *asked = mapped._mmap.advice  # type: ignore[attr-defined]
    assert first == (mmap.MADV_RANDOM,)
    for index, (option, begin, length) in zip((7, 0), asked, strict=True):
        assert option == mmap.MADV_WILLNEED
        assert begin % PAGE == 0
        row = 100 + 3000 * index
        assert begin <= row < begin + PAGE
        assert begin + length == row + 3000


def test_rows_in_memory_need_no_advice(mapped: np.memmap) -> None:
    assert Readahead.of(np.zeros((4, 3), np.uint8)) is None
    assert Readahead.of(mapped[:, ::2]) is None


def test_a_batch_from_a_large_file_asks_and_one_from_ram_does_not(
    mapped: np.memmap, monkeypatch: pytest.MonkeyPatch
) -> None:
    RowStore(mapped).gather(torch.tensor([3]))
    assert "advice" not in mapped._mmap.__dict__  # type: ignore[attr-defined]
    monkeypatch.setattr(storage, "PAGE_CACHE_SHARE", 0)
    rows = RowStore(mapped)
    rows.gather(torch.tensor([3]))
    assert len(mapped._mmap.advice) == 2  # type: ignore[attr-defined]
    rows.move_to("cpu", "ram")
    rows.gather(torch.tensor([3]))
    assert len(mapped._mmap.advice) == 2  # type: ignore[attr-defined]


def test_what_is_gathered_is_what_the_file_holds(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 8, 8, 3), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    data = Dataset("mapped", np.load(tmp_path / "images.npy", mmap_mode="r"), (3, 8, 8))
    assert data.resident == "disk"
    places = torch.tensor([49, 0, 7])
    assert torch.equal(
        data.batch(places).mul(255).round().byte().permute(0, 2, 3, 1), torch.from_numpy(images[[49, 0, 7]])
    )
