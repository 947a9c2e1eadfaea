"""Sprites of a dataset folder, plain or decorated, with all of their factors or some of them hidden."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ...device import move
from ...errors import CallError
from ..dataset import StoredDataset
from ..dataset_folder import Store
from ..dataset_info import DatasetInfo
from ..storage import Resident
from .backgrounds import Decoration, coloured, noisy, over_image, read_picture


class DecoratedSprites(StoredDataset):
    """Grey or binary images (1, H, W); with a decoration, coloured ones (3, H, W).

    What a decoration draws follows from (`decoration_seed`, index). `picture` is the image file that `scream`
    takes its backgrounds from, by default The Scream in `root`.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        root: Path,
        *,
        decoration: Decoration | None,
        decoration_seed: int,
        picture: Path | None,
        hidden: Sequence[str],
    ) -> None:
        super().__init__(store, "-".join([name, *_suffixes(decoration, hidden)]), hidden=hidden)
        if picture is not None and decoration != "scream":
            raise CallError("only the decoration scream has a picture behind its sprites")
        self.decoration = decoration
        self.decoration_seed = decoration_seed
        self._picture = torch.empty(0)
        if decoration == "scream":
            remedy = (
                "run `fig download-dataset scream`, or give the call --download"
                if picture is None
                else "name another file"
            )
            self._picture = read_picture(
                Path(picture or root / "scream" / "scream.jpg"), self.shape[-1], remedy
            )
        if decoration is not None:
            self.shape = (3, *self.shape[1:])
            self.fingerprint = self._decorated_fingerprint()

    def _decorated_fingerprint(self) -> str:
        drawn = f"{self.fingerprint} {self.decoration} {self.decoration_seed}".encode()
        return hashlib.sha256(drawn + self._picture.numpy().tobytes()).hexdigest()[:16]

    def to(self, device: torch.device | str, resident: Resident | None = None) -> DecoratedSprites:
        """Give batches on `device`; the picture goes there as well."""
        super().to(device, resident)
        self._picture = self._picture.to(self.device)
        return self

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """Images (B, 1 or 3, H, W); the same image looks the same at every step."""
        sprites = super()._batch(indices, draw_step)
        if self.decoration is None:
            return sprites
        places = move(indices, sprites.device)
        if self.decoration == "scream":
            images = over_image(sprites, places, self.decoration_seed, self._picture)
        else:
            draw = {"colour": coloured, "noisy": noisy}[self.decoration]
            images = draw(sprites, places, self.decoration_seed)
        return images.contiguous(memory_format=torch.channels_last)


def variant_info(
    plain: DatasetInfo, decoration: Decoration | None, hidden: Sequence[str], picture: Path | None
) -> DatasetInfo:
    """What a variant of the sprites is that are `plain`."""
    scream = ("scream",) if decoration == "scream" and picture is None else ()
    return replace(
        plain.without_factors(hidden),
        title=", ".join([plain.title, *_suffixes(decoration, hidden)]),
        shape=(3, *plain.shape[1:]) if decoration else plain.shape,
        downloads=(*plain.downloads, *scream),
    )


def _suffixes(decoration: str | None, hidden: Sequence[str]) -> list[str]:
    """What tells a variant from the plain sprites: colour, noshape."""
    return [*filter(None, [decoration]), *(f"no{factor}" for factor in hidden)]
