"""PNG and JPEG files of an archive, decoded in order by several threads; and images made smaller."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from PIL import Image

from ..download.verify import WrongFile
from .zip import Archive

BATCH = 64  # images in a block
MOST_THREADS = 8  # what one thread that reads the archive keeps busy
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)  # what Pillow raises

Decode = Callable[[bytes, str], np.ndarray]  # content and name of a file to uint8 (H, W, C)


def decode_images(archive: Archive, names: Sequence[str], decode: Decode) -> Iterator[np.ndarray]:
    """The files of these names, in this order, as uint8 (n, H, W, C) blocks; WrongFile names a damaged one.

    Pillow lets go of the interpreter while it works, so threads do as well as processes.
    """
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    pool = ThreadPoolExecutor(threads)
    pending: deque[Future[np.ndarray]] = deque()
    try:
        for first in range(0, len(names), BATCH):
            contents = [(archive.read(name), name) for name in names[first : first + BATCH]]
            pending.append(pool.submit(_decode_block, contents, decode))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _decode_block(contents: list[tuple[bytes, str]], decode: Decode) -> np.ndarray:
    return np.stack([decode(data, name) for data, name in contents])


def decode_rgb(data: bytes, name: str, kind: str, size: tuple[int, int]) -> Image.Image:
    """The RGB image in a file of this `kind` (PNG, JPEG); WrongFile unless it is whole and of this size."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if image.size == size:
                return image.convert("RGB")
            found = f"{image.size[0]}×{image.size[1]}"
    except UNREADABLE as error:
        raise WrongFile(f"{name} in it is no whole {kind} image ({error})") from error
    raise WrongFile(f"{name} in it is {found} pixels large, not {size[0]}×{size[1]}")


def resize(image: Image.Image, side: int) -> Image.Image:
    """The square image with this side, by bicubic interpolation (a = −0.5), antialiased."""
    return image if image.width == side else image.resize((side, side), Image.Resampling.BICUBIC)


def downscale(images: np.ndarray, side: int) -> np.ndarray:
    """(n, side, side, C) of images (n, H, W, C), C 1 or 3, all uint8; Lanczos, as in disentanglement_lib."""
    small = np.empty((len(images), side, side, images.shape[-1]), np.uint8)
    for pixels, target in zip(images, small, strict=True):
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else np.ascontiguousarray(pixels))
        resized = image.resize((side, side), Image.Resampling.LANCZOS)
        target[...] = np.asarray(resized).reshape(target.shape)
    return small
