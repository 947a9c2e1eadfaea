"""Which runs a call means: names, unique prefixes, paths and patterns."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import CallError
from .result_file import ResultFile, is_result_file
from .roots import save_root
from .run import Run
from .run_index import is_pattern, newest_first


def find_runs(saveroot: str | Path | None, names: Sequence[str]) -> list[Run]:
    """The runs that names, unique prefixes, paths or patterns mean, each once; also files of scores.

    Raises:
        CallError: no name is given, or one of them means no run.
    """
    if not names:
        raise CallError("name the runs to compare: fig compare RUN RUN …, or a pattern in quotes: 'vec_*'")
    found: dict[Path, Run] = {}
    for name in names:
        if is_result_file(name):
            runs: list[Run] = [ResultFile(Path(name).expanduser())]
        else:
            runs = _matching(save_root(saveroot), name) if is_pattern(name) else [Run.find(saveroot, name)]
        found.update({run.path: run for run in runs})
    return list(found.values())


def _matching(root: Path, pattern: str) -> list[Run]:
    """The runs of a folder whose names fit a pattern, newest first."""
    runs = [Run(root / name) for name in newest_first(root) if fnmatchcase(name, pattern)]
    if not runs:
        raise CallError(f"no run in {root} fits {pattern!r}; see `fig list runs`")
    return runs
