"""What a public dataset is before it is fetched: its files, and what formatting must find in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..dataset_folder import StoreSpec
from ..dataset_info import DatasetInfo
from ..factors import FactorSpace, Values

GROWTH, MARGIN = 2, 100_000_000  # times, and bytes, that a file may have grown since its size was noted


@dataclass(frozen=True)
class RemoteFile:
    """One file to fetch: its mirrors in the order in which they are tried, and how it is recognised."""

    name: str
    urls: tuple[str, ...]
    about: int  # bytes, to plan the disk with
    size: int | None = None  # bytes, exact, where it is published
    md5: str | None = None  # of the file, where it is published
    other_md5s: tuple[str, ...] = ()  # of the same data in another form: unpacked, or in another file format
    release: str = ""  # which one the MD5 is of, where other data were published under the same name
    other_release: str = (
        ""  # what a file of another MD5 is, where a release has no published one; "" refuses it
    )
    md5_unpacked: str | None = None  # of what the gzip file holds
    aliases: tuple[str, ...] = ()  # other names under which the same file is handed around
    checksum_unknown: bool = False  # none is published, nor https: a download says which MD5 came
    unpacked: str = ""  # the folder that an archive unpacks to, which may be given in its place
    by_hand: str = ""  # page to open in a browser where the host refuses programs

    @classmethod
    def on_google_drive(cls, name: str, identifier: str, about: int, *, md5: str | None = None) -> RemoteFile:
        """A file on Google Drive, which hands large files to people only; a zip may be given unpacked."""
        return cls(
            name=name,
            urls=(
                f"https://drive.usercontent.google.com/download?id={identifier}&export=download&confirm=t",
            ),
            about=about,
            md5=md5,
            unpacked=name.removesuffix(".zip") if name.endswith(".zip") else "",
            by_hand=f"https://drive.google.com/file/d/{identifier}/view",
        )

    @property
    def is_certain(self) -> bool:
        """Whether the MD5 finds out every wrong file."""
        return self.md5 is not None and not self.other_release

    def describe(self, md5: str) -> str:
        """The file of this MD5, and which release it is where there are several."""
        known = (self.md5 or "").lower(), *self.other_md5s
        release = self.release if md5 in known else self.other_release
        return f"{self.name}, MD5 {md5}" + (f" ({release})" if release else "")

    @property
    def planned(self) -> int:
        """Bytes to count with before the host has said how many there are."""
        return self.about if self.size is None else self.size

    @property
    def most(self) -> int:
        """Bytes beyond which it is another file, or a host that never stops."""
        return GROWTH * self.about + MARGIN if self.size is None else self.size


@dataclass(frozen=True)
class FormatReader:
    """How one kind of original files is verified and read; paths come in the order of `source.files`.

    Each function raises WrongFile (verify.py) for what is not as published; where there are several files,
    the error of `blocks` and `labels` names its `path`.
    """

    check: Callable[[Path, Source, RemoteFile], None]
    """One file, cheaply, before its MD5 is taken."""

    blocks: Callable[[Sequence[Path], Source, int], Iterator[np.ndarray]] | None = None
    """Images from a place on: uint8 (n, H, W, C) blocks, or packed rows; None where the files are kept as
    they are and read by the dataset itself."""

    labels: Callable[[Sequence[Path], Source], np.ndarray] | None = None
    """The factors (N, F) of sources whose images are no full grid in its order."""


@dataclass(frozen=True)
class Source:
    """One dataset: its files, and what formatting must find in them.

    `space` says that the images are a full grid in its order, unless the reader gives labels. Without a
    space the factors are named by `factor_names`, `factor_sizes` (0: continuous) and `factor_values`.
    """

    name: str  # of the folder below dataroot
    title: str
    call: str  # the words of `fig download-dataset` that fetch it
    reader: FormatReader
    files: tuple[RemoteFile, ...]
    licence: str
    citation: str
    homepage: str
    space: FactorSpace | None = None
    image: tuple[int, int, int] = (64, 64, 3)  # (H, W, C)
    packed: bool = False  # images of 0 and 1 are stored as bits
    count: int = 0  # images, where it is not the size of the space; 0: as many as there are labels
    factor_names: tuple[str, ...] = ()
    factor_sizes: tuple[int, ...] = ()
    factor_values: tuple[Values, ...] = ()

    @property
    def grid(self) -> FactorSpace:
        """The factor space; only of sources that have one."""
        if self.space is None:
            raise TypeError(f"{self.title} is no grid of factors")
        return self.space

    @property
    def size(self) -> int:
        """How many images there are; 0 where only the files know."""
        return self.count or (self.space.size if self.space else 0)

    @property
    def formatted(self) -> int:
        """Bytes of our own images; 0 where the files are kept as they are, or the count is unknown."""
        return 0 if self.reader.blocks is None else self.spec().image_bytes

    @property
    def remedy(self) -> str:
        """What to do where its files are missing or damaged, for messages."""
        return f"run `fig download-dataset {self.call}`, or give the call --download"

    def info(self) -> DatasetInfo:
        """The info of the dataset, without its files."""
        height, width, channels = self.image
        kept = sum(file.planned for file in self.files) if self.reader.blocks is None else 0
        return DatasetInfo(
            title=self.title,
            shape=(channels, height, width),
            count=self.size or None,
            factor_names=self.space.names if self.space else self.factor_names,
            factor_sizes=self.space.sizes if self.space else self.factor_sizes,
            factor_values=self.space.values if self.space else self.factor_values,
            licence=self.licence,
            citation=self.citation,
            homepage=self.homepage,
            folder=self.name,
            disk=kept or self.formatted,
            obtain=f"fig download-dataset {self.call}",
            downloads=(self.name,),
        )

    def spec(self, md5s: Sequence[str] = (), count: int = 0) -> StoreSpec:
        """The dataset folder of files with these MD5s: one begun from others is not continued."""
        height, width, channels = self.image
        names = [file.describe(md5) for file, md5 in zip(self.files, md5s, strict=False)]
        return StoreSpec(
            name=self.name,
            shape=(channels, height, width),
            count=count or self.size,
            packed=self.packed,
            factors=self.space,
            source=", ".join([*names, self.homepage]),
            licence=self.licence,
            citation=self.citation,
        )
