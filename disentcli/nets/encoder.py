"""What every encoder has: the shape it reads, the number of features it gives, a short name."""

from __future__ import annotations

from torch import nn

from .shapes import Shape


class Encoder(nn.Module):
    """x (B, *input_shape) → features (B, feature_dim), which a latent turns into codes."""

    code = "enc"  # stands for the encoder in the names of runs

    def __init__(self, input_shape: Shape, feature_dim: int) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        self.feature_dim = feature_dim
