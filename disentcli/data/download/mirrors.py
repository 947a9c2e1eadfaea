"""An institute's own mirrors: a YAML file named by DISENTCLI_SOURCES replaces parts of the sources.

3ds:
  files:
    3dshapes.h5: {urls: [https://data.example.edu/3dshapes.h5], md5: null}
mpi_toy:
  sizes: [2, 2, 2, 3, 3, 4, 4]     # a smaller grid, of the first values of each factor
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from ...errors import CallError, DisentError
from ..factors import FactorSpace
from .index import all_published, get_source
from .source import RemoteFile, Source

VARIABLE = "DISENTCLI_SOURCES"
FILE_KEYS = ("urls", "size", "md5", "md5_unpacked")
SOURCE_KEYS = ("files", "sizes", "count")


def find_source(name: str, category: str | None = None, mirror: str | None = None) -> Source:
    """The source that `fig download-dataset NAME --cat CATEGORY` means; CallError says what exists.

    The file that DISENTCLI_SOURCES names and the base address `mirror` override what is published.
    """
    source = _overridden(get_source(name, category))
    return _with_mirror(source, mirror) if mirror else source


def find_source_of(folder: str) -> Source:
    """The source whose dataset folder has this name: `mpi_real`; DisentError says which there are."""
    known = all_published()
    if folder not in known:
        raise DisentError(
            f"no source is named {folder!r}, which `downloads` of a dataset's info names; "
            f"there are {', '.join(known)}"
        )
    return _overridden(known[folder])


def _overridden(source: Source) -> Source:
    """The source as the file that DISENTCLI_SOURCES names has it."""
    path = os.environ.get(VARIABLE)
    if not path:
        return source
    return apply_mirrors(all_published(), _read(Path(path)), where=f"{path} ({VARIABLE})")[source.name]


def apply_mirrors(sources: Mapping[str, Source], table: Any, where: str) -> dict[str, Source]:
    """`sources` with the entries of `table`; CallError names a key that means nothing."""
    result = dict(sources)
    for name, entry in _mapping(table, where).items():
        source = result[_known(name, result, where)]
        for key in _mapping(entry, f"{where}, {name}"):
            _known(key, SOURCE_KEYS, f"{where}, {name}")
        if "sizes" in entry:
            source = _with_sizes(source, entry["sizes"], where)
        if "count" in entry:
            source = _with_count(source, entry["count"], where)
        if "files" in entry:
            source = _with_files(source, entry["files"], where)
        result[name] = source
    return result


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CallError(f"{path}, named by {VARIABLE}, cannot be read: {error}") from error


def _mapping(value: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise CallError(f"{where}: a table of names was expected, not {value!r}")
    return value


def _known(key: Any, names: Any, where: str) -> Any:
    if key in names:
        return key
    near = get_close_matches(str(key), list(names), n=1)
    raise CallError(f"{where}: {key!r} is not one of {', '.join(names)}" + (f"; {near[0]}?" if near else ""))


def _with_sizes(source: Source, sizes: Any, where: str) -> Source:
    """The same source with the first values only of each factor; the published size and MD5 do not hold."""
    space = source.space
    if space is None or not isinstance(sizes, (list, tuple)) or len(sizes) != len(space.sizes):
        raise CallError(f"{where}, {source.name}: no grid of the sizes {sizes!r} is possible")
    if not all(isinstance(new, int) and 1 <= new <= old for new, old in zip(sizes, space.sizes, strict=True)):
        raise CallError(f"{where}, {source.name}: sizes must be within {list(space.sizes)}, not {sizes}")
    values = tuple(of_factor[:size] for of_factor, size in zip(space.values, sizes, strict=True))
    smaller = FactorSpace(space.names, tuple(sizes), values)
    return replace(source, space=smaller, files=_subset(source.files, smaller.size / space.size))


def _with_count(source: Source, count: Any, where: str) -> Source:
    """The same source with another number of images; the published size and MD5 do not hold."""
    if source.count == 0 or not isinstance(count, int) or not 1 <= count <= source.count:
        raise CallError(f"{where}, {source.name}: {count!r} images are not possible")
    return replace(source, count=count, files=_subset(source.files, count / source.count))


def _subset(files: tuple[RemoteFile, ...], part: float) -> tuple[RemoteFile, ...]:
    return tuple(
        replace(
            file,
            about=round(file.about * part),
            size=None,
            md5=None,
            other_md5s=(),
            md5_unpacked=None,
            release="",
            other_release="",
        )
        for file in files
    )


def _with_files(source: Source, files: Any, where: str) -> Source:
    entries = _mapping(files, f"{where}, {source.name}.files")
    for name in entries:
        _known(name, [file.name for file in source.files], f"{where}, {source.name}.files")
    return replace(
        source,
        files=tuple(
            _with_entry(file, entries[file.name], f"{where}, {file.name}") if file.name in entries else file
            for file in source.files
        ),
    )


def _with_entry(file: RemoteFile, entry: Any, where: str) -> RemoteFile:
    changes = dict(_mapping(entry, where))
    for key in changes:
        _known(key, FILE_KEYS, where)
    _check_values(changes, where)
    if "urls" in changes:
        changes["urls"] = tuple(_web_address(url, where) for url in changes["urls"])
    if "md5" in changes:
        changes |= {"other_md5s": (), "release": "", "other_release": ""}
    if isinstance(changes.get("size"), int):
        changes["about"] = changes["size"]
    return replace(file, **changes)


def _check_values(entry: Mapping[str, Any], where: str) -> None:
    for key in ("md5", "md5_unpacked"):
        value = entry.get(key)
        if value is not None and not re.fullmatch(r"[0-9a-fA-F]{32}", str(value)):
            raise CallError(f"{where}: {key} is 32 hexadecimal digits, in quotes, or null, not {value!r}")
    size = entry.get("size")
    if size is not None and (not isinstance(size, int) or size < 0):
        raise CallError(f"{where}: size is a number of bytes or null, not {size!r}")
    if not isinstance(entry.get("urls", []), list):
        raise CallError(f"{where}: urls is a list of addresses, not {entry['urls']!r}")


def _web_address(url: Any, where: str) -> str:
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise CallError(f"{where}: an address begins with https:// or http://, unlike {url!r}")
    return url


def _with_mirror(source: Source, mirror: str) -> Source:
    base = _web_address(mirror, "--mirror").rstrip("/")
    return replace(source, files=tuple(replace(file, urls=(f"{base}/{file.name}",)) for file in source.files))
