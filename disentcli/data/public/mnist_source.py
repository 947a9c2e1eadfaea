"""MNIST: four IDX files."""

from __future__ import annotations

from ...registry import source
from ..download.source import RemoteFile, Source
from ..formats.idx_source import IDX

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)


@source("mnist")
def mnist() -> Source:
    """MNIST, 70,000 handwritten digits."""
    return Source(
        name="mnist",
        title="MNIST",
        call="mnist",
        container=IDX,
        files=(
            _file("train-images-idx3-ubyte", 9_912_422, "6bbc9ace898e44ae57da46a324031adb"),
            _file("train-labels-idx1-ubyte", 28_881, "a25bea736e30d166cdddb491f175f624"),
            _file("t10k-images-idx3-ubyte", 1_648_877, "2646ac647ad5339dbf082846283269ea"),
            _file("t10k-labels-idx1-ubyte", 4_542, "27ae3e4e09519cfbb04c329615203637"),
        ),
        licence="CC-BY-SA-3.0",
        citation="LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998",
        homepage="http://yann.lecun.com/exdb/mnist/",
        image=(28, 28, 1),
        count=70_000,
        factor_names=("digit",),
        factor_sizes=(10,),
        factor_values=(tuple(float(digit) for digit in range(10)),),
    )


def _file(name: str, about: int, md5_unpacked: str) -> RemoteFile:
    urls = tuple(f"{mirror}/{name}.gz" for mirror in MIRRORS)
    return RemoteFile(f"{name}.gz", urls, about, md5_unpacked=md5_unpacked, aliases=(name,))
