"""The index of all runs in a folder: names, status, size and results, without importing torch."""

from __future__ import annotations

import fnmatch
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..atomic_io import parse_json
from .checksums import verified
from .index_file import Found, read_indexed, stamp_of
from .links import open_own
from .lock import is_locked
from .roots import save_root

INFO = "run.json"
WILDCARDS = "*?["
#: the types of the entries of run.json, of those that are there and not null
TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "status", "created", "data", "device", "plan", "stopped_by"), str),
    **dict.fromkeys(("step", "budget", "seed", "best_step", "threads"), int),
    **dict.fromkeys(("called", "configs", "versions", "machine", "loaded", "shared"), dict),
    "wall_seconds": (int, float),
    "command": list,
}
GROWS, RESULTS = "records", "results"  # folders of a run; the files of the first are written on
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


def describe_runs(root: Path, names: Sequence[str]) -> list[str]:
    """A line for each of these runs: name, status, when it was created."""
    infos = run_infos(root)
    width = max(map(len, names))
    return [
        f"{name:{width}}  {current_status(infos[name], root / name):11}  "
        f"{str(infos[name].get('created', ''))[:16].replace('T', ' ')}".rstrip()
        for name in names
    ]


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


def parse_info(text: str) -> dict[str, Any]:
    """What a run.json says; ValueError where it is damaged, or an entry has another type than ours."""
    info = verified(parse_json(text))
    for name, kinds in TYPES.items():
        if info.get(name) is not None and not isinstance(info[name], kinds):
            raise ValueError(f"its entry {name!r} is {info[name]!r:.40}")
    return info


def read_info(folder: Path) -> Found | None:
    """What run.json in this folder says."""
    path = f"{folder}/{INFO}"
    stamp = stamp_of(path)
    if stamp is None:
        return None
    try:
        with open_own(path) as file:
            return Found({INFO: stamp}, parse_info(file.read()))
    except (OSError, ValueError):
        return None


def _contents(folder: Path) -> Found:
    """Bytes of all files, and the idents of the results. Paths are text: of 10,000 runs they are the time."""
    root, left = str(folder), ["."]
    stamps, total, results = {INFO: stamp_of(f"{root}/{INFO}")}, 0, []
    while left:
        place = left.pop()
        stamps[place] = stamp_of(f"{root}/{place}")
        for path, one in _entries(root, place):
            if one.is_dir(follow_symlinks=False):
                left.append(path)
                continue
            with suppress(OSError):  # a run at work removes old checkpoints meanwhile
                total += one.stat(follow_symlinks=False).st_size
            if place == GROWS:
                stamps[path] = stamp_of(f"{root}/{path}")
            elif place == RESULTS and one.name.endswith(".json") and not one.name.startswith("."):
                results.append(one.name.removesuffix(".json"))
    return Found(stamps, [total, sorted(results)])


def _entries(root: str, place: str) -> list[tuple[str, os.DirEntry[str]]]:
    """What lies in a folder of a run, with its path from the run's; nothing where it cannot be read."""
    within = "" if place == "." else f"{place}/"
    try:
        with os.scandir(f"{root}/{place}") as entries:
            return [(within + one.name, one) for one in entries]
    except OSError:
        return []


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
