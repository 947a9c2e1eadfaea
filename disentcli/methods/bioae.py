"""The biologically constrained autoencoder (Whittington et al., ICLR 2023), as Hsu et al. compare with it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import CallError
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.shapes import size
from ..registry import method
from .autoencoder import Autoencoder, weight_decay_groups
from .samplers import Sampler


def negativity(codes: Tensor) -> Tensor:
    """mean max(-z, 0) over all entries: 0 where no code is negative."""
    return (-codes).relu().mean()


@method("bioae")
class BioAE(Autoencoder):
    """min ℓ(x̂, x) / D_x + λ_n·mean_j max(-z_j, 0) + λ_a·mean_j z_j²: non-negative, energy-efficient codes.

    λ_n = nonnegativity, λ_a = activity; the reconstruction is the mean over the D_x numbers of an
    observation, so the term, their sum, has the weight 1 / D_x. Efficient weights are the third constraint:
    decay on all but biases (`weight_decay_groups`), 1e-4 in m/bioae. Source: Hsu et al., NeurIPS 2023, code.
    """

    short_name = "bioae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        nonnegativity: float = 1.0,
        activity: float = 0.1,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=0.0)
        if latent.loss_names or latent.noise_dim:
            raise CallError(
                f"bioae has fixed codes without terms of their own, {type(latent).__name__} is another kind; "
                "use the plain latent"
            )
        self.nonnegativity = nonnegativity
        self.activity = activity

    def losses(self, batch: Tensor, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        codes = self.encode(batch)
        return {
            "reconstruction": self.reconstruction(self.decoder(codes), batch),
            "nonnegativity": negativity(codes),
            "activity": codes.square().mean(),
        }

    def weights(self, step: int) -> dict[str, float]:
        return {
            "reconstruction": 1 / size(self.decoder.output_shape),
            "nonnegativity": self.nonnegativity,
            "activity": self.activity,
        }

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        return weight_decay_groups(self, player)
