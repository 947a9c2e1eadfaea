"""The variational autoencoder and, with another weight of its KL term, the β-VAE."""

from __future__ import annotations

from torch import Tensor

from ..errors import CallError
from ..latents.latent import Latent
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..registry import method
from .method import Method
from .samplers.sampler import Sampler


@method("vae")
class VAE(Method):
    """Variational autoencoder: min −E log p(x | z) + β·KL(q(z | x) ‖ p(z)), with β = reg_wt.

    Sums over pixels and dimensions, means over the batch: β is that of Higgins et al., ICLR 2017.
    """

    code = "vae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1.0,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)
        if "kl" not in latent.terms:
            raise CallError(
                f"vae needs a latent with a KL term, {type(latent).__name__} has none; use `gaussian`"
            )

    def losses(self, batch: Tensor, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        features = self.encoder(batch)
        codes = self.latent.sample(features, noise)
        reconstruction = self.reconstruction(self.decoder(codes), batch)
        return {"reconstruction": reconstruction, **self.latent.losses(features, codes)}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "kl": self.reg_wt}
