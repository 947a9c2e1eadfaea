"""Anyone's own folder of image files, read once into a dataset folder, with or without factors."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Literal

import numpy as np

from ...errors import CallError, DisentError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_folder import Store, StoreSpec, open_store
from ..dataset_folder_writer import StoreWriter
from ..dataset_info import DatasetInfo
from ..dataset_lock import exclusive
from .factor_csv import read_factor_csv
from .factor_table import FactorTable, FileRef, factor_arguments, factor_table
from .fingerprint import fingerprint, stored_fingerprint
from .image_files import (
    ReadOptions,
    find_images,
    fingerprint_files,
    inspect_images,
    read_image,
    survey_pixels,
    warn_of_other_files,
)
from .readable_images import readable_images

log = logging.getLogger(__name__)

TITLE = "Image files of your own"
BLOCK = 64  # images
DARK = 1 / 8  # of the levels: images that use fewer are likely to have fewer bits


@dataset("folder")
class Folder(Dataset):
    """The image files (png, jpg, bmp, webp, tif, gif) of a folder and of the folders in it, in natural order.

    They are read once and kept in `root`/cache; a changed, new or missing file makes them be read again.
    All must have one size, unless `size` resizes them (Lanczos) or `pad` puts black around them, to `size` or
    to the next power of two, after a square was cut from their middle if `crop` says so. They are grey if
    every file is, unless `grey` says. `ground` is the colour behind what is transparent (black), `bits` how
    many bits of files with more than 8 are used (16), `unreadable` whether files that cannot be read are an
    error or left out.

    `factors` is a CSV with a header: the file's name relative to the folder, then one column a factor: of
    classes if its numbers are whole, `3.0` too, unless `continuous` names it. Without it, images in
    sub-folders have the factor `folder`. `as_grid` takes the factors in the order in which the images are
    named, where they are a full grid in that order.
    """

    def __init__(
        self,
        path: Path,
        root: str = "local_data",
        *,
        factors: Path | None = None,
        continuous: tuple[str, ...] = (),
        size: int | None = None,
        pad: bool = False,
        crop: bool = False,
        grey: bool | None = None,
        ground: str | None = None,
        bits: int | None = None,
        unreadable: Literal["error", "skip"] = "error",
        as_grid: bool = False,
    ) -> None:
        path, options = Path(path), ReadOptions(size, crop, grey, pad, ground, bits)
        found = find_images(path)
        warn_of_other_files(path)
        table = read_factors(found, factors, continuous)
        names = found
        if unreadable == "skip":
            names = readable_images(
                Path(root) / f"{_cache(path, options)}.left-out.json", path, found, options
            )
            table = table and _rows_of(table, found, names)
        store = open_or_read(Path(root), path, names, options)
        super().__init__(
            _name(path),
            store.images,
            store.spec.shape,
            fingerprint=stored_fingerprint(store.sha256, table),
            older_fingerprints=[fingerprint(store.images, store.spec.shape, table)],
            source=str(path),
            **factor_arguments(table, as_grid),
        )

    @staticmethod
    def info(
        *,
        path: Path | None,
        factors: Path | None,
        continuous: tuple[str, ...],
        size: int | None,
        pad: bool,
        crop: bool,
        grey: bool | None,
        ground: str | None,
        bits: int | None,
        unreadable: Literal["error", "skip"],
        as_grid: bool,
    ) -> DatasetInfo:
        """The images of this folder, from the headers of its files."""
        if path is None:
            return DatasetInfo(TITLE, (), None, obtain="your folder: --path DIR")
        names = find_images(path)
        options = ReadOptions(size, crop, grey, pad, ground, bits)
        found = read_factors(names, factors, continuous)
        table = found.arranged(as_grid) if found else None
        shape = inspect_images(path, names, options, skip=unreadable == "skip")
        return DatasetInfo(
            f"{TITLE}: {path}",
            shape,
            len(names),
            table.names if table else (),
            table.sizes if table else (),
            table.values if table else (),
            folder=_cache(path, options),
            disk=len(names) * prod(shape),
            obtain="your folder, read on first use",
        )


def read_factors(
    names: Sequence[str], table: str | Path | None, continuous: Sequence[str] = ()
) -> FactorTable | None:
    """The factors of these files: from the CSV `table`, else from their sub-folders; None without either.

    Raises:
        CallError: `continuous` names no column of a CSV.
    """
    if table is not None:
        return read_factor_csv(Path(table), names, continuous)
    if continuous:
        raise CallError(
            f"--dataset.continuous {', '.join(continuous)}: there is no CSV, --dataset.factors names one"
        )
    folders = [name.rpartition("/")[0] or "." for name in names]
    if set(folders) == {"."}:
        return None
    return factor_table([np.array(folders)], ["folder"], FileRef("the sub-folders"))


def _rows_of(table: FactorTable, found: Sequence[str], names: Sequence[str]) -> FactorTable:
    """The rows of the table of the files `found` that belong to `names`."""
    kept = set(names)
    return replace(table, labels=table.labels[[name in kept for name in found]])


def open_or_read(root: Path, path: Path, names: Sequence[str], options: ReadOptions) -> Store:
    """The dataset folder of these files, made anew unless it is of the same names, sizes and times.

    One process reads, others wait. DisentError names a file that is damaged or has another size.
    """
    folder = root / _cache(path, options)
    source = f"image files {fingerprint_files(path, names, options)}"
    store = _open_cached(folder, source)
    if store is None:
        with exclusive(folder):
            store = _open_cached(folder, source) or _read(folder, source, path, names, options)
    return store


def _open_cached(folder: Path, source: str) -> Store | None:
    """The dataset folder, if it is whole and was read from the same files."""
    try:
        store = open_store(folder, "read the images again")
    except DisentError:
        return None
    return store if store.spec.source == source else None


def _read(folder: Path, source: str, path: Path, names: Sequence[str], options: ReadOptions) -> Store:
    from tqdm import tqdm

    shape = inspect_images(path, names, options)
    spec = StoreSpec(f"{path.name} (images)", shape, len(names), source=source)
    with (
        StoreWriter(folder, spec) as writer,
        tqdm(
            total=len(names), initial=writer.done, desc="reading images", unit="images", disable=None
        ) as bar,
    ):
        for first in range(writer.done, len(names), BLOCK):
            some = names[first : first + BLOCK]
            writer.write(np.stack([read_image(path / name, shape, options) for name in some]))
            bar.update(len(some))
    _warn_of_assumptions(path, names, options)
    return open_store(folder, "call again to read the images anew", expected=spec)


def _warn_of_assumptions(path: Path, names: Sequence[str], options: ReadOptions) -> None:
    """Say what was assumed of transparent pixels, and of bits that no file uses."""
    transparent, highest = survey_pixels(path, names)
    if transparent and options.ground is None:
        log.warning(
            "%s: what is transparent in %d of %d files became black; --dataset.ground COLOUR puts another "
            "colour behind it",
            *(path, transparent, len(names)),
        )
    if 0 < highest <= options.white * DARK:
        log.warning(
            "%s: the images are dark: the brightest pixel is %d of %d levels; --dataset.bits %d says how "
            "many bits are used",
            *(path, highest, options.white, max(highest.bit_length(), 8)),
        )


def _cache(path: Path, options: ReadOptions) -> str:
    """The folder below dataroot that keeps these images: one for each folder of files and options."""
    place = hashlib.sha256(f"{path.resolve()} {options.key}".encode("utf-8", "surrogateescape")).hexdigest()
    return f"cache/{_name(path)}-{place[:8]}"


def _name(path: Path) -> str:
    return re.sub(r"[^\w.+=-]", "", path.resolve().name).lstrip(".") or "folder"
