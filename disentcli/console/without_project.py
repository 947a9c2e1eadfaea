"""`disentcli train …` in any folder: a project that consists of what is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import omnifig

FILE = Path(__file__).with_name("without_project.yml")


def load_without_project() -> None:
    """Let omnifig take the installed project for the current one."""
    omnifig.get_profile().create_project("disentcli", FILE)


def folder_of(project: Any) -> Path:
    """The folder of a project; the current one where only the installed project is there."""
    return Path.cwd() if project.root in (None, FILE.parent) else Path(project.root)
