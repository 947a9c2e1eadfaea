"""Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017): 70,000 pictures of clothes, the last 10,000 to test on."""

from __future__ import annotations

from ...registry import dataset
from ..dataset_info import DatasetInfo
from .fashion_source import fashion
from .idx_images import IdxImages, idx_info


@dataset("fashion")
class FashionMNIST(IdxImages):
    """Fashion-MNIST from its IDX files, zero-padded to 1×32×32 or as it is; factor: the class."""

    def __init__(self, root: str = "local_data", *, pad: bool = True) -> None:
        super().__init__(root, fashion(), pad=pad)

    @staticmethod
    def info(*, pad: bool) -> DatasetInfo:
        """The clothes, (1, 32, 32), or (1, 28, 28) without padding."""
        return idx_info(fashion(), pad=pad)
