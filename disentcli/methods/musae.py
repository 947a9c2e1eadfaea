"""MusAE: a Wasserstein adversarial autoencoder towards a Gaussian with tags, or towards Gaussians of tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config.coercion import NonNegativeFloat, Width
from ..data.labelled_items import Batch, LabelledItems, example_items, observations_of
from ..errors import CallError
from ..latents.latent import Latent
from ..latents.priors import GaussianPrior, Prior
from ..latents.region_priors import FlowerRegions, GaussianRegions
from ..latents.tags import GaussianTagsLatent, GaussianTagsPrior
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.layers import Nonlinearity, mlp
from ..nets.precision import in_float32
from ..registry import method
from .autoencoder import Autoencoder, require_codes_for_decoder
from .infowgan import gradient_penalty, interpolates
from .loss_schedules import ConstantSchedule, WeightSchedule
from .method import NoiseDict, get_noise
from .samplers import Sampler

Game = Literal["intended", "released"]
PRIOR_SEED = 0


@method("musae")
class MusAE(Autoencoder):
    """min −w·log p(x | z) − λ·E D(z), while critics D of codes min D(z) − D(p) + penalty_wt·(‖∇D(ẑ)‖ − 1)².

    λ is reg_wt, p of the prior, ẑ between z and p. `tags` says how tags of songs (factors of 0 and 1) count:

    none     they do not; with the latent `gaussian-tags` one critic is of z and one of the tags s, and the
             infomax term BCE(s', s) is of what is encoded of songs decoded from the prior
    regions  each tag, and having none, is a Gaussian of the prior; an item's code is moved to that of one of
             its tags, drawn at random, and the critic reads [z; which tag], zeros for none

    Source: Valenti, Carta & Bacciu, "Learning Style-Aware Symbolic Music Representations by Adversarial
    Autoencoders", ECAI 2020, and its code.

    prior: of codes; None for that of the latent (`gaussian`, `gaussian-tags`), or MusAE's flower of all tags.
    reconstruction_wt: w; None for 1 / T, as the published mean over ticks, of T in a window.
    infomax_wt: of the infomax term, which λ does not weigh.
    game: `released` trains all parts by one sum of all terms, as the published code does, in which −D(z) of
      the encoder and D(z) of the critic cancel; `intended` lets each player move its own parameters.
    critic_hidden, critic_nonlin, critic_lr: of each critic; the rate of None is that of the model.
    """

    short_name = "musae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        factor_names: tuple[str, ...] = (),
        factor_sizes: tuple[int, ...] = (),
        reg_wt: float = 0.2,
        weighting: WeightSchedule | None = None,
        tags: Literal["none", "regions"] = "none",
        prior: Prior | None = None,
        game: Game = "intended",
        reconstruction_wt: NonNegativeFloat | None = None,
        infomax_wt: NonNegativeFloat = 1.0,
        penalty_wt: NonNegativeFloat = 10.0,
        critic_hidden: tuple[Width, ...] = (512, 512),
        critic_nonlin: Nonlinearity = "tanh",
        critic_lr: NonNegativeFloat | None = None,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)
        require_codes_for_decoder(self.short_name, latent)
        if latent.discrete:
            raise CallError(
                f"musae moves codes, those of {type(latent).__name__} are discrete; use `gaussian`"
            )
        self.reads_labels = tags == "regions"
        tags_of_data = _tags_of(factor_names, factor_sizes) if self.reads_labels else {}
        self.tag_names, self.tag_columns = tuple(tags_of_data.values()), list(tags_of_data)
        self.factor_count = len(factor_sizes)
        self.prior = prior or _default_prior(latent, len(self.tag_names), regions=self.reads_labels)
        _check_regions(self.prior, len(self.tag_names), regions=self.reads_labels)
        self.weighting = weighting or ConstantSchedule()
        self.game: Game = game
        ticks = decoder.output_shape[-1]
        self.reconstruction_wt = 1 / ticks if reconstruction_wt is None else reconstruction_wt
        self.penalty_wt = penalty_wt
        self.binary = latent.tags if isinstance(latent, GaussianTagsLatent) else 0
        self.infomax_wt = infomax_wt if self.binary else 0.0
        sizes = [
            latent.latent_dim - self.binary + len(self.tag_names),
            *([self.binary] if self.binary else []),
        ]
        self.critics = nn.ModuleList(mlp(size, critic_hidden, 1, nonlin=critic_nonlin) for size in sizes)
        self.critic_settings = {} if critic_lr is None else {"lr": critic_lr}

    # What a step computes

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        drawn = self._noise_or_fixed(batch, noise)
        tag = self._tag_of_items(batch, drawn)
        if player == "critic":
            with torch.no_grad():
                codes = self._codes(batch, noise)
            return self._critic_losses(codes, self._prior_samples(drawn, tag), drawn, tag)
        _, codes, reconstruction = self.forward_pass(observations_of(batch), get_noise(noise, "codes"))
        terms = {"reconstruction": reconstruction, "adversarial": -self._value(codes, tag).mean()}
        if self.infomax_wt:
            terms["infomax"] = self._infomax(drawn["infomax"])
        if self.game == "released":
            terms |= self._critic_losses(codes, self._prior_samples(drawn, tag), drawn, tag)
        return terms

    def _codes(self, batch: Batch, noise: NoiseDict | None) -> Tensor:
        features = self.encoder(observations_of(batch))
        return self.latent.sample_for_decoder(features, get_noise(noise, "codes"))

    def _critic_losses(
        self, codes: Tensor, samples: Tensor, drawn: NoiseDict, tag: Tensor | None
    ) -> dict[str, Tensor]:
        """D(z) − D(p), and the penalty on the gradient of D by codes between z and p."""
        between = interpolates(samples, codes, drawn["mixing"]).detach()
        with in_float32(self):
            penalty = sum(
                gradient_penalty(self._critic_of(k, tag), part) for k, part in enumerate(self._parts(between))
            )
        value = self._value(codes, tag).mean() - self._value(samples, tag).mean()
        return {"value": value, "gradient_penalty": torch.as_tensor(penalty)}

    def _value(self, codes: Tensor, tag: Tensor | None) -> Tensor:
        """The sum (B,) of what the critics say of codes (B, D): high for what looks like the prior."""
        values = [self._critic_of(k, tag)(part) for k, part in enumerate(self._parts(codes))]
        return torch.stack(values).sum(0)

    def _parts(self, codes: Tensor) -> list[Tensor]:
        """What each critic reads of codes: z, and the tags s of a latent that has them."""
        return [codes[:, : -self.binary], codes[:, -self.binary :]] if self.binary else [codes]

    def _critic_of(self, k: int, tag: Tensor | None) -> Callable[[Tensor], Tensor]:
        """The critic of a part of the codes, (B, …) → (B,); the first one is told the tag."""
        critic = self.critics[k]
        if tag is None or k:
            return lambda part: critic(part)[:, 0]
        which = (tag[:, None] == torch.arange(len(self.tag_names), device=tag.device)).float()
        return lambda part: critic(torch.cat([part, which.to(part)], dim=1))[:, 0]

    def _infomax(self, noise: Tensor) -> Tensor:
        """BCE of the tags that are encoded of decoded samples of the prior, a mean over tags."""
        samples = self.prior.from_noise(noise)
        again = self.encoder(self.decoder.distribution.relaxed(self.decoder(samples)))
        logits = self.latent.distribution_params(again)[2]
        return F.binary_cross_entropy_with_logits(logits, samples[:, -self.binary :])

    def _prior_samples(self, drawn: NoiseDict, tag: Tensor | None) -> Tensor:
        return self.prior.from_noise(drawn["prior"], tag)

    def _tag_of_items(self, batch: Batch, drawn: NoiseDict) -> Tensor | None:
        """One tag (B,) of each item, drawn from all that it has; the number of tags where it has none."""
        if not self.reads_labels or not isinstance(batch, LabelledItems):
            return None
        has = batch.factors[:, 0, self.tag_columns] > 0
        chosen = torch.where(has, drawn["tag"], -1.0).argmax(1)
        return torch.where(has.any(1), chosen, len(self.tag_names))

    # Noise, weights and players

    def _noise_or_fixed(self, batch: Batch, noise: NoiseDict | None) -> NoiseDict:
        if noise is not None:
            return noise
        x = observations_of(batch)
        return self.noise(len(x), torch.Generator().manual_seed(PRIOR_SEED), x.device)

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`prior` and `mixing` of the critics, `codes` of the latent, `tag` and `infomax` where needed."""
        drawn_on = device if generator is None else generator.device

        def uniform(*shape: int) -> Tensor:
            return torch.rand(shape, generator=generator, device=drawn_on).to(device)

        noise = {"prior": self.prior.noise(batch_size, generator, device), "mixing": uniform(batch_size)}
        codes = super().noise(batch_size, generator, device)
        if isinstance(codes, Tensor):
            noise["codes"] = codes
        if self.reads_labels:
            noise["tag"] = uniform(batch_size, len(self.tag_names))
        if self.infomax_wt:
            noise["infomax"] = self.prior.noise(batch_size, generator, device)
        return noise

    def weights(self, step: int) -> dict[str, float]:
        adversarial = self.weighting(self.reg_wt, step)
        critic = adversarial if self.game == "released" else 1.0
        return {
            "reconstruction": self.reconstruction_wt,
            "adversarial": adversarial,
            "infomax": self.infomax_wt,
            "value": critic,
            "gradient_penalty": critic * self.penalty_wt,
        }

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        """`model` and `critic`; of the released game, one player with all."""
        parts = (self.encoder, self.latent, self.decoder)
        model, critics = [p for part in parts for p in part.parameters()], list(self.critics.parameters())
        if self.game == "released":
            return {"model": [*model, *critics]}
        return {"model": model, "critic": critics}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        settings = self.critic_settings if player == "critic" else {}
        return [{"params": self.player_parameters()[player], **settings}]

    def example_batch(self, input_shape: tuple[int, ...], device: torch.device | str) -> Batch:
        if self.reads_labels:
            return example_items(input_shape, self.factor_count, device)
        return super().example_batch(input_shape, device)

    # Generation

    def sample_prior(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, D) of the prior; of regions, those of tags equally often, and of having none."""
        return self.prior.sample(n, generator)

    def restyle(self, codes: Tensor, tag: int, source: Tensor | None = None) -> Tensor:
        """Codes (N, D) moved to another tag, their place within it being kept: style transfer.

        Of regions: μ_b + L_b L_a⁻¹ (z − μ_a), from the region a = `source` (N,), by default the most likely.
        Of binary tags: the tag alone is set to 1, the others to 0.
        """
        if self.binary:
            moved = codes.clone()
            moved[:, -self.binary :] = 0.0
            moved[:, tag - self.binary] = 1.0
            return moved
        if not isinstance(self.prior, GaussianRegions):
            raise CallError(
                "there are no tags to move to: train with m/musae/mixture, or the latent gaussian-tags"
            )
        region = self.prior.classify(codes) if source is None else source
        offset = (codes - self.prior.means[region])[..., None]
        standard = torch.linalg.solve_triangular(self.prior.cholesky[region], offset, upper=False)
        return self.prior.means[tag] + (self.prior.cholesky[tag] @ standard)[..., 0]  # type: ignore[no-any-return]


def _tags_of(names: tuple[str, ...], sizes: tuple[int, ...]) -> dict[int, str]:
    """The names of the factors of two values, by their place; CallError where there are none."""
    found = {k: names[k] if names else f"tag{k}" for k, size in enumerate(sizes) if size in (1, 2)}
    if not found:
        raise CallError(
            "musae's regions are of tags, factors of 0 and 1: name them with --dataset.factors FILE.csv, or "
            "put songs into a folder for each; or use m/musae, which needs none"
        )
    return found


def _default_prior(latent: Latent, tags: int, *, regions: bool) -> Prior:
    if regions:
        return FlowerRegions(latent.latent_dim, tags + 1, radial=0.1, across=0.001)
    if isinstance(latent, GaussianTagsLatent):
        return GaussianTagsPrior(latent.latent_dim, tags=latent.tags)
    return GaussianPrior(latent.latent_dim)


def _check_regions(prior: Prior, tags: int, *, regions: bool) -> None:
    if regions and prior.regions != tags + 1:
        raise CallError(
            f"the prior has {prior.regions} regions, of {tags} tags and of having none there are {tags + 1}; "
            "leave model.prior out"
        )
