"""dSprites (Matthey et al., 2017): white squares, ellipses and hearts over five factors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...registry import dataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from ..rendered.backgrounds import Decoration
from ..rendered.variants import DecoratedSprites, variant_info
from .dsprites_source import dsprites


@dataset("dsprites")
class DSprites(DecoratedSprites):
    """dSprites, 1×64×64, binary: shape, scale, orientation, x and y position; the published images.

    For `decoration`, `decoration_seed` and `picture` see `DecoratedSprites`; `hidden` factors are drawn.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        decoration: Decoration | None = None,
        decoration_seed: int = 0,
        picture: Path | None = None,
        hidden: Sequence[str] = (),
    ) -> None:
        super().__init__(
            open_store(Path(root) / "dsprites", dsprites().remedy),
            "dsprites",
            Path(root),
            decoration=decoration,
            decoration_seed=decoration_seed,
            picture=picture,
            hidden=hidden,
        )

    @staticmethod
    def info(*, decoration: Decoration | None, hidden: Sequence[str], picture: Path | None) -> DatasetInfo:
        """The sprites as they were published, or as the study decorated them."""
        return variant_info(dsprites().info(), decoration, hidden, picture)
