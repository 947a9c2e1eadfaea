"""Critics: networks that tell the codes of one distribution from those of another."""

from __future__ import annotations

from torch import Tensor, nn

from .mlp import mlp


class Critic(nn.Module):
    """Codes (B, latent_dim) → logits (B, outputs): `depth` layers of `units`, leaky ReLU of 0.2.

    Six layers in disentanglement_lib (Locatello et al., ICML 2019), five in YannDubs' disentangling-vae.
    """

    def __init__(self, latent_dim: int, *, depth: int = 6, units: int = 1000, outputs: int = 2) -> None:
        super().__init__()
        self.layers = mlp(latent_dim, (units,) * depth, outputs, nonlin="leaky_relu")

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(codes)
