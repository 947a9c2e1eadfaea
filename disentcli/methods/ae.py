"""The autoencoder: reconstruction, and with a weight the norm of the codes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .autoencoder import Autoencoder, weight_decay_groups
from .composition import CompositionOperator
from .samplers import Sampler


def code_norm(codes: Tensor) -> Tensor:
    """The L2 norm ‖z‖ (not squared) of each code (B, D), averaged over the batch."""
    return torch.linalg.vector_norm(codes, dim=-1).mean()


@method("ae")
class AE(Autoencoder):
    """Autoencoder: min ℓ(x̂, x) + w·‖z‖, with w = reg_wt; with a structural decoder it is an SAE.

    spare_biases: from decay and clipping, as in Hsu et al., NeurIPS 2023 (`weight_decay_groups`).
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
        spare_biases: bool = False,
        operator: CompositionOperator | None = None,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt, operator=operator)
        self.spare_biases = spare_biases
        if latent.loss_names:
            raise CallError(
                f"ae has no weight for the {' and '.join(latent.loss_names)} of {type(latent).__name__}; "
                f"use m/{'qlae' if latent.discrete else 'vae'} or the plain latent"
            )

    def losses(self, batch: Batch, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        params, _, reconstruction = self.forward_pass(batch, noise)
        terms = {"reconstruction": reconstruction}
        if self.reg_wt:
            terms["code_norm"] = code_norm(self.latent.codes(params))
        return terms

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "code_norm": self.reg_wt} if self.reg_wt else {"reconstruction": 1.0}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        return weight_decay_groups(self, player) if self.spare_biases else super().param_groups(player)
