"""A file of one's own, named relative to where the command is typed, is trained on and found again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from disentcli import load_run

from ..conftest import PROJECT
from .in_process import Call

SIZED = ("--budget", "2", "--dataset.batch-size", "4", "--quiet")
IMAGES = np.random.default_rng(0).integers(0, 256, (40, 32, 32), dtype=np.uint8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    np.savez(tmp_path / "mine.npz", images=IMAGES)
    return tmp_path / "mine.npz"


def test_a_relative_path_is_found_from_any_folder_later(
    here: Call, runs: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relative = os.path.relpath(file, PROJECT)
    result = here("train", "m/vae", "d/array", "--path", relative, *SIZED)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    monkeypatch.chdir(file.parent)
    run = load_run("last", saveroot=runs)
    assert run.run.name.startswith("mine_vae")
    assert run.dataset.shape == (1, 32, 32)
    assert len(run.dataset) == 40


def test_show_tells_the_network_of_the_file(here: Call, file: Path) -> None:
    result = here("show", "m/vae", "d/array", "--path", file)
    assert "ConvTranspose2d" in result.stdout
    assert "1×32×32" in result.stdout


def test_data_that_have_moved_are_named_by_path_in_every_command(
    here: Call, runs: Path, file: Path, tmp_path: Path
) -> None:
    result = here("train", "m/vae", "d/array", "--path", file, "--name", "moved", *SIZED)
    assert result.returncode == 0, result.stderr
    (run,) = (path.name for path in runs.glob("moved_*"))
    now = file.rename(tmp_path / "elsewhere.npz")
    result = here("eval", "--load", run, "--quiet")
    assert result.returncode == 1
    assert "which is not there: --path" in result.stderr
    for call in (
        ("eval", "--load", run, "--quiet"),
        ("encode", "--load", run, "--out", tmp_path / "codes.csv"),
        ("train", "--resume", run, "--budget", 3, "--quiet"),
    ):
        result = here(*call, "--path", now)
        assert result.returncode == 0, result.stderr
    np.savez(now, images=IMAGES[::-1])
    result = here("encode", "--load", run, "--out", tmp_path / "other.csv", "--path", now)
    assert result.returncode == 1
    assert "the data are not those that" in result.stderr
    result = here("train", "--resume", run, "--budget", 4, "--path", now, "--quiet")
    assert result.returncode == 1
    assert "the data are not those that" in result.stderr
