"""InfoWGAN-GP, WGAN-GP and QL-InfoWGAN-GP, as in Hsu et al. (NeurIPS 2023)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import CallError
from ..latents.discrete import DiscreteLatent
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.precision import in_float32
from ..registry import method
from .autoencoder import Autoencoder, weight_decay_groups
from .samplers import Sampler


def interpolates(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """x̂ = ε·x + (1 − ε)·x̃ of observations (B, …), with one ε of `share` (B,) for each."""
    epsilon = share.unflatten(0, (-1, *[1] * (real.ndim - 1)))
    return epsilon * real + (1 - epsilon) * fake


def gradient_penalty(critic: Callable[[Tensor], Tensor], observations: Tensor) -> Tensor:
    """mean_b (‖∇ v(x̂_b)‖₂ − 1)² of observations x̂ (B, …) and their values (B,); the norm is over all pixels.

    The value of an observation must not depend on the others in the batch. Source: Gulrajani et al., eq. 3.

    >>> gradient_penalty(lambda x: 3 * x[:, 0] + 4 * x[:, 1], torch.zeros(2, 2))
    tensor(16.)
    """
    gradients = torch.func.grad(lambda x: critic(x).sum())(observations)
    return (torch.linalg.vector_norm(gradients.flatten(1), dim=1) - 1).square().mean()


@method("infowgan")
class InfoWGAN(Autoencoder):
    """A generator G against a critic v, which shares its network with the encoder E; fakes are x̃ = G(z).

    encoder    λ_v·(v(x̃) − v(x)) + λ_gp·(‖∇v(x̂)‖₂ − 1)² + L,    x̂ = ε·x + (1 − ε)·x̃, ε ~ U[0, 1)
    generator  −λ_v·v(x̃) + L,                                     at every `generator_period`-th step
    both       L = λ_lat·mean_j (ẑ_j − z_j)² [+ λ_q·L_q + λ_c·L_c],  ẑ = latent(E(x̃)), z ~ prior

    λ_lat is reg_wt; without it this is WGAN-GP. With a quantised latent it is QL-InfoWGAN-GP: z is drawn from
    the codebooks, which have the two terms of latent quantisation (in brackets) and move with the generator.

    The value v is the encoder's last feature, behind those of the latent. An encoder that ends in a linear
    layer has it so by a second linear head on its last hidden features, as published.

    Without noise, z and ε are draws that are always the same: losses are then deterministic.
    Source: Hsu et al., "Disentanglement via Latent Quantization", NeurIPS 2023, published code.
    """

    extra_features = 1

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 200.0,
        value_wt: float = 1.0,
        penalty_wt: float = 10.0,
        quantization: float = 0.01,
        commitment: float = 0.01,
        generator_period: int = 5,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)
        _check_latent(latent)
        _check_critic(encoder)
        if generator_period < 1:
            raise CallError(f"generator-period must be at least 1, got {generator_period}")
        self.short_name = "ql-infowgan" if latent.discrete else "infowgan" if reg_wt else "wgan"
        self.value_wt = value_wt
        self.penalty_wt = penalty_wt
        self.quantization = quantization
        self.commitment = commitment
        self.generator_period = generator_period

    def features_and_values(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """E and v: the features of the latent (B, feature_dim), and values (B,)."""
        outputs = self.encoder(observations)
        return outputs[:, :-1], outputs[:, -1]

    def value(self, observations: Tensor) -> Tensor:
        """v(x) (B,): high for what looks real."""
        return self.features_and_values(observations)[1]

    def encode(self, batch: Tensor) -> Tensor:
        return self.latent.codes(self.features_and_values(batch)[0])

    def losses(
        self, batch: Tensor, noise: dict[str, Tensor] | None = None, player: str = "encoder"
    ) -> dict[str, Tensor]:
        """The terms of the encoder's objective, or of the generator's, which needs only the batch's size.

        noise: `encoder` and `generator` (B, latent_dim), drawn codes or their indices; `mixing` (B,), the ε.
        """
        if noise is None:
            noise = self.noise(len(batch), torch.Generator().manual_seed(0), batch.device)
        if player == "generator":
            z = self._entries(noise["generator"])
            features, values = self.features_and_values(self._observations(z))
            return {"value": -values.mean(), **self._latent_losses(features, z)}
        z = self._entries(noise["encoder"]).detach()
        fake = self._observations(z).detach()
        features, values = self.features_and_values(fake)
        with in_float32(self.encoder):
            penalty = gradient_penalty(self.value, interpolates(batch, fake, noise["mixing"]))
        return {
            "value": values.mean() - self.value(batch).mean(),
            "gradient_penalty": penalty,
            **self._latent_losses(features, z),
        }

    def _observations(self, z: Tensor) -> Tensor:
        """G(z) (B, *output_shape), of what the decoder reads."""
        return self.decoder.mean(self.decoder(z))

    def _entries(self, drawn: Tensor) -> Tensor:
        """What the decoder reads of drawn codes: themselves, or the entries with these indices."""
        return self.latent.decode_indices(drawn) if isinstance(self.latent, DiscreteLatent) else drawn

    def _latent_losses(self, features: Tensor, z: Tensor) -> dict[str, Tensor]:
        codes = self.latent.sample_for_decoder(features)
        return {"latent": F.mse_loss(codes, z), **self.latent.losses(features, codes)}

    def weights(self, step: int) -> dict[str, float]:
        weights = {"value": self.value_wt, "gradient_penalty": self.penalty_wt, "latent": self.reg_wt}
        if self.latent.discrete:
            weights |= {"quantization": self.quantization, "commitment": self.commitment}
        return weights

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        generator = [*self.decoder.parameters(), *self.latent.parameters()]
        return {"encoder": list(self.encoder.parameters()), "generator": generator}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        return weight_decay_groups(self, player)

    def players_to_update(self, step: int) -> Sequence[str]:
        return ("encoder", "generator") if step % self.generator_period == 0 else ("encoder",)

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> dict[str, Tensor]:
        """Codes from the prior for each player's fakes, as indices where they are discrete; and ε."""
        draw = self.latent.sample_indices if isinstance(self.latent, DiscreteLatent) else self.latent.prior
        drawn_on = device if generator is None else generator.device
        return {
            "encoder": draw(batch_size, generator, device),
            "generator": draw(batch_size, generator, device),
            "mixing": torch.rand(batch_size, generator=generator, device=drawn_on).to(device),
        }


def _check_latent(latent: Latent) -> None:
    name = type(latent).__name__
    if type(latent).prior is Latent.prior:
        raise CallError(f"a GAN draws its codes from a prior, {name} has none; use `uniform` or `quantized`")
    if latent.noise_dim:
        raise CallError(
            f"a GAN asks for the codes that it drew, {name} draws again; use `uniform` or `quantized`"
        )


def _check_critic(encoder: Encoder) -> None:
    """The gradient penalty is of one observation at a time (Gulrajani et al., section 4)."""
    if any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in encoder.modules()):
        raise CallError(
            "the encoder of a GAN is its critic, whose gradient penalty rules batch normalization out; "
            f"{type(encoder).__name__} has it: take another, such as a/qlae, a/dislib or a/conv12"
        )
