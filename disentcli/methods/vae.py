"""The variational autoencoder and, with another weight of its KL term, the β-VAE."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import CallError
from ..latents.gaussian import GaussianLatent
from ..latents.latent import Latent
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..registry import method
from .autoencoder import Autoencoder
from .autoencoding import forward_pass
from .loss_schedules import Constant, WeightSchedule
from .samplers import Sampler
from .supervision import Supervision


@method("vae")
class VAE(Autoencoder):
    """Variational autoencoder: min −E log p(x | z) + β·KL(q(z | x) ‖ p(z)), with β = reg_wt.

    Sums over pixels and dimensions, means over the batch: β is that of Higgins et al., ICLR 2017.

    weighting: how β comes to its full weight; None for all of it from the start.
    supervision: a term of labelled images beside it, in this and all objectives made from it.
    """

    short_name = "vae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt, supervision=supervision)
        if "kl" not in latent.loss_names:
            raise CallError(
                f"{self.short_name} needs a latent with a KL term, {type(latent).__name__} has none; "
                "use `gaussian`"
            )
        self.weighting = weighting or Constant()

    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        features, codes, reconstruction = forward_pass(self, batch, noise)
        return {"reconstruction": reconstruction, **self.latent.losses(features, codes)}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "kl": self.weighting(self.reg_wt, step)}


def require_gaussian(method: str, latent: Latent) -> GaussianLatent:
    """The latent, whose codes have means and log-variances; CallError if it is another."""
    if not isinstance(latent, GaussianLatent):
        raise CallError(f"{method} needs the Gaussian latent, not {type(latent).__name__}; use `gaussian`")
    return latent
