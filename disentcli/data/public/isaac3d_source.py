"""Isaac3D (Nie et al., ICML 2020): a robot arm in a kitchen, 737,280 images over nine factors."""

from __future__ import annotations

from typing import Literal

from ...registry import source
from ..download.source import Source
from .nvlabs_source import CITATION, HOMEPAGE, LICENCE, container, drive_file, steps

# In the order of the images, which is that of the labels and of dataset_demo.py beside the published list.
# The list itself names the factors in another order than that of the strides which it prints.
SPACE = steps(
    object_shape=3,
    robot_x_move=8,
    robot_y_move=5,
    camera_height=4,
    object_scale=4,
    lighting_intensity=4,
    lighting_y_dir=6,
    object_color=4,
    wall_color=4,
)


@source("isaac3d")
def isaac3d(cat: Literal["64", "128"] = "64") -> Source:
    """Isaac3D as published at 128×128 pixels, or made half as large."""
    side = int(cat)
    return Source(
        name=f"isaac3d_{cat}",
        title=f"Isaac3D {side}×{side}",
        call="isaac3d" if cat == "64" else f"isaac3d --cat {cat}",
        container=container("labels.npy"),
        files=(drive_file("Isaac3D_down128.zip", "1OmQ1G2wnm6eTsSFGTKFZZAh5D3nQTW1B", 13_000_000_000),),
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        space=SPACE,
        image=(side, side, 3),
    )
