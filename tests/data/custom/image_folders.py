"""Folders of image files of one's own: six small pictures, written, loaded and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.data.custom.folder import Folder
from disentcli.errors import DisentError

RNG = np.random.default_rng(0)
COLOURED = RNG.integers(0, 256, (6, 10, 8, 3), dtype=np.uint8)
GREY = COLOURED[..., 0]


def fill(place: Path, names: list[str], pictures: np.ndarray = COLOURED, **options: Any) -> Path:
    for name, pixels in zip(names, pictures, strict=False):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / name, **options)
    return place


def load(place: Path, **options: Any) -> Folder:
    return Folder(place, str(place.parent / "data"), **options)


def images(data: Folder) -> np.ndarray:
    """(N, H, W, C) as 0…255."""
    batch = data.batch(torch.arange(len(data))).numpy().transpose(0, 2, 3, 1)
    return np.rint(batch * 255).astype(np.uint8)


def refused(place: Path, kind: type[DisentError] = DisentError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        load(place, **options)
    return str(caught.value)


NUMBERED = [f"{k}.png" for k in (0, 1, 2, 10, 11, 100)]
