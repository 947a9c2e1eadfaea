"""What every encoder has: the shape it reads, the number of features it gives, a short name."""

from __future__ import annotations

from torch import Tensor, nn

from .coordinates import Coordinates
from .shapes import Shape


class Encoder(nn.Module):
    """x (B, *input_shape) → features (B, feature_dim), which a latent turns into codes.

    With `coord` its first layer also sees each pixel's row and column, in [0, 1]: two channels more.
    """

    short_name = "enc"  # stands for the encoder in the names of runs

    def __init__(self, input_shape: Shape, feature_dim: int, *, coord: bool = False) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        self.feature_dim = feature_dim
        self.coordinates = Coordinates(self.input_shape) if coord else None
        self.first_shape = (self.input_shape[0] + 2, *self.input_shape[1:]) if coord else self.input_shape

    def seen(self, x: Tensor) -> Tensor:
        """What the first layer is given: (B, *first_shape)."""
        return x if self.coordinates is None else self.coordinates(x)
