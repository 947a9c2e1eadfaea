"""The uniform latent: plain codes with a prior that fills the unit cube, as in InfoWGAN-GP."""

from __future__ import annotations

import torch
from torch import Tensor

from ..registry import latent
from .latent import Latent


@latent("uniform")
class UniformLatent(Latent):
    """Codes are the features; the prior is U[0, 1) in every dimension (Hsu et al., NeurIPS 2023, code)."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        drawn_on = device if generator is None else generator.device
        return torch.rand(n, self.latent_dim, generator=generator, device=drawn_on).to(device)
