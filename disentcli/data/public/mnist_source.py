"""MNIST and Fashion-MNIST: four IDX files each, of the same names and format."""

from __future__ import annotations

from ...registry import source
from ..download.source import RemoteFile, Source
from ..formats.idx import IDX

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
FASHION_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
)
CLOTHES = (
    "t-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


@source("mnist")
def mnist() -> Source:
    """MNIST, 70,000 handwritten digits."""
    return Source(
        name="mnist",
        title="MNIST",
        call="mnist",
        reader=IDX,
        files=(
            _file("train-images-idx3-ubyte", 9_912_422, "6bbc9ace898e44ae57da46a324031adb", MNIST_MIRRORS),
            _file("train-labels-idx1-ubyte", 28_881, "a25bea736e30d166cdddb491f175f624", MNIST_MIRRORS),
            _file("t10k-images-idx3-ubyte", 1_648_877, "2646ac647ad5339dbf082846283269ea", MNIST_MIRRORS),
            _file("t10k-labels-idx1-ubyte", 4_542, "27ae3e4e09519cfbb04c329615203637", MNIST_MIRRORS),
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


@source("fashion")
def fashion() -> Source:
    """Fashion-MNIST, 70,000 grey pictures of clothes in ten classes."""
    return Source(
        name="fashion",
        title="Fashion-MNIST",
        call="fashion",
        reader=IDX,
        files=(
            # published are the MD5s of the gzip files; these are of what they hold, however it is packed
            _file("train-images-idx3-ubyte", 26_421_880, "f4a8712d7a061bf5bd6d2ca38dc4d50a", FASHION_MIRRORS),
            _file("train-labels-idx1-ubyte", 29_515, "9018921c3c673c538a1fc5bad174d6f9", FASHION_MIRRORS),
            _file("t10k-images-idx3-ubyte", 4_422_102, "8181f5470baa50b63fa0f6fddb340f0a", FASHION_MIRRORS),
            _file("t10k-labels-idx1-ubyte", 5_148, "15d484375f8d13e6eb1aabb0c3f46965", FASHION_MIRRORS),
        ),
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking "
        "Machine Learning Algorithms, 2017, arXiv:1708.07747",
        homepage="https://github.com/zalandoresearch/fashion-mnist",
        image=(28, 28, 1),
        count=70_000,
        factor_names=("class",),
        factor_sizes=(10,),
        factor_values=(CLOTHES,),
    )


def _file(name: str, about: int, md5_unpacked: str, mirrors: tuple[str, ...]) -> RemoteFile:
    urls = tuple(f"{mirror}/{name}.gz" for mirror in mirrors)
    return RemoteFile(f"{name}.gz", urls, about, md5_unpacked=md5_unpacked, aliases=(name,))
