"""MNIST (LeCun, Cortes & Burges): 70,000 handwritten digits, the last 10,000 the official test set."""

from __future__ import annotations

from ...registry import dataset
from ..dataset_info import DatasetInfo
from .idx_images import IdxImages, idx_info
from .mnist_source import mnist


@dataset("mnist")
class MNIST(IdxImages):
    """MNIST from its four IDX files (gzip or not), zero-padded to 1×32×32 or as it is; factor: the digit."""

    def __init__(self, root: str = "local_data", *, pad: bool = True) -> None:
        super().__init__(root, mnist(), pad=pad)

    @staticmethod
    def info(*, pad: bool) -> DatasetInfo:
        """The digits, (1, 32, 32), or (1, 28, 28) without padding."""
        return idx_info(mnist(), pad=pad)
