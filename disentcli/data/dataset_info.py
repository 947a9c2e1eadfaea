"""What a dataset is, told without its files: for lists, for the network that fits it, for pictures."""

from __future__ import annotations

from dataclasses import dataclass

from .dataset_folder import StoreSpec
from .factors import Values


@dataclass(frozen=True)
class DatasetInfo:
    """Title, image shape, factors, origin and place of a dataset, as its options make it."""

    title: str
    shape: tuple[int, ...]  # of one image (C, H, W), or vector (D,); () where only the files know
    count: int | None  # None where only the files know
    factor_names: tuple[str, ...] = ()
    factor_sizes: tuple[int, ...] = ()  # 0 where continuous
    factor_values: tuple[Values, ...] = ()  # of each factor; () where continuous
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    folder: str = ""  # below dataroot; "" where nothing is kept on disk
    disk: int = 0  # bytes of that folder
    obtain: str = ""  # `fig download-dataset 3ds`, or "rendered on first use", "made when loaded"

    @classmethod
    def of_spec(
        cls, spec: StoreSpec, *, title: str, folder: str, obtain: str, homepage: str = ""
    ) -> DatasetInfo:
        """The card of a dataset folder that is, or will be, described by `spec`."""
        space = spec.factors
        return cls(
            title=title,
            shape=spec.shape,
            count=spec.count,
            factor_names=space.names if space else (),
            factor_sizes=space.sizes if space else (),
            factor_values=space.values if space else (),
            licence=spec.licence,
            citation=spec.citation,
            homepage=homepage,
            folder=folder,
            disk=spec.image_bytes,
            obtain=obtain,
        )
