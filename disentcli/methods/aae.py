"""The adversarial autoencoder, and the WAE-GAN: a discriminator tells codes from samples of a prior."""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config.coercion import DecayRate, NonNegativeFloat, Width
from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.continuous import GaussianLatent
from ..latents.latent import Latent
from ..latents.priors import GaussianPrior, Prior
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.layers import Nonlinearity, mlp
from ..registry import method
from .autoencoder import Autoencoder, require_codes_for_decoder
from .composition import CompositionOperator
from .loss_schedules import ConstantSchedule, WeightSchedule
from .method import NoiseDict, get_noise
from .samplers import Sampler

Game = Literal["non-saturating", "linear"]


def adversarial_loss(logits: Tensor, game: Game) -> Tensor:
    """What the encoder minimises of the logits (B, 1) of its codes: −log σ(ℓ), or −ℓ, a mean."""
    return F.softplus(-logits).mean() if game == "non-saturating" else -logits.mean()


def discriminator_loss(codes: Tensor, samples: Tensor) -> Tensor:
    """½ [E −log(1 − σ(ℓ(z))) + E −log σ(ℓ(p))] of the logits (B, 1) of codes and of samples of the prior."""
    return 0.5 * (F.softplus(codes).mean() + F.softplus(-samples).mean())


@method("aae")
class AdversarialAutoencoder(Autoencoder):
    """min −log p(x | z) + λ·E −log σ(ℓ(z)), with λ = reg_wt, ℓ the logit of a discriminator of codes.

    The discriminator minimises ½ [E −log(1 − σ(ℓ(z))) + E −log σ(ℓ(p))], with p from any `prior`.
    Makhzani et al., "Adversarial Autoencoders", 2016; as WAE-GAN, Tolstikhin et al., ICLR 2018, algorithm 1.

    game: what the encoder minimises, −log σ(ℓ) or, `linear`, −ℓ, as Montero et al. (NeurIPS 2022, code).
    steps: `joint`, one step on the sum; `apart`, one for the reconstruction and one for the rest (paper).
    logvar_wt: λ_σ of a penalty Σ|log σ²| on a Gaussian latent, as that of `wae`.
    discriminator_hidden, discriminator_nonlin, discriminator_lr, discriminator_betas: its layers, its Adam.
    """

    short_name = "aae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1.0,
        weighting: WeightSchedule | None = None,
        operator: CompositionOperator | None = None,
        prior: Prior | None = None,
        game: Game = "non-saturating",
        steps: Literal["joint", "apart"] = "joint",
        logvar_wt: float = 0.0,
        discriminator_hidden: tuple[Width, ...] = (1000, 1000),
        discriminator_nonlin: Nonlinearity = "relu",
        discriminator_lr: NonNegativeFloat = 1e-4,
        discriminator_betas: tuple[DecayRate, DecayRate] = (0.5, 0.999),
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt, operator=operator)
        require_codes_for_decoder(self.short_name, latent)
        _check_latent(latent, logvar_wt)
        self.prior = prior or GaussianPrior(latent.latent_dim)
        self.weighting = weighting or ConstantSchedule()
        self.game: Game = game
        self.apart = steps == "apart"
        self.logvar_wt = logvar_wt
        self.discriminator = mlp(latent.latent_dim, discriminator_hidden, 1, nonlin=discriminator_nonlin)
        self.discriminator_settings = {"lr": discriminator_lr, "betas": discriminator_betas}

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        if player == "discriminator":
            return {"cross_entropy": self._discriminator_loss(batch, noise)}
        if player == "generator":
            codes = self._codes(batch, noise)
            return {"adversarial": adversarial_loss(self.discriminator(codes), self.game)}
        params, codes, reconstruction = self.forward_pass(batch, get_noise(noise, "codes"))
        terms = {"reconstruction": reconstruction}
        if not self.apart:
            terms["adversarial"] = adversarial_loss(self.discriminator(codes), self.game)
        if self.logvar_wt:
            terms["logvar"] = params[1].abs().sum(1).mean()
        return terms

    def _codes(self, batch: Batch, noise: NoiseDict | None) -> Tensor:
        """The codes (N, D) of all images of a batch that are encoded."""
        features = self.encoder(self.encoded_images(batch))
        return self.latent.sample_for_decoder(features, get_noise(noise, "codes"))

    def _discriminator_loss(self, batch: Batch, noise: NoiseDict | None) -> Tensor:
        """The discriminator's loss on the codes of a batch, without gradients for the encoder."""
        with torch.no_grad():
            codes = self._codes(batch, noise)
            drawn = get_noise(noise, "prior")
            if drawn is None:
                drawn = self.prior.noise(len(codes), torch.Generator().manual_seed(0), codes.device)
            samples = self.prior.from_noise(drawn)
        return discriminator_loss(self.discriminator(codes), self.discriminator(samples))

    def weights(self, step: int) -> dict[str, float]:
        weights = {
            "reconstruction": 1.0,
            "adversarial": self.weighting(self.reg_wt, step),
            "cross_entropy": 1.0,
        }
        return {**weights, "logvar": self.logvar_wt} if self.logvar_wt else weights

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        """`model`, `generator` where its steps are apart, and `discriminator`."""
        of_codes = [*self.encoder.parameters(), *self.latent.parameters()]
        of_operator = [] if self.operator is None else self.operator.parameters()
        players = {"model": [*of_codes, *self.decoder.parameters(), *of_operator]}
        if self.apart:
            players["generator"] = of_codes
        return {**players, "discriminator": list(self.discriminator.parameters())}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        settings = self.discriminator_settings if player == "discriminator" else {}
        return [{"params": self.player_parameters()[player], **settings}]

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`prior`, that of so many samples of it, and `codes` (B, D) where the latent samples."""
        codes = super().noise(batch_size, generator, device)
        prior = self.prior.noise(batch_size, generator, device)
        return {"prior": prior, "codes": codes} if isinstance(codes, Tensor) else {"prior": prior}

    def sample_prior(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, D) of the prior."""
        return self.prior.sample(n, generator)


def _check_latent(latent: Latent, logvar_wt: float) -> None:
    if latent.discrete:
        raise CallError(
            f"aae moves codes towards a prior, those of {type(latent).__name__} are discrete; "
            "use `plain` or `gaussian`"
        )
    if logvar_wt and not isinstance(latent, GaussianLatent):
        raise CallError(
            f"logvar-wt weighs log-variances, {type(latent).__name__} has none; set it to 0 or use `gaussian`"
        )
