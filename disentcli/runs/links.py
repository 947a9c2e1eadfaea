"""No link leads out of a run that somebody sent, and nothing in it keeps a reader waiting."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from ..errors import DisentError


def refuse_links(folder: Path) -> None:
    """Look at all that is in a run's folder.

    Raises:
        DisentError: something in it is a link, pipe, socket or device; the message names it.
    """
    left = [folder]
    while left:
        with suppress(FileNotFoundError), os.scandir(left.pop()) as entries:  # a run at work removes files
            for one in entries:
                if one.is_dir(follow_symlinks=False):
                    left.append(Path(one.path))
                elif not one.is_file(follow_symlinks=False):
                    raise _refused(folder, one)


def open_own(path: str) -> TextIO:
    """Open a text file of a run to read; OSError if it is a link, and of a pipe there is nothing to read."""
    return open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8")


def _refused(folder: Path, entry: os.DirEntry[str]) -> DisentError:
    place = f"{Path(entry.path).relative_to(folder)} in the run {folder.name}"
    if entry.is_symlink():
        return DisentError(
            f"{place} is a link, which is not followed; put what it points to in its place, or remove it"
        )
    return DisentError(f"{place} is a pipe, socket or device; remove it")
