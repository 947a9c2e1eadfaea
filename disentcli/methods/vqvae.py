"""The VQ-VAE (van den Oord et al., NeurIPS 2017) as the baseline of latent quantisation."""

from __future__ import annotations

from ..latents.latent import Latent
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..registry import method
from .qlae import QLAE
from .samplers import Sampler


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
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, quantization=quantization, commitment=commitment)
