"""The recipe of a download: is it there, is there room, fetch, check, format, tidy up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ...errors import DisentError
from ..capacity import in_units, require_space
from ..lock import exclusive
from ..store import open_store
from .fetch import Manner
from .formatting import examine, format_images
from .part import Part
from .raw import fetched_file, given_file
from .sources import Source
from .verify import WrongFile, set_aside

DOWNLOADS = "downloads"  # folder below dataroot for files that are still to be formatted


def obtain_grid(
    source: Source,
    dataroot: Path,
    manner: Manner,
    *,
    given: Path | None = None,
    force: bool = False,
    keep_raw: bool = False,
) -> Path:
    """The dataset folder of a source that is one full grid; what an interrupted call did is continued.

    `given` is the original file, or its folder, fetched by hand: it is read, never moved or deleted.
    DisentError: a wrong file (set aside), no room, a host that gives nothing, an unwritable folder.
    """
    folder = dataroot / source.name
    target = dataroot / DOWNLOADS / source.files[0].name
    with exclusive(folder):
        if not force and _is_there(source, folder, manner):
            if given is None:
                _tidy(target, manner)
            return folder
        _plan_disk(source, folder, target, given, manner)
        raw, md5 = _original(source, target, given, manner)
        if given is None:
            _mark(target, keep_raw)
        try:
            format_images(raw, md5, source, folder, quiet=manner.quiet)
        except WrongFile as error:
            raise _damaged(raw, given, error) from error
        count = source.grid.size
        manner.say(
            f"{source.title} is in {folder}: {count:,} images, {source.licence}; cite {source.citation}"
        )
        if given is None:
            _tidy(target, manner)
    return folder


def _doomed(target: Path) -> Path:
    """The mark of a download that is to go after formatting: a kill in between is made up for later."""
    return target.with_name(f"{target.name}.temporary")


def _mark(target: Path, keep_raw: bool) -> None:
    if keep_raw:
        _doomed(target).unlink(missing_ok=True)
    else:
        _doomed(target).touch()


def _tidy(target: Path, manner: Manner) -> None:
    """Delete a formatted download that was not to be kept."""
    if not _doomed(target).exists():
        return
    if target.exists():
        freed = in_units(target.stat().st_size)
        target.unlink()
        manner.say(f"{target} is no longer needed and was deleted ({freed}); --keep-raw keeps it")
    _doomed(target).unlink()


def _is_there(source: Source, folder: Path, manner: Manner) -> bool:
    """Whether the folder holds the dataset; a damaged one is said, and made again."""
    if not folder.exists():
        return False
    try:
        store = open_store(folder, f"run `fig download-dataset {source.call} --force`")
    except DisentError as error:
        manner.say(f"{source.title} is made again: {error}")
        return False
    if store.spec.factors != source.grid:
        raise DisentError(
            f"{folder} holds {store.spec.count:,} images of {store.spec.name!r}, not {source.grid.size:,} of "
            f"{source.title}\n--force replaces it; --dataroot names another place"
        )
    manner.say(f"{source.title} is already in {folder}: {store.spec.count:,} images; --force makes it again")
    return True


def _plan_disk(source: Source, folder: Path, target: Path, given: Path | None, manner: Manner) -> None:
    """Say what disk is needed at the peak, and what is freed afterwards; DisentError if it is not there."""
    file, written = source.files[0], folder.with_name(f".{folder.name}.partial") / "images.npy"
    local = given is not None or target.exists()
    to_fetch = 0 if local else max(0, file.planned - Part(target).size)
    to_format = max(0, source.formatted - (written.stat().st_size if written.exists() else 0))
    what = f"{in_units(to_fetch)} to fetch, " if to_fetch else ""
    what += f"{in_units(to_format)} to format"
    freed = "" if given is not None else f"; {in_units(file.planned)} are freed in the end"
    manner.say(f"{source.title} needs {in_units(to_fetch + to_format)} of disk at its peak ({what}){freed}")
    require_space(folder, to_fetch + to_format, f"{source.title} ({what})")


def _original(source: Source, target: Path, given: Path | None, manner: Manner) -> tuple[Path, str]:
    """The examined original file and its MD5."""
    file = source.files[0]
    check = partial(examine, source=source, file=file, quiet=manner.quiet)
    if given is not None:
        return given_file(file, source, given, check)
    return fetched_file(file, source, target, check, manner)


def _damaged(raw: Path, given: Path | None, error: WrongFile) -> DisentError:
    """The message for a file that looked right and turned out damaged while it was read."""
    if given is not None:
        return DisentError(f"{raw} is damaged: {error}\nnothing of it was kept; fetch it again")
    _doomed(raw).unlink(missing_ok=True)
    return DisentError(
        f"{raw} is damaged: {error}\nit is kept aside as {set_aside(raw)}; call again to fetch it anew"
    )
