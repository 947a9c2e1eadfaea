"""A command of `fig` as a process of its own, which finds modules where `fig` itself does."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def fig_command(words: Sequence[str]) -> list[str]:
    """The command line of a process that does what `fig` does with these words.

    The current folder is not searched for modules (`-P`): a `random.py` in it is not run.
    """
    return [sys.executable, "-P", "-m", f"{PACKAGE.name}.cli", *words]


def fig_environment() -> dict[str, str]:
    """The environment of such a process: a checkout that is not installed is found too."""
    checkout = str(PACKAGE.parent)
    installed = [*site.getsitepackages(), site.getusersitepackages()]
    path = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    if checkout in (*installed, *path):
        return dict(os.environ)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([checkout, *path])}
