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
from .fetch import Manner
from .formatting import examine
from .originals import download_of, fetched_file, given_file, tidy_folder
from .source import RemoteFile, Source
from .verify import WrongFile, set_aside


def obtain_kept(
    source: Source, dataroot: Path, manner: Manner, *, given: Path | None = None, force: bool = False
) -> Path:
    """The folder with the original files of `source`, checked; `given` is a folder of files fetched by hand.

    DisentError: a wrong file (set aside), no room, a host that gives nothing.
    """
    folder = dataroot / source.name
    with exclusive(folder):
        _clear(folder)
        missing = [file for file in source.files if force or not _is_there(file, source, folder, manner)]
        if not missing:
            manner.say(f"{source.title} is already in {folder}; --force fetches its files again")
            return folder
        needed = sum(file.planned for file in missing)
        manner.say(f"{source.title} needs {format_bytes(needed)} of disk")
        require_space(folder / missing[0].name, needed, source.title)
        for file in missing:
            _obtain(file, source, folder, given, manner)
    manner.say(f"{source.title} is in {folder}, {source.licence}; cite {source.citation}")
    return folder


def check_kept(source: Source, folder: Path) -> str:
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
                examine(path, source, file, quiet=True)
            except WrongFile as error:
                wrong.append(f"damaged: {path}: {error}")
    if wrong:
        told = "; ".join(wrong)
        raise DisentError(f"{told}; run `fig download-dataset {source.call}`, which fetches these anew")
    return ", ".join(file.name for file in source.files)


def _clear(folder: Path) -> None:
    """Remove what a killed call left unfinished."""
    for path in folder.glob("*"):
        if is_partial(path):
            path.unlink()


def _places(file: RemoteFile, folder: Path) -> list[Path]:
    """Where a loader would find the file: packed or not."""
    return [path for path in (folder / file.name, folder / idx.plain_name(file)) if path.exists()]


def _is_there(file: RemoteFile, source: Source, folder: Path, manner: Manner) -> bool:
    """Whether the right file is there; whatever is there instead is set aside."""
    places = _places(file, folder)
    for path in places:
        try:
            examine(path, source, file, quiet=manner.quiet)
        except WrongFile as error:
            manner.say(f"{path} is fetched again: {error}; the old file is kept aside as {set_aside(path)}")
            return False
    return bool(places)


def _obtain(file: RemoteFile, source: Source, folder: Path, given: Path | None, manner: Manner) -> None:
    """Put the checked file into the folder, in place of any older one; packed or not is told by its bytes."""
    check = partial(examine, source=source, file=file, quiet=manner.quiet)
    if given is not None:
        origin, _ = given_file(file, source, given, check)
    else:
        origin, _ = fetched_file(file, source, download_of(file, source, folder.parent), check, manner)
    target = folder / (file.name if idx.is_packed(origin) else idx.plain_name(file))
    folder.mkdir(parents=True, exist_ok=True)
    older = [path for path in _places(file, folder) if path != target and path != origin]
    if given is None:
        os.replace(origin, target)
        tidy_folder(origin.parent)
    elif not (target.exists() and target.samefile(origin)):
        with open(origin, "rb") as stream, atomic_file(target) as copy:
            copyfileobj(stream, copy)
    for path in older:
        path.unlink()
