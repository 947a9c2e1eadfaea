"""The sbatch file in the guide on clusters is the one that its command shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..commands.in_process import Place
from ..conftest import PROJECT
from .pages import blocks, commands

PAGE = PROJECT / "docs" / "guides" / "cluster.md"
HOME = "/home/me/project"


def test_the_file_is_what_dry_run_shows(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    place = Place(tmp_path / "trained_nets", tmp_path / "local_data")
    answer = place.fig(*next(commands(PAGE)).words, "--dry-run")
    assert answer.code == 0, answer.err
    text = answer.out[answer.out.index("#!/bin/bash") :]
    text = text.replace(sys.executable, f"{HOME}/.venv/bin/python").replace(str(tmp_path), HOME)
    lines = [line for line in text.splitlines() if not line.startswith("export PYTHONPATH=")]
    (block,) = [block for block in blocks(PAGE) if block.text.startswith("#!/bin/bash")]
    assert block.text.splitlines() == lines
