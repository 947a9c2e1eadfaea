"""The folders of runs and data, apart from all else since nearly every command needs them."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_FILES = (".omnifig.yml", ".omnifig.yaml", ".fig.project.yml", ".fig.project.yaml")


def project_file(folder: Path) -> Path | None:
    """The nearest project file, upwards from a folder."""
    places = (place / name for place in (folder, *folder.parents) for name in PROJECT_FILES)
    return next(filter(Path.is_file, places), None)


def project_root(start: str | Path | None = None) -> Path:
    """The nearest folder upwards that holds a project file; the current one where there is none."""
    here = Path(start or Path.cwd()).resolve()
    found = project_file(here)
    return here if found is None else found.parent


def save_root(given: str | Path | None = None) -> Path:
    """The folder of all runs: as given, else $DISENTCLI_RUNS, else the project's trained_nets/."""
    return _root(given, "DISENTCLI_RUNS", "trained_nets")


def data_root(given: str | Path | None = None) -> Path:
    """The folder of all data: as given, else $DISENTCLI_DATA, else the project's local_data/."""
    return _root(given, "DISENTCLI_DATA", "local_data")


def _root(given: str | Path | None, variable: str, default: str) -> Path:
    return project_root() / Path(given or os.environ.get(variable) or default).expanduser()
