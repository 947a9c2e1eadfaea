"""Samplers of codes to decode: the prior, hybrids of stored codes, interpolations, codebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import CallError, Unsupported
from ..latents.continuous import GaussianLatent
from ..latents.discrete import DiscreteLatent
from ..latents.latent import Latent, standard_normal
from ..registry import sampler


class Sampler(nn.Module, ABC):
    """Draws codes (n, latent_dim) to decode."""

    needs_codes = False  # whether `prepare` must be given codes of the training split before `sample`

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim

    def check_compatible(self, latent: Latent) -> None:
        """Check the latent whose codes are drawn, and keep it if needed; CallError if it does not fit."""

    def prepare(self, codes: Tensor) -> None:
        """Store what `sample` needs of the codes (N, latent_dim) of the training split."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, latent_dim)."""


@sampler("prior")
class PriorSampler(Sampler):
    """Standard normal codes, for a model that was trained towards them."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)

    def check_compatible(self, latent: Latent) -> None:
        of_its_own = type(latent).prior is not Latent.prior and not isinstance(latent, GaussianLatent)
        if latent.discrete or of_its_own:
            raise CallError(
                f"prior draws normal codes, {type(latent).__name__} has a prior of its own; "
                "leave the sampler out and codes come from it"
            )

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return standard_normal(n, self.latent_dim, generator)


class CodeBank(Sampler):
    """A sampler that stores codes (N, latent_dim) of the training split, in checkpoints too."""

    needs_codes = True
    codes: Tensor

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self.register_buffer("codes", torch.empty(0, latent_dim))

    def prepare(self, codes: Tensor) -> None:
        """Replace the stored codes by these (N, latent_dim)."""
        self.codes = codes.detach().to(self.codes.device, self.codes.dtype, copy=True)

    def stored(self) -> Tensor:
        """The codes; Unsupported while there are none."""
        if not len(self.codes):
            name = type(self).__name__.removesuffix("Sampler").lower()
            raise Unsupported(
                f"{name} has no codes of the training images yet; give them to sampler.prepare(codes)"
            )
        return self.codes

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Resize the buffer to the number of codes in the checkpoint, which differs from run to run."""
        stored = state_dict.get(f"{prefix}codes")
        if stored is not None and stored.ndim == 2 and stored.shape[1] == self.latent_dim:
            self.codes = self.codes.new_empty(stored.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)


@sampler("hybrid")
class HybridSampler(CodeBank):
    """Each dimension (or group of them) of a new code comes from a stored code of its own choosing.

    groups: how many equal, consecutive blocks stay together, as those of a structural decoder; 0: none do.
    replacement: draw independently; else permute the stored codes (anew, when more are wanted).
    """

    def __init__(self, latent_dim: int, *, replacement: bool = True, groups: int = 0) -> None:
        super().__init__(latent_dim)
        self.replacement = replacement
        self.groups = groups or latent_dim
        if groups < 0 or latent_dim % self.groups:
            raise CallError(f"hybrid cannot cut {latent_dim} latent dimensions into {groups} equal groups")

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        codes = self.stored()
        stored = len(codes)
        sources = self._sources(n, stored, generator).to(codes.device)  # (n, groups)
        blocks = codes.view(stored, self.groups, -1)
        return blocks[sources, torch.arange(self.groups, device=sources.device)].flatten(1)

    def _sources(self, n: int, stored: int, generator: torch.Generator | None) -> Tensor:
        device = None if generator is None else generator.device
        if self.replacement:
            return torch.randint(stored, (n, self.groups), generator=generator, device=device)
        rounds = -(-n // stored)
        keys = torch.rand(rounds, stored, self.groups, generator=generator, device=device)
        return keys.argsort(dim=1).flatten(0, 1)[:n]


@sampler("interpolation")
class InterpolationSampler(CodeBank):
    """z = a + t·(b - a) for two stored codes a, b and t ~ U[0, 1); of a discrete latent, the nearest code."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self._latent: tuple[Latent, ...] = ()  # a tuple: known, but not a part of the sampler

    def check_compatible(self, latent: Latent) -> None:
        if not latent.ordered:
            raise CallError(
                f"interpolation needs codes with something in between, those of {type(latent).__name__} are "
                "tokens; use `hybrid` or `codebook`"
            )
        self._latent = (latent,)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        codes = self.stored()
        device = None if generator is None else generator.device
        ends = torch.randint(len(codes), (2, n), generator=generator, device=device).to(codes.device)
        share = torch.rand(n, 1, generator=generator, device=device).to(codes)
        start, end = codes[ends]
        mixed = torch.lerp(start, end, share)
        return self._latent[0].project(mixed) if self._latent else mixed


@sampler("codebook")
class CodebookSampler(Sampler):
    """z_j uniform over the values of its codebook V_j: the prior of latent quantisation."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self._latent: tuple[DiscreteLatent, ...] = ()  # a tuple: known, but not a part of the sampler

    def check_compatible(self, latent: Latent) -> None:
        if not isinstance(latent, DiscreteLatent):
            raise CallError(
                f"codebook draws from the codebooks of a latent, {type(latent).__name__} has none; "
                "leave it out, or stack `hybrid`"
            )
        self._latent = (latent,)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        if not self._latent:
            raise Unsupported(
                "codebook has no latent to draw from; give it to sampler.check_compatible(latent)"
            )
        latent = self._latent[0]
        return latent.prior(n, generator, latent.values.device)
