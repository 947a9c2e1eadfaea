"""The index of all runs in a folder: names, status, size and results, without importing torch."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .checksums import verified
from .lock import is_locked
from .roots import save_root

WILDCARDS = "*?["


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
    return [_run_info(root / name) for name in newest_first(root) if fnmatch.fnmatchcase(name, pattern)]


def newest_first(root: Path) -> list[str]:
    """The names of all runs of this folder, by when they were created."""
    if not root.is_dir():
        return []
    runs = [
        path for path in root.iterdir() if not path.name.startswith(".") and (path / "run.json").is_file()
    ]
    return [path.name for path in sorted(runs, key=lambda path: (_created(path), path.name), reverse=True)]


def current_status(info: Mapping[str, Any], folder: Path) -> str:
    """The status in run.json, but `killed` for a running one whose lock nobody holds."""
    status = str(info.get("status", "damaged"))
    return "killed" if status == "running" and not is_locked(folder) else status


def _created(path: Path) -> str:
    """When the run was made; of a damaged one, when it was last written: it may be the newest."""
    written = datetime.fromtimestamp((path / "run.json").stat().st_mtime)
    return str(_read(path).get("created") or written.isoformat(timespec="microseconds"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return verified(json.loads((path / "run.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return {}


def _run_info(path: Path) -> RunInfo:
    info = _read(path)
    return RunInfo(
        name=path.name,
        path=path,
        status=current_status(info, path),
        step=_count(info.get("step")),
        budget=_count(info.get("budget")),
        created=str(info.get("created", "")),
        size=_size(path),
        results=tuple(sorted(file.stem for file in (path / "results").glob("*.json"))),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # a run at work removes old checkpoints meanwhile
            total += file.lstat().st_size if file.is_file() else 0
    return total
