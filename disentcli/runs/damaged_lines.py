"""What cannot be read of a file of records is kept beside it."""

from __future__ import annotations

import logging
from pathlib import Path

from ..atomic_io import write_atomic

_log = logging.getLogger(__name__)


def put_aside(path: Path, name: str, damaged: bytes, what: str) -> None:
    """Write what is damaged in the file at `path` beside it, as <name>.damaged-<number>, and warn of it."""
    number = 1
    while (aside := path.with_name(f"{name}.damaged-{number}")).exists():
        number += 1
    write_atomic(aside, damaged)
    _log.warning("%s is damaged: %s cannot be read and are kept in %s", path, what, aside.name)
