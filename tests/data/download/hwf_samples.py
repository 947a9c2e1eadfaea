"""A small zip of exactly the published format of HWF, and the source that reads it."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from PIL import Image, ImageDraw

from disentcli.data.download.mirrors import apply_mirrors
from disentcli.data.download.source import Source
from disentcli.data.public.hwf_source import SYMBOLS

from .download_samples import SOURCES

NUMBERS = (526, 9, 106510)  # of the files of a class, as they stand in the zip


def small_hwf(cat: str = "symbols", urls: list[str] | None = None) -> Source:
    """The source of HWF, fetched from these addresses."""
    name = {"symbols": "hwf", "div": "hwf_div"}[cat]
    return apply_mirrors(SOURCES, {name: {"files": {"HWF.zip": {"urls": urls or []}}}}, "a test")[name]


def drawn(word: str, number: int, *, kind: str = "JPEG", mode: str = "L", size: int = 45) -> bytes:
    """A picture of a word on white, different for every number."""
    image = Image.new(mode, (size, size), "white")
    place = (4 + number % 9, 10 + number % 7)
    ImageDraw.Draw(image).text(place, f"{word}{number % 10}", fill="black")
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def hwf_files(words: tuple[str, ...] = (*SYMBOLS, "div"), top: str = "data") -> dict[str, bytes]:
    """The members of the zip: pictures of every class, those called exp… besides, formulas, a model."""
    files = {f"{top}/expr_train.json": b"[]", "pretrain-sym_net/model.pkl": b"never read"}
    for word in words:
        folder = f"{top}/Handwritten_Math_Symbols/{word}"
        files |= {f"{folder}/exp{number}.jpg": b"passed over" for number in (1, 40291)}
        files |= {f"{folder}/{word}_{number}.jpg": drawn(word, number) for number in NUMBERS}
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pixels(content: bytes) -> np.ndarray:
    """(45, 45) uint8 as Pillow decodes them."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))
