"""The autoencoder: reconstruction, and the norm of the codes where it is asked for."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..errors import CallError
from ..latents.latent import Latent
from ..nets.decoder import Decoder
from ..nets.encoder import Encoder
from ..registry import method
from .autoencoder import Autoencoder
from .param_groups import weight_decay_groups
from .samplers import Sampler


def code_norm(codes: Tensor) -> Tensor:
    """The L2 norm ‖z‖ (not squared) of each code (B, D), averaged over the batch."""
    return torch.linalg.vector_norm(codes, dim=-1).mean()


@method("ae")
class AE(Autoencoder):
    """Autoencoder: min ℓ(x̂, x) + w·‖z‖, with w = reg_wt; with a structural decoder it is an SAE.

    no_decay_on_biases: from decay and clipping, as in Hsu et al., NeurIPS 2023 (`weight_decay_groups`).
    """

    short_name = "ae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 0.0,
        no_decay_on_biases: bool = False,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)
        self.no_decay_on_biases = no_decay_on_biases
        if latent.loss_names:
            raise CallError(
                f"ae has no weight for the {' and '.join(latent.loss_names)} of {type(latent).__name__}; "
                f"use m/{'qlae' if latent.discrete else 'vae'} or the plain latent"
            )

    def losses(self, batch: Tensor, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        features = self.encoder(batch)
        codes = self.latent.sample_for_decoder(features, noise)
        terms = {"reconstruction": self.reconstruction(self.decoder(codes), batch)}
        if self.reg_wt:
            terms["code_norm"] = code_norm(self.latent.codes(features))
        return terms

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "code_norm": self.reg_wt} if self.reg_wt else {"reconstruction": 1.0}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        return weight_decay_groups(self, player) if self.no_decay_on_biases else super().param_groups(player)
