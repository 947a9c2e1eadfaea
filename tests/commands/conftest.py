"""A small trained run, and a copy of it to spoil."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Fig
from .messages import VAE


@pytest.fixture(scope="module")
def trained(fig: Fig, runs: Path) -> Path:
    """A short run of a small VAE."""
    result = fig("train", *VAE, "--name", "wrong", "--budget", 4, "--checkpoint.freq", 2)
    assert result.returncode == 0, result.stderr
    return next(runs.glob("wrong_*"))


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it that a test may spoil."""
    copy = trained.parent / f"spoilt_{tmp_path.name}"
    shutil.copytree(trained, copy)
    yield copy
    shutil.rmtree(copy)
