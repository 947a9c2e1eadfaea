"""A small trained run, a copy of it to spoil, and a place in which calls are refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from .in_process import Call, Place
from .messages import VAE
from .probed_run import RUN, SMALL


@pytest.fixture(scope="module")
def here(runs: Path, dataroot: Path) -> Call:
    """`fig` called in this process, on the folders of the fixture `fig`."""
    return Place(runs, dataroot).completed


@pytest.fixture(scope="module")
def trained(here: Call, runs: Path) -> Path:
    """A short run of a small VAE."""
    result = here("train", *VAE, "--name", "wrong", "--budget", 4, "--checkpoint.freq", 2)
    assert result.returncode == 0, result.stderr
    return next(runs.glob("wrong_*"))


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it that a test may spoil."""
    copy = trained.parent / f"spoilt_{tmp_path.name}"
    shutil.copytree(trained, copy)
    yield copy
    shutil.rmtree(copy)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with one run of a few steps and a file of codes."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "runs").mkdir()
    made = Place(folder / "runs", folder / "data")
    answer = made.fig(*f"train {SMALL} --budget 4 --checkpoint.freq 2 --name {RUN} --quiet".split())
    assert answer.code == 0, answer.err
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (300, 3))
    np.savez(folder / "codes.npz", codes=factors + 0.1 * rng.normal(size=factors.shape), factors=factors)
    return made
