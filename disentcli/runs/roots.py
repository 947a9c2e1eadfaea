"""The folders of runs and data, apart from all else since nearly every command needs them."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_FILES = (".omnifig.yml", ".fig.project.yml")


def project_root(start: str | Path | None = None) -> Path:
    """The nearest folder upwards that holds a project file; the current one where there is none."""
    here = Path(start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if any((folder / name).is_file() for name in PROJECT_FILES):
            return folder
    return here


def save_root(given: str | Path | None = None) -> Path:
    """The folder of all runs: as given, else $DISENTCLI_RUNS, else the project's trained_nets/."""
    return _root(given, "DISENTCLI_RUNS", "trained_nets")


def data_root(given: str | Path | None = None) -> Path:
    """The folder of all data: as given, else $DISENTCLI_DATA, else the project's local_data/."""
    return _root(given, "DISENTCLI_DATA", "local_data")


def _root(given: str | Path | None, variable: str, default: str) -> Path:
    return project_root() / Path(given or os.environ.get(variable) or default).expanduser()
