"""The environment of a run: command line, versions, git commit, machine."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from ..registry.version import __version__, installed_version

PACKAGES = ("torch", "numpy", "omnifig")


def environment(command: list[str]) -> dict[str, Any]:
    """The entries of run.json that do not change during a run."""
    return {
        "command": command,
        "versions": versions(),
        "commit": commit(),
        "machine": {"system": platform.platform(), "host": platform.node(), "processor": platform.machine()},
    }


def versions() -> dict[str, str]:
    """Versions of Python, of disentcli, and of the packages that results depend on."""
    installed = {package: installed_version(package) for package in PACKAGES}
    found = {"python": platform.python_version(), "disentcli": __version__}
    return found | {package: version for package, version in installed.items() if version}


@cache
def commit() -> str | None:
    """The git commit of this code, `-dirty` where files differ from it; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
