"""The recipe of a download: is it there, is there room, fetch, check, format, tidy up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ...errors import DisentError
from ..dataset_folder import open_store
from ..dataset_lock import exclusive
from ..resources import format_bytes, require_space
from .fetch import Manner
from .formatting import examine, format_images
from .originals import download_of, fetched_file, given_file, tidy_folder
from .partial_file import Part
from .source import RemoteFile, Source
from .unformatted import obtain_kept
from .verify import WrongFile, set_aside


def obtain(
    source: Source,
    dataroot: Path,
    manner: Manner,
    *,
    given: Path | None = None,
    force: bool = False,
    keep_raw: bool = False,
) -> Path:
    """The dataset folder of a source; what an interrupted call did is continued.

    `given` is the original file, or the folder of them, fetched by hand: read, never moved or deleted.
    DisentError: a wrong file (set aside), no room, a host that gives nothing, an unwritable folder.
    """
    if source.reader.blocks is None:
        return obtain_kept(source, dataroot, manner, given=given, force=force)
    folder = dataroot / source.name
    targets = [download_of(file, source, dataroot) for file in source.files]
    with exclusive(folder):
        if not force and _is_there(source, folder, manner):
            if given is None:
                _tidy(targets, manner)
            return folder
        _plan_disk(source, folder, targets, given, manner)
        paths, md5s = zip(
            *(_original(file, source, dataroot, given, manner) for file in source.files), strict=True
        )
        if given is None:
            _mark(targets, keep_raw)
        try:
            count = format_images(paths, md5s, source, folder, quiet=manner.quiet)
        except WrongFile as error:
            raise _damaged(error.path or paths[0], given, error) from error
        manner.say(
            f"{source.title} is in {folder}: {count:,} images, {source.licence}; cite {source.citation}"
        )
        for file, md5 in zip(source.files, md5s, strict=True):
            if file.release:
                manner.say(f"the images are those of {file.describe(md5)}")
        if given is None:
            _tidy(targets, manner)
    return folder


def _doomed(target: Path) -> Path:
    """The mark of a download that is to go after formatting: a kill in between is made up for later."""
    return target.with_name(f"{target.name}.temporary")


def _mark(targets: Sequence[Path], keep_raw: bool) -> None:
    for target in targets:
        if keep_raw:
            _doomed(target).unlink(missing_ok=True)
        else:
            _doomed(target).touch()


def _tidy(targets: Sequence[Path], manner: Manner) -> None:
    """Delete formatted downloads that were not to be kept."""
    doomed = [target for target in targets if _doomed(target).exists()]
    present = [target for target in doomed if target.exists()]
    freed = format_bytes(sum(target.stat().st_size for target in present))
    for target in doomed:
        target.unlink(missing_ok=True)
        _doomed(target).unlink()
    tidy_folder(targets[0].parent)
    if len(present) == 1:
        manner.say(f"{present[0]} is no longer needed and was deleted ({freed}); --keep-raw keeps it")
    elif present:
        what = f"{len(present)} files in {targets[0].parent}"
        manner.say(f"{what} are no longer needed and were deleted ({freed}); --keep-raw keeps them")


def _is_there(source: Source, folder: Path, manner: Manner) -> bool:
    """Whether the folder holds the dataset; a damaged one is said, and made again."""
    if not folder.exists():
        return False
    try:
        store = open_store(folder, f"run `fig download-dataset {source.call} --force`")
    except DisentError as error:
        manner.say(f"{source.title} is made again: {error}")
        return False
    found, wanted = store.spec, source.spec(count=source.size or store.spec.count)
    if (found.factors, found.count, found.shape) != (wanted.factors, wanted.count, wanted.shape):
        raise DisentError(
            f"{folder} holds {found.count:,} images of {found.name!r}, not {wanted.count:,} of "
            f"{source.title}\n--force replaces it; --dataroot names another place"
        )
    manner.say(f"{source.title} is already in {folder}: {found.count:,} images; --force makes it again")
    return True


def _plan_disk(
    source: Source, folder: Path, targets: Sequence[Path], given: Path | None, manner: Manner
) -> None:
    """Say what disk is needed at the peak, and what is freed afterwards; DisentError if it is not there."""
    written = folder.with_name(f".{folder.name}.partial") / "images.npy"
    to_fetch = 0 if given is not None else sum(map(_missing, source.files, targets))
    to_format = max(0, source.formatted - (written.stat().st_size if written.exists() else 0))
    what = f"{format_bytes(to_fetch)} to fetch, " if to_fetch else ""
    what += f"{format_bytes(to_format)} to format"
    planned = sum(file.planned for file in source.files)
    freed = "" if given is not None else f"; {format_bytes(planned)} are freed in the end"
    manner.say(
        f"{source.title} needs {format_bytes(to_fetch + to_format)} of disk at its peak ({what}){freed}"
    )
    require_space(folder, to_fetch + to_format, f"{source.title} ({what})")


def _missing(file: RemoteFile, target: Path) -> int:
    """Bytes of the file that are still to come."""
    return 0 if target.exists() else max(0, file.planned - Part(target).size)


def _original(
    file: RemoteFile, source: Source, dataroot: Path, given: Path | None, manner: Manner
) -> tuple[Path, str]:
    """An examined original file and its MD5."""
    check = partial(examine, source=source, file=file, quiet=manner.quiet)
    if given is not None:
        return given_file(file, source, given, check)
    return fetched_file(file, source, download_of(file, source, dataroot), check, manner)


def _damaged(raw: Path, given: Path | None, error: WrongFile) -> DisentError:
    """The message for a file that looked right and turned out damaged while it was read."""
    if given is not None:
        return DisentError(f"{raw} is damaged: {error}\nnothing of it was kept; fetch it again")
    _doomed(raw).unlink(missing_ok=True)
    return DisentError(
        f"{raw} is damaged: {error}\nit is kept aside as {set_aside(raw)}; call again to fetch it anew"
    )
