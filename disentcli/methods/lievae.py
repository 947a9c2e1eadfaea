"""The commutative Lie group VAE: decodes exp(Σ t_i A_i), and pulls the generators A_i apart."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Literal

import torch
from torch import Tensor

from ..config.coercion import NonNegativeFloat, PositiveInt
from ..errors import CallError
from ..latents.latent import Latent
from ..latents.lie_group import LieGroupLatent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .loss_schedules import WeightSchedule
from .method import NoiseDict, get_noise
from .samplers import Sampler
from .supervision import Supervision
from .vae import AnnealedVAE

Commutation = Literal["transpose", "commutator"]


def generator_products(generators: Sequence[Tensor]) -> Tensor:
    """1/L² Σ_{i≠j} ‖A_i A_j‖²_F of L generators, those of each subgroup (s, d, d); a scalar.

    Products of generators of different subgroups, which are blocks of one matrix, are 0. `hy_hes`: all
    products 0 make the Hessian of exp(Σ t_i A_i) 0 between coordinates, and the A_i commute.

    >>> float(generator_products([torch.stack([torch.eye(2), 2 * torch.eye(2)])]))  # 2 · ‖2 I‖² / 4
    4.0
    """
    squares = [_pair_norms(_products(one)) for one in generators]
    return sum(((one.sum() - one.trace()) for one in squares), start=_zero(generators)) / _pairs(generators)


def generator_commutation(generators: Sequence[Tensor], form: Commutation) -> Tensor:
    """1/L² Σ_{ij} ‖P_ij − Q_ij‖²_F with P_ij = A_i A_j, of L generators, those of each subgroup (s, d, d).

    form: `transpose`, Q_ij = P_ijᵀ, as published: the commutator of symmetric matrices only; `commutator`,
      Q_ij = A_j A_i.
    """
    total = _zero(generators)
    for one in generators:
        products = _products(one)
        others = products.mT if form == "transpose" else products.transpose(0, 1)
        total = total + _pair_norms(products - others).sum()
    return total / _pairs(generators)


def _products(generators: Tensor) -> Tensor:
    """A_i A_j, (s, s, d, d)."""
    return generators[:, None] @ generators[None]


def _pair_norms(matrices: Tensor) -> Tensor:
    """‖·‖²_F of matrices (s, s, d, d), (s, s)."""
    return matrices.square().sum(dim=(2, 3))


def _pairs(generators: Sequence[Tensor]) -> int:
    return sum(len(one) for one in generators) ** 2


def _zero(generators: Sequence[Tensor]) -> Tensor:
    return generators[0].new_zeros(())


@method("lievae")
class LieGroupVAE(AnnealedVAE):
    """min −E log p(x | g) + γ·|KL − C| + λ_r·‖g_E − g_D‖² + λ_h·Σ_{i≠j} ‖A_i A_j‖² / L² + λ_c·commutation.

    g_E are the encoder's matrices, g_D = exp(Σ t_i A_i) those of the drawn coordinates t (`LieGroupLatent`).
    The decoder reads g_D; in training, at each step with probability `prob_forward`, g_E instead. Codes are
    the coordinates t; the published `embed` gives g_D, which is the representation `group` here.

    On a GPU the matrix exponential waits for the device, so the step is not captured as a CUDA graph.

    reg_wt: γ. capacity, first_capacity, capacity_steps: C as of the annealed VAE, 0 as published.
    group_wt: λ_r, published as hy_rec. product_wt: λ_h, hy_hes (20 on 3D-Shapes). commutation_wt: λ_c,
    hy_commute. commutation: which form of it (`generator_commutation`).
    Source: Zhu et al., ICML 2021, as in Montero et al., NeurIPS 2022, code.
    """

    short_name = "lievae"
    representation_names = MappingProxyType({"codes": 0, "group": 0})
    latent: LieGroupLatent

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
        capacity: float = 0.0,
        first_capacity: float = 0.0,
        capacity_steps: PositiveInt = 100_000,
        group_wt: NonNegativeFloat = 0.1,
        product_wt: NonNegativeFloat = 40.0,
        commutation_wt: NonNegativeFloat = 0.0,
        commutation: Commutation = "transpose",
        prob_forward: float = 0.2,
    ) -> None:
        if not isinstance(latent, LieGroupLatent):
            raise CallError(
                f"lievae needs generators of a group, {type(latent).__name__} has none; use `lie-group`"
            )
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            weighting=weighting,
            supervision=supervision,
            capacity=capacity,
            first_capacity=first_capacity,
            capacity_steps=capacity_steps,
        )
        if not 0 <= prob_forward <= 1:
            raise CallError(f"prob-forward is a probability, from 0 to 1; got {prob_forward}")
        self.group_wt = group_wt
        self.product_wt = product_wt
        self.commutation_wt = commutation_wt
        self.commutation: Commutation = commutation
        self.prob_forward = prob_forward

    def losses(self, batch: Any, noise: NoiseDict | None = None, player: str = "model") -> dict[str, Tensor]:
        features = self.encoder(batch)
        params: Any = self.latent.distribution_params(features)
        group = self.latent.sample_for_decoder(params, get_noise(noise, "codes"))
        forward = get_noise(noise, "forward")
        decoded = group if forward is None else torch.where(forward < self.prob_forward, features, group)
        kl = self.latent.losses(params, group)["kl"]
        return {
            "reconstruction": self.reconstruction(self.decoder(decoded), batch),
            "kl": kl,
            "capacity": (kl - self.capacity).abs(),
            "group_reconstruction": (features - group).square().sum(1).mean(),
            **self._generator_losses(),
        }

    def _generator_losses(self) -> dict[str, Tensor]:
        generators = list(self.latent.generators)
        found = {"generator_products": generator_products(generators)}
        if self.commutation_wt:
            found["generator_commutation"] = generator_commutation(generators, self.commutation)
        return found

    def weights(self, step: int) -> dict[str, float]:
        weights = {
            **super().weights(step),
            "group_reconstruction": self.group_wt,
            "generator_products": self.product_wt,
        }
        return {**weights, "generator_commutation": self.commutation_wt} if self.commutation_wt else weights

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` (B, D), and `forward` (1,), below prob_forward where the decoder is to read g_E."""
        drawn_on = device if generator is None else generator.device
        forward = torch.rand(1, generator=generator, device=drawn_on).to(device)
        return {**self.evaluation_noise(batch_size, generator, device), "forward": forward}

    def evaluation_noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` (B, D): the decoder always reads g_D."""
        codes = super().noise(batch_size, generator, device)
        assert isinstance(codes, Tensor)
        return {"codes": codes}

    def resolve_representation(self, name: str | None) -> str | None:
        """The name of a representation: this one if given, else `codes`."""
        return super().resolve_representation(name or "codes")

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        """`codes` (B, D), the means of t, and `group` (B, G), the entries of g_D at them."""
        codes = super().encode_all(batch)["codes"]
        return {"codes": codes, "group": self.latent.to_decoder(codes)}

    def encode_as(self, images: Tensor, name: str) -> Tensor:
        codes = self.encode(images)
        return self.latent.to_decoder(codes) if name == "group" else codes
