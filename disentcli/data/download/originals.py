"""The original files of a source, checked: given by hand, kept from an earlier call, or fetched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ...errors import CallError, DisentError
from ...suggestions import no_file
from ..resources import format_bytes
from .fetch import DownloadOptions, fetch
from .http_range import GotHtml, PermanentError, TransientError
from .source import RemoteFile, Source
from .verify import WrongFile, quarantine

DOWNLOADS = "downloads"  # folder below dataroot for files that are still to be formatted
Check = Callable[[Path], str]  # the MD5 of the file; raises WrongFile


def download_path(file: RemoteFile, source: Source, dataroot: Path) -> Path:
    """Where a file is downloaded to: in a folder of the dataset's own: names like labels.npy are common."""
    return dataroot / DOWNLOADS / source.name / file.name


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of a dataset's downloads, and that of all, where nothing is left in them."""
    for empty in (folder, folder.parent):
        with suppress(OSError):
            empty.rmdir()


def find_local(file: RemoteFile, source: Source, local_path: Path, check: Check) -> tuple[Path, str]:
    """The file that a person fetched, and its MD5: `local_path`, or the one of the right name in that folder.

    It is checked like any other, and never moved or deleted. DisentError if it is not the right one.
    """
    path = _find(file, source, local_path)
    try:
        return path, check(path)
    except WrongFile as error:
        raise DisentError(
            f"{path} is not {file.name} of {source.title}: {error}\nnothing was formatted"
        ) from error
    except PermissionError as error:
        raise DisentError(f"{path} may not be read: {error.strerror}") from error


def fetch_original(
    file: RemoteFile, source: Source, target: Path, check: Check, options: DownloadOptions
) -> tuple[Path, str]:
    """The right file at `target` and its MD5: kept from an earlier call, or of the first mirror that has it.

    A wrong file is quarantined and the next mirror is asked. DisentError with the reason of each mirror.
    """
    reasons: list[str] = []
    page_came = False
    if target.exists() and (md5 := _accepted(target, check, reasons)):
        return target, md5
    for url in file.urls:
        try:
            fetch(url, file, target, options)
        except (TransientError, PermanentError) as error:
            reasons.append(f"{url}: {error}")
            page_came = page_came or isinstance(error, GotHtml)
        else:
            if md5 := _accepted(target, check, reasons, came_from=url):
                if file.checksum_unknown and not file.md5:
                    options.log(_not_compared(file, url, md5))
                return target, md5
    raise DisentError(
        _by_hand(file, source) if page_came and file.by_hand else _failure(file, source, reasons)
    )


def _accepted(path: Path, check: Check, reasons: list[str], came_from: str = "") -> str | None:
    """The MD5 of a right file; a wrong one is quarantined and the reason noted."""
    try:
        return check(path)
    except WrongFile as error:
        reasons.append(f"{came_from or path}: {error}; it is kept aside as {quarantine(path)}")
        return None


def _not_compared(file: RemoteFile, url: str, md5: str) -> str:
    """What a person can compare where no checksum is published."""
    host = "" if url.startswith("https://") else ", nor has its host https"
    return (
        f"{file.name}: no checksum of it is published{host}; the MD5 of what came is {md5}, "
        "compare it with that of another copy"
    )


def _find(file: RemoteFile, source: Source, local_path: Path) -> Path:
    if local_path.is_file() and len(source.files) == 1:
        return local_path
    if local_path.is_file():
        raise CallError(
            f"{source.title} has {len(source.files)} files: name the folder that holds them, not {local_path}"
        )
    if not local_path.is_dir():
        raise CallError(f"--from: {no_file(local_path, 'file or folder')}")
    names = (file.name, *file.aliases)
    found = [
        path
        for name in names
        for path in (local_path / name, *local_path.glob(f"*/{name}"))
        if path.is_file()
    ]
    if file.unpacked:
        places = (local_path.absolute(), local_path / file.unpacked, *local_path.glob(f"*/{file.unpacked}"))
        found += [path for path in places if path.name == file.unpacked and path.is_dir()]
        names += (f"folder {file.unpacked}",)
    if not found:
        raise CallError(f"--from {local_path}: the folder has no {' or '.join(names)}")
    return found[0]


def _by_hand(file: RemoteFile, source: Source) -> str:
    """Step by step, for all files of the source at once."""
    one = len(source.files) == 1
    steps = [
        f"open {each.by_hand or each.urls[0]} in a browser and save "
        + ("the file" if one else each.name)
        + f" ({format_bytes(each.planned)})"
        for each in source.files
    ]
    local_path = f"PATH/OF/{file.name}" if one else f"FOLDER, with all {len(source.files)} files in it"
    steps.append(f"fig download-dataset {source.call} --from {local_path}")
    return "\n".join(
        (
            f"{file.name}: its host gives it to people only (a web page came instead of the file)",
            *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
        )
    )


def _failure(file: RemoteFile, source: Source, reasons: list[str]) -> str:
    return "\n".join(
        (
            f"{file.name} could not be fetched:",
            *(f"  {reason}" for reason in reasons),
            f"call again later (a part that came is continued), or get it elsewhere or by hand "
            f"({file.by_hand or source.homepage}):",
            f"fig download-dataset {source.call} --mirror URL, or --from "
            + ("FILE" if len(source.files) == 1 else "FOLDER"),
        )
    )
