"""Weak disentanglement: regions of codes for combinations of factors, and learned relations between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config.coercion import NonNegativeFloat, NonNegativeInt, PositiveFloat, Width
from ..data.labelled_items import Batch, example_items
from ..errors import CallError
from ..latents.latent import Latent
from ..latents.priors import BoxPrior, Prior
from ..latents.region_priors import FittedRegions
from ..nets.encoder_decoder import Decoder, Encoder
from ..nets.layers import Nonlinearity, mlp
from ..nets.precision import eval_no_grad
from ..nets.shapes import size
from ..registry import method
from .aae import adversarial_loss, discriminator_loss
from .autoencoder import Autoencoder, copy_parts, require_codes_for_decoder
from .entity_relations import entities_of, relations_of
from .method import Method, Noise, NoiseDict
from .region_labels import LabelPolicy, check_labels_of_regions, regions_of_samples
from .relation_learners import MakeRelationLearner, mlp_relations
from .relational_batches import Pairing, RelationalBatches
from .relational_stages import Adversarial, RelationalStages, Stage, adversarial_stages
from .samplers import Sampler
from .supervision import LabelledBatch


@method("absae")
class AbsAE(Autoencoder):
    """An adversarial autoencoder whose codes have a region for each entity, and relations between regions.

    Each step updates these players in turn; λ is reg_wt, ℓ the logit of a discriminator of codes, f the
    relation learner, and a bar a mean over pixels or dimensions:

    model          mean −log p(x | z), by the encoder and the decoder
    relations      relation_wt·mean (f(z_a, r) − z_b)², by f alone, of codes of regions; in the second stage
    generator      λ·E −log σ(ℓ(z)), by the encoder
    discriminator  λ·½ [E −log(1 − σ(ℓ(z))) + E −log σ(ℓ(p))], p of the prior

    In the stage `warm-up` p is of `warm_up_prior`. Then a Gaussian is fitted to the codes of the labelled
    images of each entity, and p is of these regions in the stage `relational`.
    Source: Valenti & Bacciu, "Leveraging Relational Information for Learning Weakly Disentangled
    Representations", IJCNN 2022, and its code, whose discriminator reads no labels either: they are all zero.

    entities: bins by factor, as `Entities` has them; None for the classes of the first factor with several.
    relations: by name, as `Relations` has them; None for a step along each factor of the entities.
    warm_up_steps: of the first stage; with 0 it is a run before, named by --shared RUN.
    scale, shrinkage: of `FittedRegions`. refit_interval: steps between two fits; 0 for one.
    label_policy: from which region p is: each as often (`uniform`), that of the image's own entity (`true`),
      or always the first, as the published code has it by mistake (`first`).
    adversarial: the stages with generator and discriminator; `never` leaves a plain autoencoder.
    freeze_encoder: whether the encoder stays as it is in the second stage, in which codes are then no longer
      moved to a prior; the player `decoder` takes the place of `model`.
    shared_optimizer: whether generator and model share the moments of the encoder, as published.
    relation_learner, pairing, relation_batch: f, which codes are pairs, and how many of each relation a step.
    zero_labels: whether the discriminator has inputs for K labels that are always 0, as published, which only
      changes its first weights.
    """

    short_name = "absae"
    fits_labels = True
    first_stage = "m/absae or another autoencoder"
    fitted: Tensor

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        factor_names: tuple[str, ...] = (),
        factor_sizes: tuple[int, ...] = (),
        entities: dict | None = None,
        relations: dict | None = None,
        reg_wt: float = 0.2,
        warm_up_steps: NonNegativeInt = 67_000,
        warm_up_prior: Prior | None = None,
        adversarial: Adversarial = "always",
        label_policy: LabelPolicy = "uniform",
        scale: PositiveFloat = 0.1,
        shrinkage: NonNegativeFloat = 1e-3,
        refit_interval: NonNegativeInt = 0,
        freeze_encoder: bool = False,
        shared_optimizer: bool = True,
        relation_learner: MakeRelationLearner | None = None,
        relation_wt: PositiveFloat = 1.0,
        relation_batch: Width = 128,
        pairing: Pairing = "independent",
        discriminator_hidden: tuple[Width, ...] = (1024, 1024, 1024, 1024),
        discriminator_nonlin: Nonlinearity = "tanh",
        zero_labels: bool = False,
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)
        _check_latent(latent)
        with torch.device("cpu"):  # tables, whose values are read even where a model is built without memory
            self.entities = entities_of(entities, factor_names, factor_sizes)
            self.relations = relations_of(relations, self.entities)
            self.relational_batches = RelationalBatches(
                self.relations, latent.latent_dim, size=relation_batch, pairing=pairing
            )
        self.warm_up_steps = warm_up_steps
        self.needs_pretrained = not warm_up_steps
        self.stages = RelationalStages(
            warm_up_steps,
            refit_interval,
            adversarial=adversarial_stages(adversarial, reg_wt, freeze_encoder),
            freeze_encoder=freeze_encoder,
        )
        self.reads_labels = label_policy == "true" and "relational" in self.stages.adversarial
        self.label_policy: LabelPolicy = (
            "uniform" if label_policy == "true" and not self.reads_labels else label_policy
        )
        self.shared_optimizer = shared_optimizer
        self.relation_wt = relation_wt

        dim = latent.latent_dim
        self.warm_up_prior = warm_up_prior or BoxPrior(dim)
        self.prior = FittedRegions(dim, self.entities.count, scale=scale, shrinkage=shrinkage)
        self.register_buffer("fitted", torch.tensor(False))
        make_learner = relation_learner or mlp_relations()
        self.relation_learner = make_learner(dim, self.relational_batches.inputs, len(self.relations))
        self.zero_labels = self.entities.count if zero_labels else 0
        self.discriminator = mlp(self.zero_labels + dim, discriminator_hidden, 1, nonlin=discriminator_nonlin)

    @property
    def is_fitted(self) -> bool:
        """Whether the regions have been fitted."""
        return bool(self.fitted)

    def stage(self, step: int) -> Stage:
        """The stage of this step, counted from 0."""
        return self.stages.at(step)

    def apply_relation(self, codes: Tensor, relation: int) -> Tensor:
        """Codes (N, D) that a relation makes of codes (N, D), or of (N, 3, D): two operands, the operator."""
        inputs = codes[:, None] if codes.ndim == 2 else codes
        if inputs.shape[1] != self.relation_learner.inputs:
            expected = "(N, D)" if self.relation_learner.inputs == 1 else "(N, 3, D)"
            raise CallError(f"{self.relations[relation].name} is of codes {expected}, not {(*codes.shape,)}")
        return self.relation_learner(inputs, torch.full((len(codes),), relation, device=codes.device))

    # What a step computes

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        if player == "relations":
            return self._relation_losses(noise)
        if player == "generator":
            return {"adversarial": adversarial_loss(self._logits(self._codes(batch)), "non-saturating")}
        if player == "discriminator":
            return {"cross_entropy": self._discriminator_loss(batch, noise)}
        if player == "decoder":
            with eval_no_grad(self.encoder):
                codes = self._codes(batch)
            return {"reconstruction": self.reconstruction(self.decoder(codes), self.encoded_images(batch))}
        return {"reconstruction": self.forward_pass(batch, None).reconstruction}

    def weights(self, step: int) -> dict[str, float]:
        """Reconstruction is weighed as a mean over pixels; `floor` is what `relation` can reach at best."""
        return {
            "reconstruction": 1 / size(self.decoder.output_shape),
            "relation": self.relation_wt,
            "floor": 0.0,
            "adversarial": self.reg_wt,
            "cross_entropy": self.reg_wt,
        }

    def _codes(self, batch: Batch) -> Tensor:
        return self.latent.sample_for_decoder(self.encoder(self.encoded_images(batch)))

    def _logits(self, codes: Tensor) -> Tensor:
        """The discriminator's logits (B, 1) of codes (B, D)."""
        return self.discriminator(F.pad(codes, (self.zero_labels, 0)))  # type: ignore[no-any-return]

    def _relation_losses(self, noise: NoiseDict | None) -> dict[str, Tensor]:
        drawn = self._noise_or_fixed(noise, 1)
        batch = self.relational_batches.draw(self.prior, drawn["cases"], drawn["offsets"])
        found = self.relation_learner(batch.inputs, batch.relations)
        return {"relation": F.mse_loss(found, batch.targets), "floor": self.relational_batches.floor.clone()}

    def _discriminator_loss(self, batch: Batch, noise: NoiseDict | None) -> Tensor:
        """The discriminator's loss, without gradients for the encoder."""
        with torch.no_grad():
            codes = self._codes(batch)
            drawn = self._noise_or_fixed(noise, len(codes))
            warm_up = self.warm_up_prior.from_noise(drawn["warm_up"])
            chosen = regions_of_samples(
                self.label_policy, batch, drawn["regions"], entities=self.entities, prior=self.prior
            )
            regions = self.prior.from_noise(drawn["regions"], chosen)
            samples = torch.where(self.fitted, regions, warm_up)
        return discriminator_loss(self._logits(codes), self._logits(samples))

    def _noise_or_fixed(self, noise: NoiseDict | None, n: int) -> NoiseDict:
        device = self.fitted.device
        return self.noise(n, torch.Generator().manual_seed(0), device) if noise is None else noise

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """That of samples of both priors, and of the relational batch."""
        return {
            "warm_up": self.warm_up_prior.noise(batch_size, generator, device),
            "regions": self.prior.noise(batch_size, generator, device),
            **self.relational_batches.noise(generator, device),
        }

    # Stages, players and their optimisers

    def active_players(self, step: int) -> Sequence[str]:
        return self.stages.players(step)

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        of_codes = [*self.encoder.parameters(), *self.latent.parameters()]
        of_decoder = list(self.decoder.parameters())
        players = {"model": [*of_codes, *of_decoder]}
        if self.stages.freeze_encoder:
            players["decoder"] = of_decoder
        players["relations"] = list(self.relation_learner.parameters())
        if self.stages.adversarial:
            players |= {"generator": of_codes, "discriminator": list(self.discriminator.parameters())}
        return players

    def optimizer_of(self, player: str) -> str:
        shares = player == "decoder" or (player == "generator" and self.shared_optimizer)
        return "model" if shares else player

    def prepare_step(self, batch: Any, noise: Any, step: int) -> Noise:
        """In a warm-up that begins with a fitted run's weights, its regions do not count."""
        if step == 0 and self.warm_up_steps:
            self.fitted.fill_(False)
        return noise  # type: ignore[no-any-return]

    # Labels and the run before

    def check_labels(self, factors: Tensor) -> None:
        """CallError where an entity has fewer labelled images than a region is fitted to."""
        check_labels_of_regions(factors, entities=self.entities, least=self.prior.least_codes)

    def is_fitting_step(self, step: int) -> bool:
        return self.stages.is_fitting_step(step)

    def fit_labels(self, batches: Iterable[LabelledBatch]) -> None:
        """Fit the regions to the codes of labelled images, and what is drawn from them."""
        pairs = [(self.encode(one.observations), self.entities.of_factors(one.factors)) for one in batches]
        codes, labels = (torch.cat(of_all) for of_all in zip(*pairs, strict=True))
        shown = labels >= 0
        self.prior.fit(codes[shown], labels[shown])
        self.relational_batches.fit(self.prior)
        self.fitted.fill_(True)

    def load_pretrained(self, other: Method) -> None:
        """Take encoder, latent and decoder of any autoencoder, and the discriminator of another AbsAE."""
        if self.warm_up_steps:
            raise CallError("its warm-up was that run: take m/absae/relational, or --model.warm-up-steps 0")
        if not isinstance(other, Autoencoder):
            raise CallError(f"absae goes on from an autoencoder, {other.short_name} is none")
        adversary = ["discriminator"] if isinstance(other, AbsAE) else []
        copy_parts(self, other, ("encoder", "latent", "decoder", *adversary))

    def example_batch(self, input_shape: tuple[int, ...], device: torch.device | str) -> Batch:
        if not self.reads_labels:
            return super().example_batch(input_shape, device)
        return example_items(input_shape, len(self.entities.factor_names), device)

    def sample_prior(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, D) of the regions, or before they are fitted, of the prior of the warm-up."""
        return (self.prior if self.is_fitted else self.warm_up_prior).sample(n, generator)


def _check_latent(latent: Latent) -> None:
    require_codes_for_decoder("absae", latent)
    if latent.discrete or latent.noise_dim:
        raise CallError(
            f"absae fits regions to codes that are numbers of an encoder, {type(latent).__name__} draws them "
            "or takes them from a codebook; use `plain`"
        )
