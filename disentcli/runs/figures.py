"""The pictures in figures/<ident>/, all of one step; a note beside the folder says which, and of what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..atomic_io import read_json, write_atomic

PICTURES = (".png", ".svg", ".pdf", ".gif")


def remove_pictures(folder: Path) -> int:
    """Remove the pictures of an earlier call; gives their number."""
    pictures = [path for path in folder.glob("*") if path.suffix in PICTURES]
    for path in pictures:
        path.unlink()
    return len(pictures)


def begin_pictures(folder: Path, about: Mapping[str, Any]) -> int:
    """Remove pictures that are of another step or split, and note what comes; gives their number.

    A kill at any moment leaves pictures of what is noted, or none.
    """
    if read_note(folder) == dict(about):
        return 0
    removed = remove_pictures(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(_note(folder), json.dumps(dict(about)) + "\n")
    return removed


def read_note(folder: Path) -> dict[str, Any]:
    """What the note says of the pictures in this folder; empty where they were drawn without one."""
    try:
        found = read_json(_note(folder))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _note(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.json")
