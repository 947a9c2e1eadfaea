"""Which runs a call means: names, unique prefixes, paths and patterns; many of them read at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import CallError, DisentError
from .index_file import RunBatch
from .links import refuse_links
from .result_file import ResultFile, is_result_file
from .results import read_all_results
from .roots import save_root
from .run import Run
from .run_index import is_pattern, readable_infos

SHOWN = 3  # runs that a warning names

_log = logging.getLogger(__name__)


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
    runs = [Run(root / name) for name in readable_infos(root) if fnmatchcase(name, pattern)]
    if not runs:
        raise CallError(f"no run in {root} fits {pattern!r}; see `fig list runs`")
    return runs


def read_together(runs: Sequence[Run]) -> list[Run]:
    """These runs as they are now: their files are read at once, and later changes of them are not seen.

    Of several runs, those that cannot be read are left out, and a warning tells of them.

    Raises:
        DisentError: none can be read.
    """
    names = defaultdict[Path, list[str]](list)
    for run in runs:
        if not isinstance(run, ResultFile):
            names[run.path.parent].append(run.name)
    batches = {root: RunBatch(root, of_root) for root, of_root in names.items()}
    found, damaged = list[Run](), dict[str, DisentError]()
    for run in (
        one if isinstance(one, ResultFile) else Run(one.path, batches[one.path.parent]) for one in runs
    ):
        try:
            if not isinstance(run, ResultFile):
                refuse_links(run.path)
            run.info()
            read_all_results(run)
        except DisentError as error:
            damaged[run.name] = error
        else:
            found.append(run)
    if damaged and not found:
        raise next(iter(damaged.values()))
    for name, why in list(damaged.items())[:SHOWN]:
        _log.warning("%s is left out: %s", name, str(why).partition("\n")[0])
    if len(damaged) > SHOWN:
        _log.warning("%d more runs are left out, whose files are damaged too", len(damaged) - SHOWN)
    return found
