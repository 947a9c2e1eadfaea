"""The quantised-latent autoencoder (Hsu et al., NeurIPS 2023), and the VQ-VAE as its baseline."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.shapes import size
from ..registry import method
from .autoencoder import Autoencoder, weight_decay_groups
from .composition import CompositionOperator
from .samplers import Sampler


@method("qlae")
class QLAE(Autoencoder):
    """min ℓ(x̂, x) / D_x + λ_q·mean_j (sg(z_j) - q_j)² + λ_c·mean_j (z_j - sg(q_j))².

    The reconstruction is the published mean over the D_x numbers of an observation: the term is their sum,
    and its weight 1 / D_x, so λ_q = quantization and λ_c = commitment are those of the paper. They act on
    the codebooks and on the encoder, which need not be pulled equally.

    Its third part is weight decay on all but biases and codebooks: `weight_decay_groups`, 0.1 in m/qlae.
    """

    short_name = "qlae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        quantization: float = 0.01,
        commitment: float = 0.01,
        operator: CompositionOperator | None = None,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=0.0, operator=operator)
        if not latent.discrete:
            raise CallError(
                f"{self.short_name} needs a latent with codebooks, {type(latent).__name__} has none; "
                "use `quantized`, `global-quantized` or `vector-quantized` (l/…)"
            )
        self.quantization = quantization
        self.commitment = commitment

    def losses(self, batch: Batch, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, noise)
        return {"reconstruction": reconstruction, **self.latent.losses(params, codes)}

    def weights(self, step: int) -> dict[str, float]:
        return {
            "reconstruction": 1 / size(self.decoder.output_shape),
            "quantization": self.quantization,
            "commitment": self.commitment,
        }

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        return weight_decay_groups(self, player)


@method("vqvae")
class VQVAE(QLAE):
    """min ℓ(x̂, x) / D_x + λ_q·mean (sg(z) - e)² + λ_c·mean (z - sg(e))², with λ_q = 1, λ_c = 1/4.

    The objective of QLAE with the weights of the VQ-VAE, on vectors from one table, as Hsu et al. (NeurIPS
    2023, published code) compare with it. Decay: 0.01 on all but biases and the table.
    """

    short_name = "vqvae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        quantization: float = 1.0,
        commitment: float = 0.25,
        operator: CompositionOperator | None = None,
    ) -> None:
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            quantization=quantization,
            commitment=commitment,
            operator=operator,
        )
