"""Making images smaller without aliasing, with Pillow's Lanczos filter, as disentanglement_lib does."""

from __future__ import annotations

import numpy as np
from PIL import Image


def downscaled(images: np.ndarray, side: int) -> np.ndarray:
    """uint8 (n, side, side, C) of uint8 images (n, H, W, C), C 1 or 3; the filter's overshoot is clipped."""
    small = np.empty((len(images), side, side, images.shape[-1]), np.uint8)
    for image, target in zip(images, small, strict=True):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else np.ascontiguousarray(image))
        resized = picture.resize((side, side), Image.Resampling.LANCZOS)
        target[...] = np.asarray(resized).reshape(target.shape)
    return small
