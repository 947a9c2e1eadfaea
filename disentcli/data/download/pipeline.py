"""Preparing a dataset folder: is it there, is there room, fetch, verify, format, clean up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ...errors import DisentError
from ..dataset_folder import open_store
from ..dataset_lock import exclusive
from ..resources import format_bytes, require_space
from .fetch import DownloadOptions
from .formatting import format_images, verify_file
from .originals import download_path, fetch_original, find_local, remove_if_empty
from .partial_file import PartialFile
from .source import RemoteFile, Source
from .unformatted import prepare_unformatted
from .verify import WrongFile, quarantine


def prepare_dataset(
    source: Source,
    dataroot: Path,
    options: DownloadOptions,
    *,
    local_path: Path | None = None,
    force: bool = False,
    keep_raw: bool = False,
) -> Path:
    """The dataset folder of a source; what an interrupted call did is continued.

    `local_path` is the original file, or the folder of them, fetched by hand: read, never moved or deleted.
    DisentError: a wrong file (quarantined), no room, a host that gives nothing, an unwritable folder.
    """
    if source.reader.blocks is None:
        with _resumable(options):
            return prepare_unformatted(source, dataroot, options, local_path=local_path, force=force)
    folder = dataroot / source.name
    targets = [download_path(file, source, dataroot) for file in source.files]
    with _resumable(options), exclusive(folder):
        if not force and _is_there(source, folder, options):
            if local_path is None:
                _clean_up(targets, options)
            return folder
        _plan_disk(source, folder, targets, local_path, options)
        paths, md5s = zip(
            *(_original(file, source, dataroot, local_path, options) for file in source.files), strict=True
        )
        if local_path is None:
            _mark(targets, keep_raw)
        try:
            count = format_images(paths, md5s, source, folder, quiet=options.quiet)
        except WrongFile as error:
            raise _damaged(error.path or paths[0], local_path, error) from error
        options.log(
            f"{source.title} is in {folder}: {count:,} images, {source.licence}; cite {source.citation}"
        )
        for file, md5 in zip(source.files, md5s, strict=True):
            if file.release:
                options.log(f"the images are those of {file.describe(md5)}")
        if local_path is None:
            _clean_up(targets, options)
    return folder


@contextmanager
def _resumable(options: DownloadOptions) -> Iterator[None]:
    """Say where the user interrupts that nothing of it is lost."""
    try:
        yield
    except KeyboardInterrupt:
        options.log("the same call goes on where this one was interrupted")
        raise


def _delete_marker(target: Path) -> Path:
    """The mark of a download that is to go after formatting: a kill in between is made up for later."""
    return target.with_name(f"{target.name}.temporary")


def _mark(targets: Sequence[Path], keep_raw: bool) -> None:
    for target in targets:
        if keep_raw:
            _delete_marker(target).unlink(missing_ok=True)
        else:
            _delete_marker(target).touch()


def _clean_up(targets: Sequence[Path], options: DownloadOptions) -> None:
    """Delete formatted downloads that were not to be kept."""
    marked = [target for target in targets if _delete_marker(target).exists()]
    present = [target for target in marked if target.exists()]
    freed = format_bytes(sum(target.stat().st_size for target in present))
    for target in marked:
        target.unlink(missing_ok=True)
        _delete_marker(target).unlink()
    remove_if_empty(targets[0].parent)
    if len(present) == 1:
        options.log(f"{present[0]} is no longer needed and was deleted ({freed}); --keep-raw keeps it")
    elif present:
        what = f"{len(present)} files in {targets[0].parent}"
        options.log(f"{what} are no longer needed and were deleted ({freed}); --keep-raw keeps them")


def _is_there(source: Source, folder: Path, options: DownloadOptions) -> bool:
    """Whether the folder holds the dataset; a damaged one is said, and made again."""
    if not folder.exists():
        return False
    try:
        store = open_store(folder, f"run `fig download-dataset {source.call} --force`")
    except DisentError as error:
        options.log(f"{source.title} is made again: {error}")
        return False
    found, wanted = store.spec, source.spec(count=source.size or store.spec.count)
    if (found.factors, found.count, found.shape) != (wanted.factors, wanted.count, wanted.shape):
        raise DisentError(
            f"{folder} holds {found.count:,} images of {found.name!r}, not {wanted.count:,} of "
            f"{source.title}\n--force replaces it; --dataroot names another place"
        )
    options.log(f"{source.title} is already in {folder}: {found.count:,} images; --force makes it again")
    return True


def _plan_disk(
    source: Source, folder: Path, targets: Sequence[Path], local_path: Path | None, options: DownloadOptions
) -> None:
    """Say what disk is needed at the peak, and what is freed afterwards; DisentError if it is not there."""
    written = folder.with_name(f".{folder.name}.partial") / "images.npy"
    to_fetch = 0 if local_path is not None else sum(map(_missing, source.files, targets))
    to_format = max(0, source.formatted - (written.stat().st_size if written.exists() else 0))
    what = f"{format_bytes(to_fetch)} to fetch, " if to_fetch else ""
    what += f"{format_bytes(to_format)} to format"
    planned = sum(file.planned for file in source.files)
    freed = "" if local_path is not None else f"; {format_bytes(planned)} are freed in the end"
    options.log(
        f"{source.title} needs {format_bytes(to_fetch + to_format)} of disk at its peak ({what}){freed}"
    )
    require_space(folder, to_fetch + to_format, f"{source.title} ({what})")


def _missing(file: RemoteFile, target: Path) -> int:
    """Bytes of the file that are still to come."""
    return 0 if target.exists() else max(0, file.planned - PartialFile(target).size)


def _original(
    file: RemoteFile, source: Source, dataroot: Path, local_path: Path | None, options: DownloadOptions
) -> tuple[Path, str]:
    """A verified original file and its MD5."""
    check = partial(verify_file, source=source, file=file, quiet=options.quiet)
    if local_path is not None:
        return find_local(file, source, local_path, check)
    return fetch_original(file, source, download_path(file, source, dataroot), check, options)


def _damaged(raw: Path, local_path: Path | None, error: WrongFile) -> DisentError:
    """The message for a file that looked right and turned out damaged while it was read."""
    if local_path is not None:
        return DisentError(f"{raw} is damaged: {error}\nnothing of it was kept; fetch it again")
    _delete_marker(raw).unlink(missing_ok=True)
    return DisentError(
        f"{raw} is damaged: {error}\nit is kept aside as {quarantine(raw)}; call again to fetch it anew"
    )
