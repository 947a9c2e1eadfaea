"""Latents of codebook entries: scalar (QLAE) and vector quantisation (VQ-VAE), passed straight through."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..device import send, to_widest_float, widest_float
from ..errors import CallError
from ..registry import latent
from .codebooks import ScalarCodebooks, VectorCodebook
from .latent import Latent

MAX_STEPS = 16  # values of a dimension in a traversal, at most


def straight_through(features: Tensor, quantized: Tensor) -> Tensor:
    """ẑ = sg(q) + z - sg(z): the value of q, the gradient of z.

    Written so, it is q to the last bit; z + sg(q - z) is not, and leaks z into what looks like q.
    """
    return quantized.detach() + (features - features.detach())


class DiscreteLatent(Latent):
    """Features z become the nearest entries q of a codebook; the encoder learns through them
    (van den Oord et al., NeurIPS 2017).

    Two terms, means over the entries of z:
        quantization  (sg(z) - q)²  moves the codebook, and nothing else does
        commitment    (z - sg(q))²  moves the encoder
    """

    discrete = True
    loss_names = ("quantization", "commitment")

    def __init__(self, latent_dim: int, codebook: ScalarCodebooks | VectorCodebook, feature_dim: int) -> None:
        super().__init__(latent_dim, feature_dim=feature_dim)
        self.codebook = codebook

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each dimension can take."""
        return self.codebook.sizes

    @property
    def values(self) -> Tensor:
        """All entries of the codebooks, in one tensor."""
        return self.codebook.values

    def decode_indices(self, indices: Tensor) -> Tensor:
        """What the decoder reads for indices (N, latent_dim): exact entries, with their gradient."""
        return self.codebook(indices)

    def codes_from_indices(self, indices: Tensor) -> Tensor:
        """The codes (N, latent_dim) with these indices."""
        return self.decode_indices(indices)

    def indices(self, codes: Tensor) -> Tensor:
        """Which entry each code (N, latent_dim) is, or is nearest to: int64."""
        return self.codebook.nearest(codes)

    def codes(self, features: Tensor) -> Tensor:
        """The entries nearest to the features, gathered from the codebook."""
        return self.codes_from_indices(self.codebook.nearest(features))

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        return straight_through(features, self.decode_indices(self.codebook.nearest(features)))

    def losses(self, features: Tensor, codes: Tensor) -> dict[str, Tensor]:
        quantized = self.decode_indices(self.codebook.nearest(features))
        return {
            "quantization": F.mse_loss(quantized, features.detach()),
            "commitment": F.mse_loss(features, quantized.detach()),
        }

    def project(self, codes: Tensor) -> Tensor:
        return self.codes_from_indices(self.indices(codes))

    def sample_indices(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Indices (n, latent_dim), each uniform over its codebook."""
        drawn_on = device if generator is None else generator.device
        sizes = send(torch.tensor(self.sizes), torch.device(drawn_on or "cpu"))
        dtype = widest_float(sizes.device)
        drawn = torch.rand(n, self.latent_dim, generator=generator, device=drawn_on, dtype=dtype)
        return (drawn * sizes).long().minimum(sizes - 1).to(device)

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Codes (n, latent_dim): the entries as they are now, each uniform over its codebook."""
        return self.codes_from_indices(self.sample_indices(n, generator, device))

    def traversal(self, codes: Tensor) -> Tensor:
        """The values in use, from the smallest to the largest; 16 spread evenly where there are more."""
        used = [codes[:, d].unique() for d in range(self.latent_dim)]
        steps = min(MAX_STEPS, max(len(one) for one in used))
        return torch.stack([one[torch.linspace(0, len(one) - 1, steps).round().long()] for one in used])

    def usage(self, codes: Tensor) -> Tensor:
        """How often each entry occurs in codes (N, latent_dim): (latent_dim, largest codebook) int64."""
        largest = max(self.sizes)
        rows = torch.arange(self.latent_dim, device=codes.device) * largest
        counts = (rows + self.indices(codes)).flatten().bincount(minlength=self.latent_dim * largest)
        return counts.view(self.latent_dim, largest)


def perplexity(usage: Tensor) -> Tensor:
    """exp(-Σ_v p_v log p_v) of counts (D, V): how many values each dimension uses, 1 to V.

    >>> perplexity(torch.tensor([[5, 5, 0], [9, 0, 0]])).tolist()
    [2.0, 1.0]
    """
    shares = to_widest_float(usage) / usage.sum(-1, keepdim=True)
    return torch.special.entr(shares).sum(-1).exp()


@latent("quantized")
class QuantizedLatent(DiscreteLatent):
    """ẑ_j = argmin_{v ∈ V_j} |z_j - v|, with a codebook V_j of n_v learned scalars for each dimension j.

    num_values: n_v, one for all dimensions or a list with one for each.
    optimize_values: whether the quantisation loss moves the codebooks.
    Source: Hsu et al., "Disentanglement via Latent Quantization", NeurIPS 2023, and its code.
    """

    def __init__(
        self, latent_dim: int, *, num_values: int | tuple[int, ...] = 10, optimize_values: bool = True
    ) -> None:
        sizes = (num_values,) * latent_dim if isinstance(num_values, int) else tuple(num_values)
        if len(sizes) != latent_dim:
            raise CallError(
                f"num-values lists {len(sizes)} codebooks, the latent has {latent_dim} dimensions; "
                "give one number for each dimension, or a single one for all"
            )
        codebook = ScalarCodebooks(sizes, optimize=optimize_values)
        super().__init__(latent_dim, codebook, feature_dim=latent_dim)


@latent("global-quantized")
class GlobalQuantizedLatent(DiscreteLatent):
    """ẑ_j = argmin_{v ∈ V} |z_j - v|, with one codebook V of n_v learned scalars for all dimensions."""

    def __init__(self, latent_dim: int, *, num_values: int = 10) -> None:
        codebook = ScalarCodebooks((num_values,) * latent_dim, shared=True)
        super().__init__(latent_dim, codebook, feature_dim=latent_dim)


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
