"""FactorVAE: a discriminator of codes and codes with permuted dimensions estimates total correlation."""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config.coercion import DecayRate, NonNegativeFloat, Width
from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.layers import Initialization, initialize, mlp
from ..registry import method
from .autoencoder import require_codes_for_decoder
from .composition import CompositionOperator
from .loss_schedules import WeightSchedule
from .method import NoiseDict, get_noise
from .samplers import Sampler
from .supervision import Supervision
from .vae import VAE


def permute(codes: Tensor, permutation: Tensor | None) -> Tensor:
    """Codes (B, D) with each dimension in an order (B, D) of its own; without one, dimension d moves by d."""
    if permutation is None:
        rows, dimensions = (torch.arange(n, device=codes.device) for n in codes.shape)
        permutation = (rows[:, None] + dimensions) % len(codes)
    return codes.gather(0, permutation)


def cross_entropy(logits: Tensor, permuted_logits: Tensor) -> Tensor:
    """½ [E −log D₀(z) + E −log D₁(perm z)] of logits (B, 2)."""
    return 0.5 * (-F.log_softmax(logits, 1)[:, 0].mean() - F.log_softmax(permuted_logits, 1)[:, 1].mean())


def is_halved(noise: NoiseDict) -> bool:
    """Whether the noise is of a step that permutes the second half of the codes only."""
    return len(noise["permutation"]) < len(noise["codes"])


@method("factorvae")
class FactorVAE(VAE):
    """FactorVAE: min −E log p(x | z) + KL + γ·E[ℓ₀(z) − ℓ₁(z)], with γ = reg_wt, ℓ the logits of D.

    The discriminator D minimises ½ [E −log D₀(z) + E −log D₁(perm z)]. In each step both move once.
    Kim & Mnih, ICML 2018, eq. 2, 3 and algorithm 2.

    alternating: whether the discriminator sees codes by the encoder that has moved just now, rather than the
      codes of the VAE's own loss, as in the code of Locatello et al. and of Montero et al. (NeurIPS 2022).
    permuted: what is shuffled, the `same` batch (Locatello et al., ICML 2019) or the other `half` of it, the
      VAE learning from the first only (the paper's two batches).
    discriminator_hidden, discriminator_lr, discriminator_betas: leaky ReLU of 0.2; Adam as published.
    discriminator_initialization: `glorot` as TensorFlow draws it.
    """

    short_name = "factorvae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 10.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        operator: CompositionOperator | None = None,
        permuted: Literal["same", "half"] = "same",
        alternating: bool = False,
        discriminator_hidden: tuple[Width, ...] = (1000, 1000, 1000, 1000, 1000, 1000),
        discriminator_lr: NonNegativeFloat = 1e-4,
        discriminator_betas: tuple[DecayRate, DecayRate] = (0.5, 0.9),
        discriminator_initialization: Initialization = "torch",
    ) -> None:
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            weighting=weighting,
            supervision=supervision,
            operator=operator,
        )
        require_codes_for_decoder(self.short_name, latent)
        self.permuted = permuted
        self.simultaneous = not alternating
        self.min_batch_size = 4 if permuted == "half" else 2  # two codes to permute, in either half
        self.discriminator = mlp(latent.latent_dim, discriminator_hidden, 2, nonlin="leaky_relu")
        initialize(self.discriminator, discriminator_initialization)
        self.discriminator_settings = {"lr": discriminator_lr, "betas": discriminator_betas}

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        if player == "discriminator":
            return {"cross_entropy": self.discriminator_loss(batch, noise)}
        codes_noise = get_noise(noise, "codes")
        if noise is not None and is_halved(noise):
            batch = batch[: len(batch) // 2]
            codes_noise = noise["codes"][: self.codes_per_item * len(batch)]
        params, codes, reconstruction = self.forward_pass(batch, codes_noise)
        logits = self.discriminator(codes)
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(params, codes),
            "total_correlation": (logits[:, 0] - logits[:, 1]).mean(),
        }

    def discriminator_loss(self, batch: Batch, noise: NoiseDict | None) -> Tensor:
        """The discriminator's loss on the codes of a batch, without gradients for the encoder."""
        with torch.no_grad():
            real = self.latent.sample_for_decoder(
                self.encoder(self.encoded_images(batch)), get_noise(noise, "codes")
            )
            others = real
            if noise is not None and is_halved(noise):
                real, others = real[: len(real) // 2], real[len(real) // 2 :]
            others = permute(others, get_noise(noise, "permutation"))
        return cross_entropy(self.discriminator(real), self.discriminator(others))

    def weights(self, step: int) -> dict[str, float]:
        gamma = self.weighting(self.reg_wt, step)
        return {"reconstruction": 1.0, "kl": 1.0, "total_correlation": gamma, "cross_entropy": 1.0}

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        discriminator = list(self.discriminator.parameters())
        theirs = {id(parameter) for parameter in discriminator}
        return {
            "model": [parameter for parameter in self.parameters() if id(parameter) not in theirs],
            "discriminator": discriminator,
        }

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        settings = self.discriminator_settings if player == "discriminator" else {}
        return [{"params": self.player_parameters()[player], **settings}]

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` (B, D), and `permutation` (B, D), for the second half of a batch (B − B // 2, D)."""
        if self.permuted == "half" and batch_size < 2:
            raise CallError("factorvae with permuted: half needs batches of 2 images or more")
        others = batch_size - batch_size // 2 if self.permuted == "half" else batch_size
        return self._noise(batch_size, others, generator, device)

    def evaluation_noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` and `permutation` (B, D): no image is left out, whatever a step does."""
        return self._noise(batch_size, batch_size, generator, device)

    def _noise(
        self,
        batch_size: int,
        others: int,
        generator: torch.Generator | None,
        device: torch.device | str | None,
    ) -> NoiseDict:
        codes = super().noise(batch_size, generator, device)
        assert isinstance(codes, Tensor)
        drawn_on = device if generator is None else generator.device
        keys = torch.rand(others, self.latent_dim, generator=generator, device=drawn_on)
        return {"codes": codes, "permutation": keys.argsort(0).to(device)}
