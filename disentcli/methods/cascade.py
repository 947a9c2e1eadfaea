"""CascadeVAE: Gaussian codes under the information cascade, and a category assigned over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ..config.coercion import NonNegativeFloat, NonNegativeInt, PositiveInt
from ..device import send
from ..errors import CallError
from ..latents.gaussian_categorical import GaussianCategoricalLatent, one_hot
from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .information_cascade import InformationCascadeVAE
from .loss_schedules import WeightSchedule
from .method import Noise, NoiseDict, get_noise
from .samplers import Sampler
from .supervision import Supervision


def assign_categories(costs: np.ndarray, balance_wt: float) -> np.ndarray:
    """argmin_c Σ_i costs[i, c_i] + λ Σ_k n_k (n_k − 1) / 2, the categories c (N,) of N images, exactly.

    costs: (N, n), of each image in each category. balance_wt: λ, 0 or more; n_k images have category k.

    A category is N places, of which the r-th costs λ·r besides: a linear assignment then has the optimum of
    the published minimum-cost flow, since Σ_{r < n} r = n (n − 1) / 2. Costs need not be whole numbers.
    Source: Jeong & Song, ICML 2019.

    >>> costs = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 4.0]])
    >>> assign_categories(costs, 0.0).tolist(), int(assign_categories(costs, 2.0).sum())
    ([0, 0, 0], 1)
    """
    images, categories = costs.shape
    places = costs[:, :, None] + balance_wt * np.arange(images)  # (N, n, N)
    _, chosen = linear_sum_assignment(places.reshape(images, categories * images))
    return np.asarray(chosen // images)


@method("cascade")
class CascadeVAE(InformationCascadeVAE):
    """min −E log p(x | z, d) + Σ_j β_j(t)·KL_j: Gaussian codes z under the cascade, and a category d.

    Until the step `disc_warmup` the decoder reads zeros for d. From then on the categories of a batch are
    those that minimise Σ_i −log p(x_i | z_i, d_i) + λ Σ_k n_k (n_k − 1) / 2 at the codes z of the step
    (`assign_categories`); validation and `encode` take each image's most likely one at its z, the mean in
    `encode`. Codes are (z, c), with c the category as a number (`GaussianCategoricalLatent`).

    The assignment is computed on the host before the step (`prepare_step`), which waits for the device: the
    encoder runs twice, the decoder n + 1 times. Losses are given its result, and are compiled as others.

    reg_wt: β_l. high_beta: β_h. warmup: T of the cascade. balance_wt: λ.
    Source: Jeong & Song, ICML 2019, as in Montero et al., NeurIPS 2022, code, which takes the likelihood of
    Bernoulli pixels for the assignment whatever the decoder's distribution; here it is the decoder's.
    """

    short_name = "cascade"
    finds_codes_by_decoding = True
    latent: GaussianCategoricalLatent

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 2.0,
        weighting: WeightSchedule | None = None,
        supervision: Supervision | None = None,
        high_beta: NonNegativeFloat = 10.0,
        warmup: PositiveInt = 20_000,
        disc_warmup: NonNegativeInt = 80_000,
        balance_wt: NonNegativeFloat = 0.001,
    ) -> None:
        if not isinstance(latent, GaussianCategoricalLatent):
            raise CallError(
                f"cascade has a category beside Gaussian codes, {type(latent).__name__} has not; "
                "use `gaussian-categorical`"
            )
        super().__init__(
            latent,
            encoder,
            decoder,
            sampler,
            reg_wt=reg_wt,
            weighting=weighting,
            supervision=supervision,
            high_beta=high_beta,
            warmup=warmup,
        )
        if disc_warmup < 0 or balance_wt < 0:
            raise CallError(f"disc-warmup and balance-wt are 0 or more; got {disc_warmup} and {balance_wt}")
        self.disc_warmup = disc_warmup
        self.balance_wt = balance_wt
        self._set_active(0)

    def losses(self, batch: Any, noise: NoiseDict | None = None, player: str = "model") -> dict[str, Tensor]:
        params = self.latent.distribution_params(self.encoder(batch))
        continuous = self.latent.sample_continuous(params, get_noise(noise, "codes"))
        one_hot = get_noise(noise, "categories")
        if one_hot is None:
            one_hot = self.latent.one_hot(self.most_likely(continuous, batch))
        outputs = self.decoder(self.latent.join(continuous, one_hot))
        return {"reconstruction": self.reconstruction(outputs, batch), **self.divergence_losses(params)}

    @torch.no_grad()
    def category_losses(self, continuous: Tensor, batch: Tensor) -> Tensor:
        """−log p(x_i | z_i, k) of each observation in each category, (B, n), at Gaussian codes (B, L)."""
        categories = self.latent.categories
        every = torch.eye(categories, device=batch.device, dtype=continuous.dtype)
        inputs = self.latent.join(
            continuous.repeat_interleave(categories, dim=0, output_size=categories * len(batch)),
            every.repeat(len(batch), 1),
        )
        outputs = self.decoder(inputs).unflatten(0, (len(batch), categories))
        one = torch.vmap(lambda output, image: self.decoder.loss(output[None], image[None]))
        return torch.stack([one(output, batch) for output in outputs.unbind(1)], dim=1)

    def most_likely(self, continuous: Tensor, batch: Tensor) -> Tensor:
        """The category (B,) of each observation that explains it best, at Gaussian codes (B, L)."""
        return self.category_losses(continuous, batch).argmin(dim=1)

    def encode(self, batch: Tensor) -> Tensor:
        return self.draw_codes(batch, None)

    def draw_codes(self, batch: Tensor, noise: Tensor | None) -> Tensor:
        continuous = self.latent.sample_continuous(self.encoder(batch), noise)
        return self.latent.with_category(continuous, self.most_likely(continuous, batch))

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict:
        """`codes` (B, L)."""
        codes = super().noise(batch_size, generator, device)
        assert isinstance(codes, Tensor)
        return {"codes": codes}

    @torch.no_grad()
    def prepare_step(self, batch: Tensor, noise: NoiseDict, step: int) -> Noise:
        """The noise, with the step's `categories` (B, n): of each image one, or zeros in the warm-up."""
        none = batch.new_zeros(len(batch), self.latent.categories)
        if step < self.disc_warmup:
            return {**noise, "categories": none}
        continuous = self.latent.sample_continuous(self.encoder(batch), noise["codes"])
        losses = self.category_losses(continuous, batch).cpu().double().numpy()
        if not np.isfinite(losses).all():  # as the step's losses, which the loss log reports
            return {**noise, "categories": none}
        category = send(torch.from_numpy(assign_categories(losses, self.balance_wt)), batch.device)
        return {**noise, "categories": one_hot(category, self.latent.categories).to(batch.dtype)}

    def after_step(self, step: int) -> None:
        super().after_step(step)
        self._set_active(step + 1)

    def _set_active(self, step: int) -> None:
        self.latent.active.fill_(float(step >= self.disc_warmup))
