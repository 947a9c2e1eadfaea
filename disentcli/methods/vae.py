"""The variational autoencoder, with another weight of its KL term the β-VAE, and the annealed VAE."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..config.coercion import PositiveInt
from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.continuous import GaussianLatent
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .autoencoder import Autoencoder
from .composition import CompositionOperator
from .loss_schedules import ConstantSchedule, WeightSchedule
from .samplers import Sampler
from .supervision import Supervision


@method("vae")
class VAE(Autoencoder):
    """Variational autoencoder: min −E log p(x | z) + β·KL(q(z | x) ‖ p(z)), with β = reg_wt.

    Sums over pixels and dimensions, means over the batch: β is that of Higgins et al., ICLR 2017.

    weighting: how β comes to its full weight; None for all of it from the start.
    supervision: a term of labelled images beside it, in this and all objectives made from it.
    """

    short_name = "vae"

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
        operator: CompositionOperator | None = None,
    ) -> None:
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            supervision=supervision,
            operator=operator,
        )
        if "kl" not in latent.loss_names:
            raise CallError(
                f"{self.short_name} needs a latent with a KL term, {type(latent).__name__} has none; "
                "use `gaussian`"
            )
        self.weighting = weighting or ConstantSchedule()

    def losses(self, batch: Batch, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, noise)
        return {"reconstruction": reconstruction, **self.latent.losses(params, codes)}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "kl": self.weighting(self.reg_wt, step)}


def require_gaussian(method: str, latent: Latent) -> GaussianLatent:
    """The latent, whose codes have means and log-variances; CallError if it is another."""
    if not isinstance(latent, GaussianLatent):
        raise CallError(f"{method} needs the Gaussian latent, not {type(latent).__name__}; use `gaussian`")
    return latent


@method("annealed")
class AnnealedVAE(VAE):
    """Annealed VAE: min −E log p(x | z) + γ·|KL − C(t)|, with γ = reg_wt.

    C(t) = min(c₀ + (c − c₀)·t / T, c) in nats: Burgess et al., 2018, with c₀ = 0 as in Locatello et
    al., ICML 2019.

    capacity: c. first_capacity: c₀. capacity_steps: T.
    """

    short_name = "annealed"
    capacity: Tensor  # C(t), a buffer: losses know no step

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1000.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        operator: CompositionOperator | None = None,
        capacity: float = 25.0,
        first_capacity: float = 0.0,
        capacity_steps: PositiveInt = 100_000,
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
        if not 0 <= first_capacity <= capacity or capacity_steps < 1:
            raise CallError(
                "the capacity grows from first-capacity (≥ 0) to capacity in capacity-steps, 1 or more; "
                f"got {first_capacity} to {capacity} in {capacity_steps}"
            )
        self.last_capacity = capacity
        self.first_capacity = first_capacity
        self.capacity_steps = capacity_steps
        self.register_buffer("capacity", torch.tensor(self.capacity_at(0)))

    def capacity_at(self, step: int) -> float:
        """C(t) at a step, counted from 0."""
        share = min(step / self.capacity_steps, 1.0)
        return self.first_capacity + (self.last_capacity - self.first_capacity) * share

    def losses(self, batch: Batch, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, noise)
        kl = self.latent.losses(params, codes)["kl"]
        return {"reconstruction": reconstruction, "kl": kl, "capacity": (kl - self.capacity).abs()}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "kl": 0.0, "capacity": self.weighting(self.reg_wt, step)}

    def after_step(self, step: int) -> None:
        self.capacity.fill_(self.capacity_at(step + 1))
