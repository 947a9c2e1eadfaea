"""HFS-VAE: a VAE whose codes should have factorised support (Hausdorff distance, pair by pair)."""

from __future__ import annotations

import torch
from torch import Tensor

from ..config.coercion import Width
from ..data.labelled_items import Batch
from ..errors import CallError
from ..latents.latent import Latent, standard_normal
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .composition import CompositionOperator
from .loss_schedules import WeightSchedule
from .method import NoiseDict, get_noise
from .samplers import Sampler
from .supervision import Supervision
from .vae import VAE


def dimension_pairs(dimensions: int, device: torch.device | str | None = None) -> Tensor:
    """(P, 2): all pairs i < j of dimensions."""
    return torch.triu_indices(dimensions, dimensions, offset=1, device=device).T


def support_distance(first: Tensor, second: Tensor) -> Tensor:
    """max_ij min_k (a_i − a_k)² + (b_j − b_k)²: the Hausdorff distance of points (a, b) to the grid of both.

    a, b (B,). One triple attains it, which is found without gradients; they pass through that one.
    """
    with torch.no_grad():
        a, b = ((values[:, None] - values).square() for values in (first, second))  # (i, k), (j, k)
        nearest, k = (a[:, None] + b).min(-1)  # (i, j)
        worst = nearest.flatten().argmax()
        i, j = worst // len(first), worst % len(first)
        triple = torch.stack([i, j, k.flatten().gather(0, worst[None])[0]])
    a, b = first.gather(0, triple), second.gather(0, triple)
    return (a[0] - a[2]).square() + (b[1] - b[2]).square()


@method("hfs")
class HFSVAE(VAE):
    """Hausdorff factorized support: min −E log p(x | z) + β·KL + γ·Σ_pairs H(pair), with γ = reg_wt.

    H is `support_distance` of the means of a batch in two dimensions, for `pairs` random pairs of them (all,
    where there are no more); evaluated without chance it is scaled from all pairs. Roth et al., ICLR
    2023; the published code's `hausdorff_hard` without its regulariser of scale.

    kl_wt: β.
    """

    short_name = "hfs"
    min_batch_size = 2

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
        kl_wt: float = 1.0,
        pairs: Width = 25,
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
        possible = latent.latent_dim * (latent.latent_dim - 1) // 2
        if not possible or pairs < 1:
            raise CallError(
                "hfs looks at pairs of latent dimensions: set latent-dim to 2 or more, pairs to 1"
            )
        self.kl_wt = kl_wt
        self.pairs = min(pairs, possible)

    def losses(
        self, batch: Batch, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        params, codes, reconstruction = self.forward_pass(batch, get_noise(noise, "codes"))
        return {
            "reconstruction": reconstruction,
            **self.latent.losses(params, codes),
            "factorized_support": self.factorized_support(self.latent.codes(params), noise),
        }

    def factorized_support(self, means: Tensor, noise: NoiseDict | None) -> Tensor:
        """Σ_pairs H of means (B, D)."""
        pairs = dimension_pairs(self.latent_dim, means.device) if noise is None else noise["pairs"]
        columns = means.T
        distances = [
            support_distance(*columns.index_select(0, pairs[index]).unbind()) for index in range(len(pairs))
        ]
        return torch.stack(distances).mean() * self.pairs

    def weights(self, step: int) -> dict[str, float]:
        gamma = self.weighting(self.reg_wt, step)
        return {"reconstruction": 1.0, "kl": self.kl_wt, "factorized_support": gamma}

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` (B, D) and `pairs` (pairs, 2), drawn without replacement."""
        drawn_on = device if generator is None else generator.device
        every = dimension_pairs(self.latent_dim, drawn_on)
        keys = torch.rand(len(every), generator=generator, device=drawn_on)
        chosen = every[keys.argsort()[: self.pairs]].to(device)
        codes = standard_normal(batch_size, self.latent.noise_dim, generator, device)
        return {"codes": codes, "pairs": chosen}
