"""Images made as large as a network takes: resized, or padded with black around their middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...errors import CallError


@dataclass(frozen=True)
class ImageSizing:
    """Images as they are; with a `size`, resized to size² (Lanczos).

    With `pad`, their proportions stay: what is larger than `size` is shrunk until it fits, and black is put
    around it. Without a `size`, it is the next power of two: 28×28 becomes 32×32.
    """

    size: int | None = None
    pad: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 1:
            raise CallError(f"the size of images must be positive, not {self.size}")

    def __bool__(self) -> bool:
        """Whether images are changed at all."""
        return self.pad or self.size is not None

    def side(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of what becomes of an image of this width and height.

        >>> ImageSizing(pad=True).side(28, 20)
        (32, 32)
        """
        if self.size is not None:
            return self.size, self.size
        return (_next_power_of_two(max(width, height)),) * 2 if self.pad else (width, height)

    def apply(self, image: Image.Image) -> Image.Image:
        """The image in its new size; its mode stays."""
        width, height = self.side(*image.size)
        if not self.pad:
            return _resized(image, width, height)
        share = min(1.0, width / image.width, height / image.height)
        small = _resized(image, max(round(image.width * share), 1), max(round(image.height * share), 1))
        canvas = Image.new(image.mode, (width, height))
        canvas.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
        return canvas

    def apply_to_rows(self, rows: np.ndarray) -> np.ndarray:
        """The same of images (n, H, W, C) uint8, each channel by itself."""
        planes = np.moveaxis(rows, -1, 1).reshape(-1, *rows.shape[1:3])
        sized = np.stack([np.asarray(self.apply(Image.fromarray(plane))) for plane in planes])
        return np.moveaxis(sized.reshape(len(rows), -1, *sized.shape[1:]), 1, -1)


AS_THEY_ARE = ImageSizing()


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.LANCZOS)


def _next_power_of_two(side: int) -> int:
    return 1 << (side - 1).bit_length()
