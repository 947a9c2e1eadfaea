"""Fetching one file from one address: retried, from where it broke off, while that makes sense."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from ...errors import DisentError
from .http_range import TransientError, transfer
from .partial_file import PartialFile
from .progress import byte_bar
from .source import RemoteFile


def _silence(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how fast a host is asked again. Times in seconds."""

    stall: float = 30.0  # without a byte, then the connection is given up
    attempts: int = 6  # in a row that bring nothing new
    pause: float = 1.0  # before the second attempt, doubled for each further one
    max_wait: float = 120.0  # pause, whatever the host asks for


@dataclass(frozen=True)
class DownloadOptions:
    """Where a download reports to, whether it draws progress bars, and how it retries."""

    log: Callable[[str], object] = _silence
    quiet: bool = False
    retry: RetryPolicy = RetryPolicy()

    @classmethod
    def on_screen(cls, *, quiet: bool) -> DownloadOptions:
        """Lines and progress bars on the screen; with `quiet` neither."""
        return cls(log=_silence if quiet else partial(print, flush=True), quiet=quiet)


def fetch(url: str, file: RemoteFile, target: Path, options: DownloadOptions) -> Path:
    """The complete file of `url` at `target`, unchecked; a part of an earlier call is continued.

    Raises:
        TransientError: The attempts are used up; the part stays.
        PermanentError: The host will not give the file.
        DisentError: The disk is full or may not be written.
    """
    part = PartialFile(target)
    try:
        with byte_bar(file.name, file.planned, part.size, quiet=options.quiet) as bar:
            if not part.complete:
                _retry(url, file, part, options, bar)
        return part.finish()
    except OSError as error:
        raise _disk_error(error, part) from error


def _retry(url: str, file: RemoteFile, part: PartialFile, options: DownloadOptions, bar: tqdm[None]) -> None:
    """Transfer until nothing is missing; only attempts that bring nothing new are counted."""
    retry = options.retry
    furthest, fruitless = part.size, 0
    while True:
        try:
            transfer(url, file, part, stall=retry.stall, received=lambda size: _show(bar, part, size))
            return
        except TransientError as error:
            fruitless = 1 if part.size > furthest else fruitless + 1
            furthest = max(furthest, part.size)
            if fruitless >= retry.attempts:
                raise TransientError(f"{error}; {fruitless} attempts in a row brought nothing new") from error
            pause = _pause(error.wait, fruitless, retry)
            with bar.external_write_mode():
                options.log(
                    f"{file.name}: {error}; trying again" + (f" in {pause:.0f} s" if pause >= 1 else "")
                )
            time.sleep(pause)


def _pause(asked: float | None, fruitless: int, retry: RetryPolicy) -> float:
    if asked is not None:
        return min(asked, retry.max_wait)
    doubled = retry.pause * 2 ** (fruitless - 1)
    return min(doubled, retry.max_wait) * random.uniform(0.75, 1.0)  # noqa: S311 - jobs spread


def _show(bar: tqdm[None], part: PartialFile, size: int) -> None:
    if bar.disable:
        return
    version = part.version if bar.n == 0 or size < bar.n else None
    if version is not None and version.total is not None:
        bar.total = version.total
    bar.update(size - bar.n)


def _disk_error(error: OSError, part: PartialFile) -> DisentError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DisentError(
            f"the disk is full: {part.path} holds {part.size:,} bytes of the file\n"
            "make room and call again, the download continues there"
        )
    return DisentError(f"{part.path} could not be written: {error.strerror or error}")
