"""Methods made of encoder, latent and decoder: encoding, reconstruction, responses."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..data.labelled_items import Batch, LabelledItems, observations_of
from ..errors import CallError, Unsupported
from ..latents.latent import Latent, standard_normal
from ..nets.encoder_decoder import Decoder, Encoder
from .composition import CompositionOperator
from .decoding_method import DecodingMethod
from .method import Noise
from .samplers import Sampler
from .supervision import LabelledBatch, Supervision


class ForwardPass(NamedTuple):
    """Distribution parameters of the codes, decoder inputs (N, decoder_dim), reconstruction loss of a batch.

    N are the images that are encoded: B, or 2·B of B triplets. The parameters stand for the features wherever
    a latent reads these.
    """

    params: Any
    codes: Tensor
    reconstruction: Tensor


class Autoencoder(DecodingMethod):
    """An encoder, a latent and a decoder, with an objective that subclasses define.

    operator: learns to compose images, on triplets with factors (`LabelledItems`): references and commands
      are the images of the objective, and to their reconstruction is added half of that of the targets, from
      codes that the operator composes. All is per encoded image: half of the published sums over an item.
    """

    extra_features = 0  # of the encoder, after those of the latent: a critic's value
    finds_codes_by_decoding = False  # whether it can have a latent that needs the decoder for its codes
    representation_names = MappingProxyType({"codes": 0})

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None,
        *,
        reg_wt: float,
        supervision: Supervision | None = None,
        operator: CompositionOperator | None = None,
    ) -> None:
        super().__init__(reg_wt=reg_wt)
        if latent.needs_decoder and not self.finds_codes_by_decoding:
            raise CallError(
                f"codes of {type(latent).__name__} are found by decoding, which {self.short_name} does not; "
                "use m/cascade, or the latent `gaussian`"
            )
        _check_dimensions(latent, encoder, decoder, self.extra_features)
        decoder.check_compatible(encoder)
        if sampler is not None:
            sampler.check_compatible(latent)
        self.latent = latent
        self.encoder = encoder
        self.decoder = decoder
        self.sampler = sampler
        self.supervision = supervision
        self.operator = operator
        if operator is not None:
            self.short_name = f"composition-{self.short_name}"
            self.num_views, self.codes_per_item, self.reads_labels = 3, 2, True

    def forward(
        self, batch: Batch, noise: Any = None, player: str = "model", labelled: LabelledBatch | None = None
    ) -> dict[str, Tensor]:
        """The losses, with the term `supervised` where labelled images are given."""
        losses = self.losses(batch, noise, player)
        if labelled is None or self.supervision is None or player != "model":
            return losses
        codes = self.encode(labelled.observations)
        return {**losses, "supervised": self.supervision.loss(codes, labelled.factors)}

    def loss_weights(self, step: int) -> dict[str, float]:
        weights = self.weights(step)
        if self.supervision is None:
            return weights
        return {**weights, "supervised": self.supervision.weight_at(step)}

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Noise:
        """(B, noise_dim) standard normal numbers, or None for a deterministic latent."""
        if not self.latent.noise_dim:
            return None
        return standard_normal(batch_size, self.latent.noise_dim, generator, device)

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        """The mean codes of images (B, *input_shape), or of the first image of items (B, V, *input_shape)."""
        several = batch.ndim > 1 + len(self.encoder.input_shape)
        return {"codes": self.encode(batch[:, 0] if several else batch)}

    def encode_as(self, images: Tensor, name: str) -> Tensor:
        return self.encode(images)

    def encoded_images(self, batch: Batch) -> Tensor:
        """The images (N, *input_shape) of a batch that are encoded: of triplets, references and commands."""
        if isinstance(batch, Tensor):
            return batch
        return batch.observations if self.operator is None else batch.observations[:, :2].flatten(0, 1)

    def example_batch(self, input_shape: tuple[int, ...], device: torch.device | str) -> Batch:
        """Two images of zeros; two triplets where images are composed."""
        images: Tensor = super().example_batch(input_shape, device)
        if self.operator is None:
            return images
        factors = torch.zeros(2, 3, self.operator.factors, dtype=torch.int64, device=device)
        return LabelledItems(images, factors, factors[:, 0].bool())

    def forward_pass(self, batch: Batch, noise: Tensor | None) -> ForwardPass:
        """Encode, sample codes with this noise (N, noise_dim), decode, and compare with the batch."""
        images = self.encoded_images(batch)
        params = self.latent.distribution_params(self.encoder(images))
        codes = self.latent.sample_for_decoder(params, noise)
        if self.operator is not None and isinstance(batch, LabelledItems):
            return ForwardPass(params, codes, self._composed_reconstruction(self.operator, batch, codes))
        return ForwardPass(params, codes, self.reconstruction(self.decoder(codes), images))

    def _composed_reconstruction(
        self, operator: CompositionOperator, items: LabelledItems, codes: Tensor
    ) -> Tensor:
        """Reconstruction loss of B triplets with codes (2·B, decoder_dim), a scalar: a mean over 2·B."""
        reference, command = codes.unflatten(0, (-1, 2)).unbind(1)
        composed = operator(reference, command, items.changed)
        loss = 0.5 * self.reconstruction(self.decoder(composed), items.observations[:, 2])
        if operator.trained == "composed":
            return loss
        return loss + self.reconstruction(self.decoder(codes), self.encoded_images(items))

    def encode(self, batch: Tensor) -> Tensor:
        """Mean codes (B, latent_dim) of observations."""
        return self.latent.codes(self.encoder(batch))

    def draw_codes(self, batch: Tensor, noise: Tensor) -> Tensor:
        """A code (B, latent_dim) of each observation, drawn with noise (B, noise_dim)."""
        if not self.latent.noise_dim:
            return self.encode(batch)
        return self.latent.draw_codes(self.encoder(batch)[:, : self.latent.feature_dim], noise)

    def code_indices(self, batch: Tensor) -> Tensor:
        """Which values of their codebooks the codes are, (B, latent_dim) int64.

        Raises:
            Unsupported: the latent is continuous.
        """
        return self.latent.indices(self.encode(batch))

    def reconstruct(self, batch: Tensor) -> Tensor:
        """decode(encode(x))."""
        return self.decode(self.encode(batch))

    def reconstruct_items(self, items: Any) -> Tensor:
        return self.reconstruct(observations_of(items))

    def compose(self, reference: Tensor, command: Tensor, action: Tensor) -> Tensor:
        """Expected images of the reference with the factors of the action (B, n) as the command has them.

        Images (B, *input_shape) → images in [0, 1], from mean codes.

        Raises:
            Unsupported: the method has no operator.
        """
        if self.operator is None:
            raise Unsupported(f"{self.short_name} composes no images: it was trained without an operator")
        codes = (self.latent.to_decoder(self.encode(images)) for images in (reference, command))
        return self.decoder.mean(self.decoder(self.operator(*codes, action)))

    def respond(self, codes: Tensor) -> Tensor:
        """The latent response encode(decode(z)) (Leeb et al., "Interventional Assays", 2021)."""
        return self.encode(self.decode(codes))


def _check_dimensions(latent: Latent, encoder: Encoder, decoder: Decoder, extra_features: int) -> None:
    if encoder.feature_dim != latent.feature_dim + extra_features:
        beside = f" and the method {extra_features} more" if extra_features else ""
        raise CallError(
            f"{type(latent).__name__} of {latent.latent_dim} dimensions reads {latent.feature_dim} features"
            f"{beside}, the encoder gives {encoder.feature_dim}; leave feature-dim out and it is inferred"
        )
    if decoder.latent_dim != latent.decoder_dim:
        gives = "has" if latent.decoder_dim == latent.latent_dim else f"of {latent.latent_dim} tokens gives"
        raise CallError(
            f"the latent {gives} {latent.decoder_dim} dimensions, the decoder was built for "
            f"{decoder.latent_dim}; set latent-dim once, at the root"
        )


def require_codes_for_decoder(method: str, latent: Latent) -> None:
    """CallError where the decoder reads other numbers than the codes, which the method regularises."""
    if latent.decoder_dim != latent.latent_dim:
        raise CallError(
            f"{method} regularises what the decoder reads, of {type(latent).__name__} that is not the codes; "
            "use `gaussian`"
        )


def copy_parts(model: Autoencoder, other: Autoencoder, parts: Sequence[str]) -> None:
    """Give parts of a model the weights of those of another; CallError where one is of other sizes."""
    for part in parts:
        mine, theirs = model.get_submodule(part), other.get_submodule(part)
        try:
            if type(mine) is not type(theirs):
                raise RuntimeError
            mine.load_state_dict(theirs.state_dict())
        except RuntimeError:
            raise CallError(
                f"its {part} does not fit: give this call the architecture and the latent-dim of that run"
            ) from None


def weight_decay_groups(method: Autoencoder, player: str = "model") -> list[dict[str, Any]]:
    """A player's parameters in two groups: with weight decay, and with neither decay nor clipping.

    Without are all parameters named `bias` and all of the latent. The rest (kernels, scales of norms, learned
    constants) takes the optimiser's weight decay λ: θ ← θ − lr·λ·θ.
    Source: published code, train_ae.yaml.
    """
    of_latent = {id(one) for one in method.latent.parameters()}
    biases = {id(one) for name, one in method.named_parameters() if name.rpartition(".")[2] == "bias"}
    exempt = of_latent | biases
    parameters = method.player_parameters()[player]
    groups: list[dict[str, Any]] = [
        {"params": [one for one in parameters if id(one) not in exempt]},
        {
            "params": [one for one in parameters if id(one) in exempt],
            "weight_decay": 0.0,
            "clip": False,
        },
    ]
    return [group for group in groups if group["params"]]
