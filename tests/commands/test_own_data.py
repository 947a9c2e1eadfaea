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
