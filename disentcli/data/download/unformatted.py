"""The recipe for files that are kept: fetched or copied into place, where they stay as they are."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from shutil import copyfileobj

from ...atomic_io import atomic_file, is_partial
from ...errors import DisentError
from ..dataset_lock import exclusive
from ..formats import idx
from ..resources import format_bytes, require_space
from .fetch import DownloadOptions
from .formatting import verify_file
from .originals import download_path, fetch_original, find_local, remove_if_empty
from .source import RemoteFile, Source
from .verify import WrongFile, quarantine


def prepare_unformatted(
    source: Source,
    dataroot: Path,
    options: DownloadOptions,
    *,
    local_path: Path | None = None,
    force: bool = False,
) -> Path:
    """The folder with the original files of `source`, verified.

    `local_path` is a folder of files fetched by hand.

    DisentError: a wrong file (quarantined), no room, a host that gives nothing.
    """
    folder = dataroot / source.name
    with exclusive(folder):
        _clear(folder)
        missing = [file for file in source.files if force or not _is_there(file, source, folder, options)]
        if not missing:
            options.log(f"{source.title} is already in {folder}; --force fetches its files again")
            return folder
        needed = sum(file.planned for file in missing)
        options.log(f"{source.title} needs {format_bytes(needed)} of disk")
        require_space(folder / missing[0].name, needed, source.title)
        for file in missing:
            _prepare_file(file, source, folder, local_path, options)
    options.log(f"{source.title} is in {folder}, {source.licence}; cite {source.citation}")
    return folder


def check_unformatted(source: Source, folder: Path) -> str:
    """Read all files of a kept dataset; which there are.

    Raises:
        DisentError: files are missing, or are not the published ones.
    """
    wrong = []
    for file in source.files:
        found = _places(file, folder)
        if not found:
            wrong.append(f"{folder / file.name} is missing")
        for path in found:
            try:
                verify_file(path, source, file, quiet=True)
            except WrongFile as error:
                wrong.append(f"damaged: {path}: {error}")
    if wrong:
        problems = "; ".join(wrong)
        raise DisentError(f"{problems}; run `fig download-dataset {source.call}`, which fetches these anew")
    return ", ".join(file.name for file in source.files)


def has_files(source: Source, folder: Path) -> bool:
    """Whether all files of a kept dataset are there, right or not."""
    return all(_places(file, folder) for file in source.files)


def _clear(folder: Path) -> None:
    """Remove what a killed call left unfinished."""
    for path in folder.glob("*"):
        if is_partial(path):
            path.unlink()


def _places(file: RemoteFile, folder: Path) -> list[Path]:
    """Where a loader would find the file: packed or not."""
    return [path for path in (folder / file.name, folder / idx.plain_name(file)) if path.exists()]


def _is_there(file: RemoteFile, source: Source, folder: Path, options: DownloadOptions) -> bool:
    """Whether the right file is there; whatever is there instead is quarantined."""
    places = _places(file, folder)
    for path in places:
        try:
            verify_file(path, source, file, quiet=options.quiet)
        except WrongFile as error:
            options.log(f"{path} is fetched again: {error}; the old file is kept aside as {quarantine(path)}")
            return False
    return bool(places)


def _prepare_file(
    file: RemoteFile, source: Source, folder: Path, local_path: Path | None, options: DownloadOptions
) -> None:
    """Put the checked file into the folder, in place of any older one; its bytes say whether it is packed."""
    check = partial(verify_file, source=source, file=file, quiet=options.quiet)
    if local_path is not None:
        version, _ = find_local(file, source, local_path, check)
    else:
        version, _ = fetch_original(file, source, download_path(file, source, folder.parent), check, options)
    target = folder / (file.name if idx.is_packed(version) else idx.plain_name(file))
    folder.mkdir(parents=True, exist_ok=True)
    older = [path for path in _places(file, folder) if path != target and path != version]
    if local_path is None:
        os.replace(version, target)
        remove_if_empty(version.parent)
    elif not (target.exists() and target.samefile(version)):
        with open(version, "rb") as stream, atomic_file(target) as copy:
            copyfileobj(stream, copy)
    for path in older:
        path.unlink()
