"""Vector quantisation: every dimension of a code is a token (van den Oord et al., NeurIPS 2017)."""

from __future__ import annotations

from torch import Tensor

from ..registry import latent
from .codebooks import VectorCodebook
from .discrete import DiscreteLatent


@latent("vector-quantized")
class VectorQuantizedLatent(DiscreteLatent):
    """k_j = argmin_k ‖z_j - e_k‖² for latent_dim vectors z_j, with one table e of K vectors of length E.

    A code is (k_1, …, k_D), the tokens as floats; the decoder reads the vectors e_{k_j}, D·E numbers.
    Source: Hsu et al., NeurIPS 2023, published code: tokens of a latent, not of a grid of positions.
    """

    ordered = False

    def __init__(self, latent_dim: int, *, num_embeddings: int = 512, embedding_size: int = 64) -> None:
        codebook = VectorCodebook(num_embeddings, embedding_size, latent_dim)
        super().__init__(latent_dim, codebook, feature_dim=latent_dim * embedding_size)

    @property
    def decoder_dim(self) -> int:
        return self.feature_dim

    def codes_from_indices(self, indices: Tensor) -> Tensor:
        return indices.to(self.values.dtype)

    def indices(self, codes: Tensor) -> Tensor:
        return codes.round().long()

    def to_decoder(self, codes: Tensor) -> Tensor:
        return self.decode_indices(self.indices(codes))
