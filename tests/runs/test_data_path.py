"""Own data that have moved: found by --path or below the root of data, and checked by their fingerprint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.errors import CallError, DisentError
from disentcli.runs.data_path import with_data_path
from disentcli.runs.load import load_run

from ..toy_runs import make_run

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 32, 32), dtype=np.uint8)


@pytest.fixture
def moved(tmp_path: Path) -> tuple[Path, Path]:
    """A run's folder, and where its data are now."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    np.savez(tmp_path / "old/mine.npz", images=IMAGES)
    run = make_run(
        tmp_path, "own", method="vae", data={"_type": "array", "path": str(tmp_path / "old/mine.npz")}
    )
    (tmp_path / "old/mine.npz").rename(tmp_path / "new/mine.npz")
    return run.path, tmp_path / "new/mine.npz"


def test_a_run_finds_data_that_have_moved(moved: tuple[Path, Path], tmp_path: Path) -> None:
    run, now = moved
    with pytest.raises(DisentError, match=r"was trained on .*old/mine\.npz, which is not there: --path"):
        load_run(run, dataroot=tmp_path / "elsewhere")
    for where in ({"path": now}, {"dataroot": tmp_path / "new"}, {"dataroot": tmp_path, "path": now}):
        loaded = load_run(run, **where)
        assert np.array_equal(loaded.dataset.batch(torch.arange(40)).mul(255).round()[:, 0].numpy(), IMAGES)
        assert not loaded.data.changed
    with pytest.raises(
        CallError, match=r"--path: there is no file or folder .*nowhere\.npz; in .* there is new, old"
    ):
        load_run(run, path=tmp_path / "nowhere.npz")


def test_other_data_at_the_new_path_are_refused(moved: tuple[Path, Path], tmp_path: Path) -> None:
    run, now = moved
    np.savez(now, images=IMAGES[::-1])
    with pytest.raises(DisentError, match="the data are not those that"):
        load_run(run, path=now)
    with pytest.warns(UserWarning, match="changed data"):
        assert load_run(run, path=now, data_changed=True).data.changed


def test_the_longest_end_of_the_path_below_the_root_of_data_is_taken(tmp_path: Path) -> None:
    for place in ("data/b/c.npz", "data/c.npz"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    node = {"_type": "array", "path": "/gone/a/b/c.npz"}
    assert with_data_path(node, "run", None, tmp_path / "data")["path"] == str(tmp_path / "data/b/c.npz")


def test_a_table_of_factors_moves_with_its_images(tmp_path: Path) -> None:
    for table, expected in (
        ("/gone/pics/f.csv", "now/f.csv"),
        ("/gone/f.csv", "f.csv"),
        ("/far/f.csv", "f.csv"),
    ):
        (tmp_path / "now").mkdir(exist_ok=True)
        node = {"_type": "folder", "path": "/gone/pics", "factors": table}
        assert with_data_path(node, "run", tmp_path / "now", tmp_path)["factors"] == str(tmp_path / expected)


def test_data_without_a_path_have_none(tmp_path: Path) -> None:
    assert with_data_path({"_type": "sprites"}, "run", None, tmp_path) == {"_type": "sprites"}
    with pytest.raises(CallError, match="--path is of data of your own"):
        with_data_path({"_type": "sprites"}, "run", tmp_path, tmp_path)
