"""The latent cut into groups for evenly spaced layers of a conv stack: structural decoders and ladders."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import CallError
from .conv import DEPTH_CONFIGS


@dataclass(frozen=True)
class LatentGroups:
    """A network by its name, what each group of the latent has there, and the configs that say how many."""

    network: str
    part: str
    config: str

    def group_dim(self, latent_dim: int, groups: int) -> int:
        """The dimensions in a group; CallError where they are not whole."""
        if latent_dim % groups:
            fitting = max(groups, latent_dim - latent_dim % groups)
            raise CallError(
                f"a latent of {latent_dim} cannot be cut into {groups} equal groups for {self.network}'s "
                f"{self.part}; set latent-dim to a multiple, as {fitting}, or take another {self.config}"
            )
        return latent_dim // groups

    def spacing(self, convs: int, groups: int) -> int:
        """How many convs there are to each group; CallError where they are not whole.

        >>> Grouping("ladder", "rungs", "a/ladder/N").spacing(12, 4)
        3
        """
        if convs not in DEPTH_CONFIGS:
            raise CallError(f"{self.network} has {' or '.join(map(str, DEPTH_CONFIGS))} convs, not {convs}")
        if groups < 1 or convs % groups:
            fitting = [n for n in range(2, convs + 1) if convs % n == 0]
            raise CallError(
                f"{self.network} with {convs} convs has room for {fitting} {self.part}, not {groups}"
            )
        return convs // groups

    def starts(self, convs: int, groups: int) -> range:
        """The convs of a decoder, counted from 1, before which a group enters: 1, 1 + spacing, …."""
        return range(1, convs + 1, self.spacing(convs, groups))
