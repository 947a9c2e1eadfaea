"""Many runs read at once, by way of the index: what compares them does not open each of their files."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DisentError
from .index_file import Found, read_indexed
from .results import read_all_results
from .run import Run

SHOWN = 3  # runs that a warning names

_log = logging.getLogger(__name__)


@dataclass
class RunBatch:
    """Runs of one folder, whose files of a kind are read when one of them is first asked for."""

    root: Path
    names: Sequence[str]
    _texts: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _last: tuple[str, str, Any] = ("", "", None)

    def stored(self, kind: str, name: str, read: Callable[[Path], Found | None]) -> Any:
        """What `read` finds in a run's folder; None where that is damaged."""
        if kind not in self._texts:
            self._texts[kind] = read_indexed(self.root, kind, self.names, read)
        if self._last[:2] != (kind, name):
            text = self._texts[kind].get(name)
            self._last = kind, name, None if text is None else json.loads(text)
        return self._last[2]


def read_together(runs: Sequence[Run]) -> list[Run]:
    """These runs as they are now: their files are read at once, and later changes of them are not seen.

    Of several runs, those that cannot be read are left out, and a warning tells of them.

    Raises:
        DisentError: none can be read.
    """
    names = defaultdict[Path, list[str]](list)
    for run in runs:
        names[run.path.parent].append(run.name)
    batches = {root: RunBatch(root, of_root) for root, of_root in names.items()}
    found, damaged = list[Run](), dict[str, DisentError]()
    for run in (Run(run.path, batches[run.path.parent]) for run in runs):
        try:
            run.info()
            read_all_results(run)
        except DisentError as error:
            damaged[run.name] = error
        else:
            found.append(run)
    if damaged and not found:
        raise next(iter(damaged.values()))
    for name, error in list(damaged.items())[:SHOWN]:
        _log.warning("%s is left out: %s", name, str(error).partition("\n")[0])
    if len(damaged) > SHOWN:
        _log.warning("%d more runs are left out, whose files are damaged too", len(damaged) - SHOWN)
    return found
