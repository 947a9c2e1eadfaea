"""The table of public datasets: addresses, sizes, checksums, factors, licences, citations.

The table is data for people too: correct an address here, or without touching the code in a file named by the
environment variable DISENTCLI_SOURCES (see overrides.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import grids
from ..card import Card
from ..factors import FactorSpace


@dataclass(frozen=True)
class RemoteFile:
    """One file to fetch: its mirrors in the order in which they are tried, and how it is recognised."""

    name: str
    urls: tuple[str, ...]
    about: int  # bytes, to plan the disk with
    size: int | None = None  # bytes, exact, where it is published
    md5: str | None = None  # of the file, where it is published
    md5_unpacked: str | None = None  # of what the gzip file holds
    aliases: tuple[str, ...] = ()  # other names under which the same file is handed around
    by_hand: str = ""  # page to open in a browser where the host refuses programs

    @property
    def planned(self) -> int:
        """Bytes to count with before the host has said how many there are."""
        return self.about if self.size is None else self.size


@dataclass(frozen=True)
class Source:
    """One dataset: its files, and what formatting must find in them."""

    name: str  # of the folder below dataroot
    title: str
    call: str  # the words of `fig download-dataset` that fetch it
    container: Literal["hdf5", "npz", "idx"]
    files: tuple[RemoteFile, ...]
    licence: str
    citation: str
    homepage: str
    space: FactorSpace | None = None
    image: tuple[int, int, int] = (64, 64, 3)  # (H, W, C)

    @property
    def grid(self) -> FactorSpace:
        """The factor space; only of sources that are one full grid of images."""
        if self.space is None:
            raise TypeError(f"{self.title} is no grid of factors")
        return self.space

    @property
    def formatted(self) -> int:
        """Bytes of our own file; 0 where the original files are kept as they are."""
        return 0 if self.space is None else self.space.size * self.image[0] * self.image[1] * self.image[2]

    def card(self) -> Card:
        """What the formatted grid is."""
        height, width, channels = self.image
        return Card(
            title=self.title,
            shape=(channels, height, width),
            count=self.grid.size,
            factor_names=self.grid.names,
            factor_sizes=self.grid.sizes,
            factor_values=self.grid.values,
            licence=self.licence,
            citation=self.citation,
            homepage=self.homepage,
            folder=self.name,
            disk=self.formatted,
            obtain=f"fig download-dataset {self.call}",
        )


# 3D-Shapes

SHAPES3D = Source(
    name="3ds",
    title="3D-Shapes",
    call="3ds",
    container="hdf5",
    files=(
        RemoteFile(
            name="3dshapes.h5",
            urls=("https://storage.googleapis.com/3d-shapes/3dshapes.h5",),
            about=267_573_662,
            size=267_573_662,
            md5="099a2078d58cec4daad0702c55d06868",
        ),
    ),
    licence="Apache-2.0",
    citation="Chris Burgess and Hyunjik Kim, 3D Shapes Dataset, 2018, https://github.com/deepmind/3dshapes-dataset/",
    homepage="https://console.cloud.google.com/storage/browser/3d-shapes",
    space=grids.SHAPES3D,
)

# MPI3D

_GONDAL = (
    "Gondal et al., On the Transfer of Inductive Bias from Simulation to the Real World: "
    "a New Disentanglement Dataset, NeurIPS 2019"
)
_HOMEPAGE = "https://github.com/rr-learning/disentanglement_dataset"
# the MD5s were published for the first; the authors' page points to the second by now
_BUCKET = "https://storage.googleapis.com/disentanglement_dataset/Final_Dataset"
_HUGGING_FACE = "https://huggingface.co/datasets/waleedgondal/mpi3d/resolve/main"
_NEW_BUCKET = "https://storage.googleapis.com/mpi3d_disentanglement_dataset/data"


def _mpi3d(category: str, file: RemoteFile) -> Source:
    return Source(
        name=f"mpi_{category}",
        title=f"MPI3D {category}",
        call=f"mpi --cat {category}",
        container="npz",
        files=(file,),
        licence="CC-BY-4.0",
        citation=_GONDAL,
        homepage=_HOMEPAGE,
        space=grids.mpi3d_space(category),
    )


MPI3D_TOY = _mpi3d(
    "toy",
    RemoteFile(
        name="mpi3d_toy.npz",
        urls=(
            f"{_BUCKET}/mpi3d_toy.npz",
            f"{_HUGGING_FACE}/mpi3d_toy.npz",
            f"{_NEW_BUCKET}/mpi3d_toy.npz",
        ),
        about=12_740_198_762,
        md5="55889cb7c7dfc655d6e0277beee88868",
        aliases=("toy.npz",),
    ),
)
MPI3D_REALISTIC = _mpi3d(
    "realistic",
    RemoteFile(
        name="mpi3d_realistic.npz",
        urls=(
            f"{_BUCKET}/mpi3d_realistic.npz",
            f"{_HUGGING_FACE}/mpi3d_realistic.npz",
            f"{_NEW_BUCKET}/mpi3d_realistic.npz",
        ),
        about=12_740_198_762,
        md5="59a6225b88b635365f70c91b3e52f70f",
        aliases=("realistic.npz",),
    ),
)
MPI3D_REAL = _mpi3d(
    "real",
    RemoteFile(
        name="mpi3d_real.npz",
        urls=(
            f"{_BUCKET}/mpi3d_real.npz",
            f"{_HUGGING_FACE}/mpi3d_real.npz",
            f"{_NEW_BUCKET}/real.npz",
        ),
        about=12_740_198_762,
        md5="0f33f609918fb5c97996692f91129802",
        aliases=("real.npz",),
    ),
)
MPI3D_COMPLEX = _mpi3d(
    "complex",
    RemoteFile(
        name="real3d_complicated_shapes_ordered.npz",
        urls=(
            "https://drive.usercontent.google.com/download?id=1Tp8eTdHxgUMtsZv5uAoYAbJR1BOa_OQm&export=download&confirm=t",
        ),
        about=5_662_310_762,  # no checksum is published: keys, dtype and shape are checked
        aliases=("mpi3d_real_complex.npz", "mpi3d_complex.npz"),
        by_hand="https://drive.google.com/file/d/1Tp8eTdHxgUMtsZv5uAoYAbJR1BOa_OQm/view",
    ),
)

# MNIST


def _idx(name: str, about: int, md5_unpacked: str) -> RemoteFile:
    return RemoteFile(
        name=f"{name}.gz",
        urls=(
            f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz",
            f"https://storage.googleapis.com/cvdf-datasets/mnist/{name}.gz",
        ),
        about=about,
        md5_unpacked=md5_unpacked,
        aliases=(name,),
    )


MNIST = Source(
    name="mnist",
    title="MNIST",
    call="mnist",
    container="idx",
    files=(
        _idx("train-images-idx3-ubyte", 9_912_422, "6bbc9ace898e44ae57da46a324031adb"),
        _idx("train-labels-idx1-ubyte", 28_881, "a25bea736e30d166cdddb491f175f624"),
        _idx("t10k-images-idx3-ubyte", 1_648_877, "2646ac647ad5339dbf082846283269ea"),
        _idx("t10k-labels-idx1-ubyte", 4_542, "27ae3e4e09519cfbb04c329615203637"),
    ),
    licence="CC-BY-SA-3.0",
    citation="LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998",
    homepage="http://yann.lecun.com/exdb/mnist/",
    image=(28, 28, 1),
)

SOURCES: dict[str, Source] = {
    source.name: source for source in (SHAPES3D, MPI3D_TOY, MPI3D_REALISTIC, MPI3D_REAL, MPI3D_COMPLEX, MNIST)
}
