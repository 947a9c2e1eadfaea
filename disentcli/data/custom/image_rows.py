"""Images of several layouts and types made one: uint8 (N, H, W, C), bit-packed rows, or float32 vectors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from ...errors import CallError, DisentError
from ..resources import require_memory
from .array_file import ArrayEntry
from .image_sizing import AS_THEY_ARE, ImageSizing
from .vector_scale import VectorScale

log = logging.getLogger(__name__)

Layout = Literal["nhw", "nhwc", "nchw", "nd"]
MOST_CHANNELS = 4  # as many as an image has without being asked
LEVEL = 1 / 255
READ_WHOLE = 1 << 27  # bytes of mapped images that are read once to find damage: a tenth of a second
EXPECTED = (
    "expected uint8, bool, or floats in [0, 1], (N, H, W), (N, H, W, C) or (N, C, H, W), "
    "or float vectors (N, D)"
)
STAY = "uint8 (N, H, W, C) saved uncompressed (numpy.savez) stays on the disk"


@dataclass(frozen=True)
class RowOptions:
    """How an array becomes rows: the layout of images, their size, the bits in use of whole numbers; vectors
    `scaled` by what is given, or `standardize`d by their own mean and deviation."""

    layout: Layout | None = None
    sizing: ImageSizing = AS_THEY_ARE
    bits: int | None = None
    standardize: bool = False
    scale: VectorScale | None = None

    def __post_init__(self) -> None:
        if self.bits is not None and not 1 <= self.bits <= 32:
            raise CallError(f"--dataset.bits {self.bits}: whole numbers of images use 1 to 32 bits")


@dataclass(frozen=True)
class ImageRows:
    """What a `Dataset` keeps: `rows`, the shape (C, H, W) or (D,) of one, whether they are bit-packed,
    and how vectors were scaled."""

    rows: np.ndarray
    shape: tuple[int, ...]
    packed: bool = False
    scale: VectorScale | None = None


def layout_of(shape: tuple[int, ...], layout: Layout | None, where: str) -> Layout:
    """The layout of an array of this shape: the one given, if it fits, or the only one that it can be.

    Of four dimensions, the last or the second holds channels if it is 4 at most and the other is not.

    Raises:
        CallError: the layout given does not fit, or cannot be inferred.
        DisentError: the array has too few or too many dimensions.
    """
    fitting: tuple[Layout, ...] = {2: ("nd",), 3: ("nhw",), 4: ("nhwc", "nchw")}.get(len(shape), ())  # type: ignore[assignment]
    if not fitting:
        raise DisentError(f"{where} has the shape {shape}; {EXPECTED}")
    if layout is not None and layout not in fitting:
        raise CallError(f"{where} has the shape {shape}, which can be {' or '.join(fitting)}, not {layout}")
    if layout is not None or len(fitting) == 1:
        return layout or fitting[0]
    if (shape[1] <= MOST_CHANNELS) == (shape[3] <= MOST_CHANNELS):
        raise CallError(
            f"{where} has the shape {shape}, which does not tell where the channels are: "
            "say --dataset.layout nhwc or nchw"
        )
    return "nhwc" if shape[3] <= MOST_CHANNELS else "nchw"


def row_shape(shape: tuple[int, ...], layout: Layout, sizing: ImageSizing = AS_THEY_ARE) -> tuple[int, ...]:
    """(C, H, W) or (D,) of what becomes of one row of an array of this shape."""
    if layout == "nd":
        return shape[1:]
    channels, height, width = {
        "nhw": (1, *shape[1:]),
        "nhwc": (*shape[3:], *shape[1:3]),
        "nchw": shape[1:],
    }[layout]
    width, height = sizing.side(width, height)
    return (channels, height, width)


def read_image_rows(entry: ArrayEntry, options: RowOptions, where: str) -> ImageRows:
    """The images or vectors of an array, mapped where they lie as they are needed, else in RAM.

    Floats become 256 levels. Images of nothing but 0 and 1 are binary, and packed.

    Raises:
        CallError: the layout is wrong, or cannot be inferred; an option is of images, and these are vectors.
        DisentError: nothing there, another type, a number that is not finite or beyond [0, 1] (with its row),
            more than RAM holds.
    """
    if 0 in entry.shape:
        raise DisentError(f"{where} is empty: {entry.described}")
    layout = layout_of(entry.shape, options.layout, where)
    shape = row_shape(entry.shape, layout, options.sizing)
    _check_options(layout, options, where)
    if layout == "nd":
        return _vector_rows(entry, options, where)
    if options.sizing:
        return _sized(entry, layout, options, where)
    if entry.dtype == np.bool_ or (entry.dtype == np.uint8 and _is_binary(entry, where)):
        packed = _filled(entry, (-(-prod(shape) // 8),), np.uint8, _packing(layout), where)
        return ImageRows(packed, shape, packed=True)
    stored = (*shape[1:], shape[0])
    if entry.dtype == np.uint8 and entry.mapped is not None and (layout != "nchw" or shape[0] == 1):
        if entry.mapped.nbytes <= READ_WHOLE:
            for _ in entry.blocks():
                pass  # an npz compares its checksum at the end
        return ImageRows(entry.mapped.reshape(-1, *stored), shape)
    return ImageRows(
        _filled(entry, stored, np.uint8, _to_levels(entry, layout, options, where), where), shape
    )


def _check_options(layout: Layout, options: RowOptions, where: str) -> None:
    """CallError where an option is of images, and these are vectors, or the other way round."""
    if layout == "nd" and (options.sizing or options.bits):
        raise CallError(
            f"{where} holds vectors: --dataset.size, --dataset.pad and --dataset.bits are of images"
        )
    if layout != "nd" and (options.standardize or options.scale):
        raise CallError(f"{where} holds images, which stay in [0, 1]: --dataset.standardize is of vectors")


def _to_levels(
    entry: ArrayEntry, layout: Layout, options: RowOptions, where: str
) -> Callable[[np.ndarray, int], np.ndarray]:
    """What makes uint8 (n, H, W, C) of a block of images of this type; DisentError for other types."""
    if entry.dtype.kind == "f":
        log.warning("%s holds %s: kept as 256 levels (uint8)", where, entry.dtype)
        return _levels(layout, where)
    if entry.dtype.kind in "iu" and options.bits is not None:
        return _levels_of_bits(layout, options.bits, where)
    if entry.dtype == np.uint8:
        return lambda block, _: _channels_last(block, layout)
    if entry.dtype == np.bool_:
        return lambda block, _: _channels_last(block, layout).astype(np.uint8) * 255
    way_out = ""
    if entry.dtype.kind in "iu":
        way_out = "; --dataset.bits 16 makes 256 levels of whole numbers below 2¹⁶"
    raise DisentError(f"{where} holds {entry.described}; {EXPECTED}{way_out}")


def _sized(entry: ArrayEntry, layout: Layout, options: RowOptions, where: str) -> ImageRows:
    """The images resized or padded, in RAM."""
    channels, *sides = row_shape(entry.shape, layout, options.sizing)
    convert = _to_levels(entry, layout, options, where)
    white = 255 if entry.dtype == np.uint8 and options.bits is None and _is_binary(entry, where) else 1

    def sized(block: np.ndarray, done: int) -> np.ndarray:
        return options.sizing.apply_to_rows(np.ascontiguousarray(convert(block, done) * np.uint8(white)))

    return ImageRows(_filled(entry, (*sides, channels), np.uint8, sized, where), (channels, *sides))


def _vector_rows(entry: ArrayEntry, options: RowOptions, where: str) -> ImageRows:
    rows = _vectors(entry, where)
    scale = options.scale or (VectorScale.of(rows) if options.standardize else None)
    return ImageRows(scale.apply(rows) if scale else rows, entry.shape[1:], scale=scale)


def _filled(
    entry: ArrayEntry,
    stored: tuple[int, ...],
    dtype: type[np.generic],
    convert: Callable[[np.ndarray, int], np.ndarray],
    where: str,
) -> np.ndarray:
    """(N, *stored) in RAM; `convert` is given a block of rows and the place of its first."""
    size = (entry.shape[0], *stored)
    require_memory(prod(size) * np.dtype(dtype).itemsize, where, STAY)
    rows = np.empty(size, dtype)
    done = 0
    for block in entry.blocks():
        rows[done : done + len(block)] = convert(block, done)
        done += len(block)
    return rows


def _channels_last(block: np.ndarray, layout: Layout) -> np.ndarray:
    """(n, H, W, C) of a block of images in this layout."""
    return np.moveaxis(block, 1, -1) if layout == "nchw" else block.reshape(*block.shape[:3], -1)


def _is_binary(entry: ArrayEntry, where: str) -> bool:
    """Whether nothing but 0 and 1 is there; stops at the first block that has more."""
    if any(block.max() > 1 for block in entry.blocks()):
        return False
    log.warning("%s holds nothing but 0 and 1: taken for black and white", where)
    return True


def _packing(layout: Layout) -> Callable[[np.ndarray, int], np.ndarray]:
    def pack(block: np.ndarray, _: int) -> np.ndarray:
        return np.packbits(_channels_last(block, layout).reshape(len(block), -1), axis=-1)

    return pack


def _levels(layout: Layout, where: str) -> Callable[[np.ndarray, int], np.ndarray]:
    def quantise(block: np.ndarray, done: int) -> np.ndarray:
        """0…255 of floats in [0, 1]; half a level beyond is rounding."""
        _require_finite(block, done, where)
        beyond = (block < -LEVEL / 2) | (block > 1 + LEVEL / 2)
        if beyond.any():
            row, *_ = np.argwhere(beyond)[0]
            raise DisentError(
                f"{where}: row {done + row} holds {block[beyond][0]:g}, beyond [0, 1]; "
                "save bytes 0…255 as uint8, or scale the floats"
            )
        levels = np.rint(np.clip(block, 0, 1).astype(np.float32) * 255)
        return _channels_last(levels.astype(np.uint8), layout)

    return quantise


def _levels_of_bits(layout: Layout, bits: int, where: str) -> Callable[[np.ndarray, int], np.ndarray]:
    white = 2**bits - 1

    def quantise(block: np.ndarray, done: int) -> np.ndarray:
        """0…255 of whole numbers from 0 to `white`, to the nearest level."""
        beyond = (block < 0) | (block > white)
        if beyond.any():
            row, *_ = np.argwhere(beyond)[0]
            raise DisentError(
                f"{where}: row {done + row} holds {block[beyond][0]}, beyond 0…{white} of {bits} bits"
            )
        levels = (block.astype(np.int64) * 255 + white // 2) // white
        return _channels_last(levels.astype(np.uint8), layout)

    return quantise


def _vectors(entry: ArrayEntry, where: str) -> np.ndarray:
    """(N, D) float32, mapped where they are."""
    if entry.dtype.kind != "f":
        raise DisentError(f"{where} holds {entry.described}; {EXPECTED}")

    def convert(block: np.ndarray, done: int) -> np.ndarray:
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused as infinite
            numbers = block.astype(np.float32)
        _require_finite(numbers, done, where)
        return numbers

    if entry.mapped is None or entry.dtype != np.float32 or not entry.mapped.flags.aligned:
        return _filled(entry, entry.shape[1:], np.float32, convert, where)
    done = 0
    for block in entry.blocks():
        _require_finite(block, done, where)
        done += len(block)
    return entry.mapped


def _require_finite(block: np.ndarray, done: int, where: str) -> None:
    if not np.isfinite(block).all():
        place = tuple(np.argwhere(~np.isfinite(block))[0])
        raise DisentError(f"{where}: row {done + place[0]} holds {block[place]}; every number must be finite")
