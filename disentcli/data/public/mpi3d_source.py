"""MPI3D: one array `images` in an npz file of up to 12.7 GB, for each of four categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile
from ..formats.npz import array_blocks, opened_array
from . import published_grids

KEY = "images"
ROWS = 1024  # images in a block: 12.6 MB
CHALLENGE = 460_800

CITATION = (
    "Gondal et al., On the Transfer of Inductive Bias from Simulation to the Real World: "
    "a New Disentanglement Dataset, NeurIPS 2019"
)
# where the authors kept the files: of 2019, of 2024, and of now; the MD5s were published for the first
BUCKET = "https://storage.googleapis.com/disentanglement_dataset/Final_Dataset"
SECOND_BUCKET = "https://storage.googleapis.com/mpi3d_disentanglement_dataset/data"
HUGGING_FACE = "https://huggingface.co/datasets/waleedgondal/mpi3d/resolve/main"


@source("mpi")
def mpi3d(cat: Literal["toy", "realistic", "sim", "real", "complex"] = "toy") -> Source:
    """MPI3D, 1,036,800 (complex: 460,800) images of a robot arm; sim is realistic."""
    category = published_grids.mpi3d_category(cat)
    return Source(
        name=f"mpi_{category}",
        title=f"MPI3D {category}",
        call=f"mpi --cat {category}",
        reader=FormatReader(check, blocks),
        files=(FILES[category],),
        licence="CC-BY-4.0",
        citation=CITATION,
        homepage="https://github.com/rr-learning/disentanglement_dataset",
        space=published_grids.mpi3d_space(category),
    )


def _simple(category: str, md5: str) -> RemoteFile:
    name = f"mpi3d_{category}.npz"
    return RemoteFile(
        name=name,
        urls=tuple(f"{place}/{name}" for place in (HUGGING_FACE, SECOND_BUCKET, BUCKET)),
        about=12_740_198_762,
        md5=md5,
        aliases=(f"{category}.npz",),
    )


FILES = {
    "toy": _simple("toy", "55889cb7c7dfc655d6e0277beee88868"),
    "realistic": _simple("realistic", "59a6225b88b635365f70c91b3e52f70f"),
    # the real.npz of the second bucket was faulty (issue 5 of the authors' repository); of the file that
    # corrected it in 2025 no MD5 is published: keys, dtype, shape and the checksum inside are checked
    "real": replace(
        _simple("real", "0f33f609918fb5c97996692f91129802"),
        urls=tuple(f"{place}/mpi3d_real.npz" for place in (HUGGING_FACE, BUCKET)),
        release="the release of 2019",
        other_release="not that of 2019: the corrected release of 2025 if it came from Hugging Face",
    ),
    "complex": RemoteFile(
        name="real3d_complicated_shapes_ordered.npz",
        urls=(
            "https://drive.usercontent.google.com/download?id=1Tp8eTdHxgUMtsZv5uAoYAbJR1BOa_OQm&export=download&confirm=t",
        ),
        about=5_662_310_762,  # no checksum is published: keys, dtype and shape are checked
        aliases=("mpi3d_real_complex.npz", "mpi3d_complex.npz"),
        by_hand="https://drive.google.com/file/d/1Tp8eTdHxgUMtsZv5uAoYAbJR1BOa_OQm/view",
    ),
}


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the npz has the uint8 array `images` of the source's grid; reads only its header."""
    with opened_array(path, KEY, source.image, partial(_expect, source=source)):
        pass


def blocks(paths: Sequence[Path], source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on as uint8 (n, H, W, C) blocks."""
    return array_blocks(paths[0], KEY, source.image, partial(_expect, source=source), start=start, rows=ROWS)


def _expect(count: int, source: Source) -> None:
    grid = source.grid
    if count == grid.size:
        return
    message = f"it has {count:,} images, {source.title} has {grid.size:,} ({'×'.join(map(str, grid.sizes))})"
    if count == CHALLENGE:
        message += (
            "; 460,800 (4×4×2×3×3×40×40) are in MPI3D complex (--cat complex) and in the files of the 2019 "
            "challenge (sim_toy_… and sim_realistic_64x_ordered_without_heldout_factors.npz), of another grid"
        )
    raise WrongFile(message)
