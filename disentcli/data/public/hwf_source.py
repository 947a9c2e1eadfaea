"""HWF (Li et al., ICML 2020): single handwritten digits and operators, cut from formulas, in one zip file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile
from ..formats.image_decoding import decode_images, decode_rgb
from ..formats.zip import Archive

FOLDER = "Handwritten_Math_Symbols"  # with a folder for each class
KINDS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
SYMBOLS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "+", "-", "times")
SIDE = 45


@source("hwf")
def hwf(cat: Literal["symbols", "div"] = "symbols") -> Source:
    """HWF, about 50,674 handwritten digits, +, − and ×; div: with ÷ as well."""
    words = (*SYMBOLS, "div") if cat == "div" else SYMBOLS
    return Source(
        name="hwf" if cat == "symbols" else f"hwf_{cat}",
        title="HWF symbols" if cat == "symbols" else "HWF symbols with ÷",
        call="hwf" if cat == "symbols" else f"hwf --cat {cat}",
        reader=FormatReader(_check, _blocks, _labels),
        files=(FILE,),
        licence="no licence stated",
        citation=(
            "Li, Huang, Hong, Chen, Wu and Zhu, Closed Loop Neural-Symbolic Learning via Integrating Neural "
            "Perception, Grammar Parsing, and Symbolic Reasoning, ICML 2020"
        ),
        homepage="https://github.com/liqing-ustc/NGS",
        image=(SIDE, SIDE, 1),
        factor_names=("symbol",),
        factor_sizes=(len(words),),
        factor_values=(words,),
    )


FILE = RemoteFile(
    name="HWF.zip",
    urls=(
        # handed on by the authors of DeepStochLog (Winters et al., AAAI 2022)
        "https://github.com/ML-KULeuven/deepstochlog/releases/download/0.0.1/hwf.zip",
        # the original, of which readers said in 2025 that it is gone
        "https://drive.usercontent.google.com/download?id=1G07kw-wK-rqbg_85tuB7FNfA49q8lvoy&export=download&confirm=t",
    ),
    about=120_000_000,  # an estimate; neither size nor checksum is published
    aliases=("hwf.zip",),
    by_hand="https://github.com/ML-KULeuven/deepstochlog/releases/tag/0.0.1",
)


def _check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless every class has images, and the first of each is one of 45×45."""
    with Archive(path) as archive:
        first: dict[int, str] = {}
        for place, name in _listed(archive, source):
            first.setdefault(place, name)
        for name in first.values():
            _pixels(archive.read(name), name)


def _blocks(paths: Sequence[Path], source: Source, start: int) -> Iterator[np.ndarray]:
    with Archive(paths[0]) as archive:
        yield from decode_images(archive, [name for _, name in _listed(archive, source)][start:], _pixels)


def _labels(paths: Sequence[Path], source: Source) -> np.ndarray:
    """(N, 1) int64: the class."""
    with Archive(paths[0]) as archive:
        return np.array([[place] for place, _ in _listed(archive, source)], dtype=np.int64)


def _listed(archive: Archive, source: Source) -> list[tuple[int, str]]:
    """Class and name of each image, by class and then by number; WrongFile if a class has none.

    Only files that are called after their class count (`5/5_526.jpg`, not `5/exp526.jpg`), as in the weak
    disentanglement of Valenti and Bacciu (IJCNN 2022, published code).
    """
    words = [str(word) for word in source.factor_values[0]]
    found: dict[str, list[str]] = {word: [] for word in words}
    for name, member in archive.members.items():
        folder, word = ("", "", *PurePosixPath(member).parts)[-3:-1]
        named = name.startswith(word) and PurePosixPath(name).suffix.lower() in KINDS
        if folder == FOLDER and word in found and named:
            found[word].append(name)
    missing = [word for word, names in found.items() if not names]
    if missing:
        raise WrongFile(
            f"it has no images {FOLDER}/{missing[0]}/{missing[0]}_….jpg"
            + (f", and none of {', '.join(missing[1:])}" if len(missing) > 1 else "")
        )
    return [(place, name) for place, word in enumerate(words) for name in sorted(found[word], key=_natural)]


def _natural(name: str) -> tuple[list[int], str]:
    """By the numbers in a name: 5_9 before 5_10."""
    return [int(number) for number in re.findall(r"\d+", name)], name


def _pixels(data: bytes, name: str) -> np.ndarray:
    """(45, 45, 1) grey levels, 255 for white."""
    kind = KINDS[PurePosixPath(name).suffix.lower()]
    return np.asarray(decode_rgb(data, name, kind, (SIDE, SIDE)).convert("L"))[..., None]
