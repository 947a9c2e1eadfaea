"""SmallNORB (LeCun, Huang & Bottou, CVPR 2004): 48,600 photographs of 50 toys, both halves as one grid."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from ..factors import FactorSpace
from .published_grids import SMALLNORB_TEST
from .smallnorb_source import smallnorb

Camera = Literal["left", "right"]
Instance = Literal["factor", "hidden"]
INSTANCE = "instance"


@dataset("smallnorb")
class SmallNORB(StoredDataset):
    """SmallNORB, 1×64×64: category, instance, elevation, azimuth, lighting.

    `instance: hidden` shows four factors, as disentanglement_lib does: the toy of a category is drawn at
    random. `official_test` keeps the five instances of the official test half apart.
    """

    category_argument = "camera"

    def __init__(
        self,
        root: str = "local_data",
        *,
        camera: Camera = "left",
        instance: Instance = "factor",
        official_test: bool = False,
    ) -> None:
        source = smallnorb(camera)
        store = open_store(Path(root) / source.name, source.remedy)
        space = store.spec.factors
        super().__init__(
            store,
            source.name,
            hidden=(INSTANCE,) if instance == "hidden" else (),
            test_indices=_test_half(space) if official_test and space else None,
        )

    @staticmethod
    def info(*, camera: Camera, instance: Instance) -> DatasetInfo:
        """The toys, with or without the instance among the factors."""
        info = smallnorb(camera).info()
        return info.without_factors((INSTANCE,)) if instance == "hidden" else info


def _test_half(space: FactorSpace) -> np.ndarray:
    """Places of the images of the official test half, ascending."""
    return space.select(lambda classes: np.isin(classes[INSTANCE], SMALLNORB_TEST))
