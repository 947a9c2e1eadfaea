"""Latent quantisation: every dimension takes few scalar values (Hsu et al., NeurIPS 2023)."""

from __future__ import annotations

from ..errors import CallError
from ..registry import latent
from .codebooks import ScalarCodebooks
from .discrete import DiscreteLatent


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
