"""dSprites (Matthey et al., 2017): white squares, ellipses and hearts over five factors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..registry import dataset
from .card import Card
from .dataset import StoredDataset
from .download.dsprites import dsprites
from .store import open_store


@dataset("dsprites")
class DSprites(StoredDataset):
    """dSprites, 1×64×64, binary: shape, scale, orientation, x and y position; the published images."""

    def __init__(self, root: str = "local_data") -> None:
        super().__init__(
            open_store(Path(root) / "dsprites", "run `fig download-dataset dsprites`"), "dsprites"
        )

    @staticmethod
    def card(options: Mapping[str, Any]) -> Card:
        """The sprites as they were published."""
        return dsprites().card()
