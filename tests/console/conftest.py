"""The real `fig` command, in a throwaway project whose modules never import torch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .forked import run_forked

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = Path(__file__).parent / "example"
FIG = str(Path(sys.executable).with_name("fig"))


@dataclass
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


Command = Callable[..., Answer]


def environment(**changes: str) -> dict[str, str]:
    """This process's, with the checkout importable and without what changes the output or slows the start."""
    dropped = ("DISENTCLI_", "PYTHONDONTWRITEBYTECODE", "COLUMNS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", **changes}


def call(*command: str, cwd: Path, **options: Any) -> Answer:
    """Run a command and wait for it."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(**options), capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def forked(*command: str, cwd: Path, **options: Any) -> Answer:
    """The same for a command that is a Python file, without starting Python and importing anew."""
    return Answer(*run_forked(command, cwd, environment(**options)))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example project, copied; tests only read it."""
    folder = tmp_path_factory.mktemp("project") / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def own_project(project: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(project, tmp_path / "example"))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def fig(project: Path, cache: Path) -> Command:
    """`fig(…)` in the example project, or in the folder `cwd`; other keywords are environment variables."""

    def run(*arguments: str, cwd: Path | None = None, **options: str) -> Answer:
        return forked(FIG, *arguments, cwd=cwd or project, XDG_CACHE_HOME=str(cache), **options)

    return run


@pytest.fixture
def in_repository(cache: Path) -> Command:
    """`fig(…)` where all configs are."""
    return lambda *words: forked(FIG, *words, cwd=REPOSITORY, XDG_CACHE_HOME=str(cache))
