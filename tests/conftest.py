"""Runs the real commands in a subprocess, on data and run folders of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch is not imported yet; each worker of xdist has a core

hypothesis.settings.register_profile("project", deadline=None, derandomize=True)
hypothesis.settings.load_profile("project")

PROJECT = Path(__file__).parent.parent
FIG = Path(sys.executable).with_name("fig")

Fig = Callable[..., subprocess.CompletedProcess[str]]


def command_environment(data: Path, runs: Path) -> dict[str, str]:
    """The environment of a command: roots of its own, one thread of the CPU, nothing from the terminal."""
    return {
        **os.environ,
        "DISENTCLI_DATA": str(data),
        "DISENTCLI_RUNS": str(runs),
        "PYTHONPATH": str(PROJECT),
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",  # results are compared to the bit
        "COLUMNS": "110",
    }


@pytest.fixture(scope="session")
def dataroot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder shared by the session, so that the small sprites are rendered once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs, shared by the tests of one module."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def fig(dataroot: Path, runs: Path) -> Fig:
    """`fig("train", "demo", …)` as a user types it in the project's folder; gives the completed process."""

    def call(*argv: object, timeout: float = 300, **options: object) -> subprocess.CompletedProcess[str]:
        options = {"cwd": PROJECT, "env": command_environment(dataroot, runs), **options}
        words = [str(FIG), *map(str, argv)]
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False, **options)  # type: ignore[call-overload,no-any-return]

    return call


@pytest.fixture(scope="module")
def forked_fig(dataroot: Path, runs: Path) -> Fig:
    """`fig` in a fork of this process, whose imports are done: for calls that compute no gradients."""
    from .console.forked import run_forked

    def call(
        *argv: object, cwd: Path = PROJECT, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        words = [str(FIG), *map(str, argv)]
        code, out, err = run_forked(words, cwd, env or command_environment(dataroot, runs))
        return subprocess.CompletedProcess(words, code, out, err)

    return call
