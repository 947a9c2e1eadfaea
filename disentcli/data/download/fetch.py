"""Fetching one file from one address: asked again, from where it broke off, while that makes sense."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ...errors import DisentError
from .http_range import Unreachable, transfer
from .partial_file import Part
from .progress import byte_bar
from .source import RemoteFile


def _silence(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Patience:
    """How long to bear with a host. Times in seconds."""

    stall: float = 30.0  # without a byte, then the connection is given up
    attempts: int = 6  # in a row that bring nothing new
    pause: float = 1.0  # before the second attempt, doubled for each further one
    longest: float = 120.0  # pause, whatever the host asks for


@dataclass(frozen=True)
class Manner:
    """How a call goes about its work: whom it tells, whether it draws bars, its patience with hosts."""

    say: Callable[[str], object] = _silence
    quiet: bool = False
    patience: Patience = Patience()


def fetch(url: str, file: RemoteFile, target: Path, manner: Manner) -> Path:
    """The complete file of `url` at `target`, unchecked; a part of an earlier call is continued.

    Raises Unreachable when the patience is at its end (the part stays), Refused when the host will not give
    the file, DisentError when the disk is full or may not be written.
    """
    part = Part(target)
    try:
        with byte_bar(file.name, file.planned, part.size, quiet=manner.quiet) as bar:
            if not part.whole:
                _persist(url, file, part, manner, bar)
        return part.finish()
    except OSError as error:
        raise _disk_error(error, part) from error


def _persist(url: str, file: RemoteFile, part: Part, manner: Manner, bar: tqdm[None]) -> None:
    """Transfer until nothing is missing; only attempts that bring nothing new are counted."""
    patience = manner.patience
    furthest, fruitless = part.size, 0
    while True:
        try:
            transfer(url, file, part, stall=patience.stall, received=lambda size: _show(bar, part, size))
            return
        except Unreachable as error:
            fruitless = 1 if part.size > furthest else fruitless + 1
            furthest = max(furthest, part.size)
            if fruitless >= patience.attempts:
                raise Unreachable(f"{error}; {fruitless} attempts in a row brought nothing new") from error
            pause = _pause(error.wait, fruitless, patience)
            with bar.external_write_mode():
                manner.say(
                    f"{file.name}: {error}; trying again" + (f" in {pause:.0f} s" if pause >= 1 else "")
                )
            time.sleep(pause)


def _pause(asked: float | None, fruitless: int, patience: Patience) -> float:
    if asked is not None:
        return min(asked, patience.longest)
    doubled = patience.pause * 2 ** (fruitless - 1)
    return min(doubled, patience.longest) * random.uniform(0.75, 1.0)  # so that a cluster's jobs spread


def _show(bar: tqdm[None], part: Part, size: int) -> None:
    if bar.disable:
        return
    origin = part.origin if bar.n == 0 or size < bar.n else None
    if origin is not None and origin.total is not None:
        bar.total = origin.total
    bar.update(size - bar.n)


def _disk_error(error: OSError, part: Part) -> DisentError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DisentError(
            f"the disk is full: {part.path} holds {part.size:,} bytes of the file\n"
            "make room and call again, the download continues there"
        )
    return DisentError(f"{part.path} could not be written: {error.strerror or error}")
