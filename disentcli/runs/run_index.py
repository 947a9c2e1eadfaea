"""The index of all runs in a folder: names, status, size and results, without importing torch."""

from __future__ import annotations

import fnmatch
import json
import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .checksums import verified
from .index_file import Found, read_indexed, stamp_of
from .lock import is_locked
from .roots import save_root

INFO = "run.json"
WILDCARDS = "*?["
GROWS = "records"  # the folder of a run whose files are written on
SHOWN = 3  # damaged runs that a warning names

_told: set[Path] = set()  # damaged runs that a warning has named
_log = logging.getLogger(__name__)


def is_pattern(text: str) -> bool:
    """Whether a name holds a wildcard of the shell."""
    return any(sign in text for sign in WILDCARDS)


@dataclass(frozen=True)
class RunInfo:
    """A run as `fig list runs` shows it; `size` in bytes, `status` may be killed or damaged."""

    name: str
    path: Path
    status: str
    step: int
    budget: int
    created: str
    size: int
    results: tuple[str, ...]


def list_runs(saveroot: str | Path | None = None, pattern: str = "*") -> list[RunInfo]:
    """All runs whose names fit the pattern (a shell's, or a part of the name), newest first."""
    root = save_root(saveroot)
    pattern = pattern if is_pattern(pattern) else f"*{pattern}*"
    fits = re.compile(fnmatch.translate(pattern)).match
    infos = {name: info for name, info in run_infos(root).items() if fits(name)}
    contents = read_indexed(root, "contents", infos, _contents)
    return [_run_info(root / name, info, contents.get(name)) for name, info in infos.items()]


def newest_first(root: Path) -> list[str]:
    """The names of all runs of this folder, by when they were created."""
    return list(run_infos(root))


def run_infos(root: Path) -> dict[str, dict[str, Any]]:
    """What run.json of each run in this folder says, newest first; nothing where it is damaged."""
    try:
        with os.scandir(root) as entries:
            names = [one.name for one in entries if _may_be_run(one)]
    except OSError:
        return {}
    found = {name: json.loads(text) for name, text in read_indexed(root, "runs", names, read_info).items()}
    for name in names:
        if name not in found and (root / name / INFO).is_file():
            found[name] = {}
    created = {name: _created(root / name, info) for name, info in found.items()}
    return {name: found[name] for name in sorted(found, key=lambda name: (created[name], name), reverse=True)}


def _may_be_run(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def readable_infos(root: Path) -> dict[str, dict[str, Any]]:
    """As `run_infos`, without the damaged runs, of which a warning tells once."""
    infos = run_infos(root)
    damaged = [name for name, info in infos.items() if not info and root / name not in _told]
    _told.update(root / name for name in damaged)
    if damaged:
        some = ", ".join(damaged[:SHOWN]) + (f" and {len(damaged) - SHOWN} more" if damaged[SHOWN:] else "")
        _log.warning("passed over in %s, for their %s cannot be read: %s", root, INFO, some)
    return {name: info for name, info in infos.items() if info}


def current_status(info: Mapping[str, Any], folder: Path) -> str:
    """The status in run.json, but `killed` for a running one whose lock nobody holds."""
    status = str(info.get("status", "damaged"))
    return "killed" if status == "running" and not is_locked(folder) else status


def _created(path: Path, info: Mapping[str, Any]) -> str:
    """When the run was made; of a damaged one, when it was last written: it may be the newest."""
    if created := info.get("created"):
        return str(created)
    with suppress(OSError):
        written = datetime.fromtimestamp((path / INFO).stat().st_mtime)
        return written.isoformat(timespec="microseconds")
    return ""


def read_info(folder: Path) -> Found | None:
    """What run.json in this folder says."""
    stamps = {INFO: stamp_of(folder / INFO)}
    if stamps[INFO] is None:
        return None
    try:
        return Found(stamps, verified(json.loads((folder / INFO).read_text(encoding="utf-8"))))
    except (OSError, ValueError, RecursionError):
        return None


def _contents(folder: Path) -> Found:
    """Bytes of all files, and the idents of the results."""
    stamps, total = {INFO: stamp_of(folder / INFO)}, 0
    left = ["."]
    while left:
        place = left.pop()
        stamps[place] = stamp_of(folder / place)
        with suppress(OSError), os.scandir(folder / place) as entries:
            for one in entries:
                path = os.path.normpath(os.path.join(place, one.name))
                if one.is_dir(follow_symlinks=False):
                    left.append(path)
                    continue
                with suppress(OSError):  # a run at work removes old checkpoints meanwhile
                    total += one.stat(follow_symlinks=False).st_size
                if place == GROWS:
                    stamps[path] = stamp_of(folder / path)
    results = [file.stem for file in (folder / "results").glob("*.json") if not file.name.startswith(".")]
    return Found(stamps, [total, sorted(results)])


def _run_info(path: Path, info: Mapping[str, Any], contents: str | None) -> RunInfo:
    size, results = json.loads(contents) if contents else (0, [])
    return RunInfo(
        name=path.name,
        path=path,
        status=current_status(info, path),
        step=_count(info.get("step")),
        budget=_count(info.get("budget")),
        created=str(info.get("created", "")),
        size=size,
        results=tuple(results),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0
