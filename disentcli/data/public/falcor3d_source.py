"""Falcor3D (Nie et al., ICML 2020): a living room, 233,280 images over seven factors of light and camera."""

from __future__ import annotations

from typing import Literal

from ...registry import source
from ..download.source import Source
from .nvlabs_source import CITATION, HOMEPAGE, LICENCE, container, drive_file, steps

SPACE = steps(
    lighting_intensity=5,
    lighting_x_dir=6,
    lighting_y_dir=6,
    lighting_z_dir=6,
    camera_x_pos=6,
    camera_y_pos=6,
    camera_z_pos=6,
)


@source("falcor3d")
def falcor3d(cat: Literal["64", "128"] = "64") -> Source:
    """Falcor3D as published at 128×128 pixels, or made half as large."""
    side = int(cat)
    return Source(
        name=f"falcor3d_{cat}",
        title=f"Falcor3D {side}×{side}",
        call="falcor3d" if cat == "64" else f"falcor3d --cat {cat}",
        container=container("train-rec.labels"),
        files=(drive_file("Falcor3D_down128.zip", "1XAQfFK1x6cpN1eiovbP0hVfLTm5SsSoJ", 3_700_000_000),),
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        space=SPACE,
        image=(side, side, 3),
    )
