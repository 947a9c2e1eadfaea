"""Colours, noise and pictures behind sprites, as the dSprites variants of the 2019 study draw them.

Locatello et al., "Challenging Common Assumptions in the Unsupervised Learning of Disentangled
Representations", ICML 2019. There every look at an image draws anew; here the draws follow from (seed,
index), so that one image always looks the same. Sprites are (B, 1, H, W) in [0, 1], on any device; grey edges
blend.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ...errors import DisentError
from ..counter_rng import integers, uniform

Decoration = Literal["colour", "noisy", "scream"]
FITTED = (350, 274)  # the picture is made to fit into this width and height


def coloured(sprites: Tensor, indices: Tensor, seed: int) -> Tensor:
    """(B, 3, H, W): sprite × c with c ~ U(0.5, 1)³ for each image, on black."""
    colours = 0.5 + uniform(seed, indices, 0, 3) / 2
    return sprites.expand(-1, 3, -1, -1) * colours[:, :, None, None]


def noisy(sprites: Tensor, indices: Tensor, seed: int) -> Tensor:
    """(B, 3, H, W): min(1, sprite + n) with n ~ U(0, 1) for each pixel and channel."""
    height, width = sprites.shape[-2:]
    noise = uniform(seed, indices, 0, height * width * 3).view(-1, height, width, 3).permute(0, 3, 1, 2)
    return (sprites + noise).clamp_(max=1)


def over_image(sprites: Tensor, indices: Tensor, seed: int, picture: Tensor) -> Tensor:
    """(B, 3, H, W): b = (crop + t) / 2, and 1 − b at the sprite; crop and t ~ U(0, 1)³ for each image.

    `picture` is (P, Q, 3) in [0, 1]; the crop's corner is uniform in 0…P−H−1 and 0…Q−W−1, as in the study.
    """
    height, width = sprites.shape[-2:]
    rows, columns, _ = picture.shape
    corners = integers(seed, indices, 0, (rows - height, columns - width))
    tints = uniform(seed, indices, 0, 3, stream=1)
    down = corners[:, :1] + torch.arange(height, device=corners.device)
    across = corners[:, 1:] + torch.arange(width, device=corners.device)
    crops = picture[down[:, :, None], across[:, None, :]]  # (B, H, W, 3)
    backgrounds = ((crops + tints[:, None, None]) / 2).permute(0, 3, 1, 2)
    return torch.lerp(backgrounds, 1 - backgrounds, sprites)


def read_picture(path: Path, side: int, remedy: str) -> Tensor:
    """(P, Q, 3) in [0, 1] of an image file, made to fit into 350×274 with its proportions kept.

    DisentError with the `remedy` if there is no such picture, or if it leaves no room for crops of `side`.
    """
    from PIL import Image

    from ..custom.image_files import FORMATS

    if not path.is_file():
        raise DisentError(f"the picture {path} is not there: {remedy}")
    try:
        with Image.open(path, formats=FORMATS) as image:
            image.thumbnail(FITTED)
            pixels = np.array(image.convert("RGB"))
    except (OSError, Image.DecompressionBombError) as error:
        raise DisentError(f"{path} is not a whole picture ({error}): {remedy}") from error
    if min(pixels.shape[:2]) <= side:
        raise DisentError(
            f"{path} is {pixels.shape[1]}×{pixels.shape[0]} pixels when it fits into "
            f"{FITTED[0]}×{FITTED[1]}: too small for random crops of {side}×{side}"
        )
    return torch.from_numpy(pixels.astype(np.float32) / 255)
