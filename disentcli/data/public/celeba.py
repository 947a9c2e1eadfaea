"""CelebA (Liu et al., ICCV 2015): faces with 40 attributes or the places of eyes, nose and mouth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from ...errors import DisentError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .celeba_source import CATEGORIES, LABELS, LEFT, SIDE, TOP, celeba
from .celeba_tables import ATTRIBUTES, LANDMARKS

VALIDATION, TEST = 1, 2  # in the official partition; 0 is for training
Factors = Literal["attributes", "landmarks", "both"]
COLUMNS = {"attributes": ATTRIBUTES, "landmarks": LANDMARKS, "both": (*ATTRIBUTES, *LANDMARKS)}


@dataset("celeba")
class CelebA(Dataset):
    """CelebA, 202,599 faces in the order of their names, 3×128×128 or 3×64×64, with the official partition.

    Attributes are 0 or 1. Landmarks are in pixels of the image, 0 the middle of its first pixel; a few lie
    outside of it.
    """

    category_argument = "size"

    def __init__(
        self, root: str = "local_data", *, size: Literal[64, 128] = 64, factors: Factors = "attributes"
    ) -> None:
        source = celeba(CATEGORIES[size])
        store = open_store(Path(root) / source.name, source.remedy)
        labels = store.factors
        if labels is None or labels.shape[1] != len(LABELS):
            raise DisentError(
                f"{store.folder / 'factors.npy'} is not that of CelebA: "
                f"run `fig download-dataset {source.call} --force`"
            )
        partition = labels[:, LABELS.index("partition")]
        info = self.info(size=size, factors=factors)
        super().__init__(
            f"celeba-{size}",
            store.images,
            store.spec.shape,
            labels=_labels(labels, info.factor_names, size),
            factor_names=info.factor_names,
            factor_sizes=info.factor_sizes,
            factor_values=info.factor_values,
            fingerprint=store.fingerprint,
            older_fingerprints=[store.sha256[:16]],
            source=store.spec.source,
            test_indices=np.flatnonzero(partition == TEST),
            val_indices=np.flatnonzero(partition == VALIDATION),
        )

    @staticmethod
    def info(*, size: Literal[64, 128], factors: Factors) -> DatasetInfo:
        """The faces at this size, with these factors."""
        info = celeba(CATEGORIES[size]).info()
        names = COLUMNS[factors]
        positions = [info.factor_names.index(name) for name in names]
        return replace(
            info,
            factor_names=names,
            factor_sizes=tuple(info.factor_sizes[k] for k in positions),
            factor_values=tuple(info.factor_values[k] for k in positions),
        )


def _labels(stored: np.ndarray, names: tuple[str, ...], size: int) -> np.ndarray:
    """The columns of these names: int64 classes, or float64 where landmarks are among them."""
    columns = [stored[:, LABELS.index(name)] for name in names]
    if not set(names) & set(LANDMARKS):
        return np.stack(columns, axis=1).astype(np.int64)
    moved = [_in_image(column, name, size) for column, name in zip(columns, names, strict=True)]
    return np.stack(moved, axis=1).astype(np.float64)


def _in_image(column: np.ndarray, name: str, size: int) -> np.ndarray:
    """A landmark's coordinate, given in pixels of the aligned image, in pixels of the crop at this size."""
    if name not in LANDMARKS:
        return column
    return (column.astype(np.float64) - (LEFT if name.endswith("_x") else TOP) + 0.5) * (size / SIDE) - 0.5
