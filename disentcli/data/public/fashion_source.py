"""Fashion-MNIST: four IDX files, of the names and the format of MNIST's."""

from __future__ import annotations

from ...registry import source
from ..download.source import RemoteFile, Source
from ..formats.idx_source import IDX

MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
)
CLASSES = (
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


@source("fashion")
def fashion() -> Source:
    """Fashion-MNIST, 70,000 grey pictures of clothes in ten classes."""
    return Source(
        name="fashion",
        title="Fashion-MNIST",
        call="fashion",
        container=IDX,
        files=(
            # published are the MD5s of the gzip files; these are of what they hold, however it is packed
            _file("train-images-idx3-ubyte", 26_421_880, "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
            _file("train-labels-idx1-ubyte", 29_515, "9018921c3c673c538a1fc5bad174d6f9"),
            _file("t10k-images-idx3-ubyte", 4_422_102, "8181f5470baa50b63fa0f6fddb340f0a"),
            _file("t10k-labels-idx1-ubyte", 5_148, "15d484375f8d13e6eb1aabb0c3f46965"),
        ),
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking "
        "Machine Learning Algorithms, 2017, arXiv:1708.07747",
        homepage="https://github.com/zalandoresearch/fashion-mnist",
        image=(28, 28, 1),
        count=70_000,
        factor_names=("class",),
        factor_sizes=(10,),
        factor_values=(CLASSES,),
    )


def _file(name: str, about: int, md5_unpacked: str) -> RemoteFile:
    urls = tuple(f"{mirror}/{name}.gz" for mirror in MIRRORS)
    return RemoteFile(f"{name}.gz", urls, about, md5_unpacked=md5_unpacked, aliases=(name,))
