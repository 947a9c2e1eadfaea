"""Semi-supervised losses: the first latent dimensions of labelled images should equal their factors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import sqrt
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import CallError
from ..registry import supervision
from .loss_schedules import ConstantSchedule, WeightSchedule

WEIGHT = 4.0  # γ in the tests of the released code; it has no default, and the paper's grid is not in it


class LabelledBatch(NamedTuple):
    """Observations (B, …) and their factors (B, K), int64 classes."""

    observations: Tensor
    factors: Tensor


class Supervision(nn.Module, ABC):
    """γ·R(μ(x), y) of labelled images x: dimension k of their mean codes stands for factor k of y.

    Locatello et al., "Disentangling Factors of Variation Using Few Labels", ICLR 2020; released code.

    weight: γ. weighting: how γ comes to its full weight; None for all of it from the start.
    labelled_batch: labelled images a step; None for as many as there are others, as published.
    Raises CallError where there are no factors, or fewer dimensions than factors.
    """

    min_batch_size = 1  # labelled images in a batch
    sizes: Tensor

    def __init__(
        self,
        latent_dim: int,
        factor_sizes: tuple[int, ...],
        *,
        weight: float = WEIGHT,
        weighting: WeightSchedule | None = None,
        labelled_batch: int | None = None,
    ) -> None:
        super().__init__()
        _check_sizes(latent_dim, factor_sizes)
        if labelled_batch is not None and labelled_batch < 1:
            raise CallError(f"labelled-batch must be at least 1, not {labelled_batch}")
        self.weight = weight
        self.weighting = weighting or ConstantSchedule()
        self.labelled_batch = labelled_batch
        self.factor_sizes = tuple(factor_sizes)
        self.register_buffer(
            "sizes", torch.tensor(factor_sizes, dtype=torch.get_default_dtype()), persistent=False
        )

    @abstractmethod
    def loss(self, codes: Tensor, factors: Tensor) -> Tensor:
        """R, a scalar, of mean codes (B, latent_dim) and factors (B, K)."""

    def weight_at(self, step: int) -> float:
        """γ at this step."""
        return self.weighting(self.weight, step)

    def supervised_dims(self, codes: Tensor) -> Tensor:
        """The latent dimensions (B, K) that are supervised, one for each factor."""
        return codes[:, : len(self.factor_sizes)]

    def normalized(self, factors: Tensor) -> Tensor:
        """y_k / s_k, from 0 to less than 1, where factor k has s_k values."""
        return factors / self.sizes


def _check_sizes(latent_dim: int, factor_sizes: tuple[int, ...]) -> None:
    if not factor_sizes:
        raise CallError("labels are the factors of images, these data have none; take data with factors")
    if min(factor_sizes) < 1:
        raise CallError("labels are classes here, these data have factors that are real numbers")
    if len(factor_sizes) > latent_dim:
        raise CallError(
            f"each of the {len(factor_sizes)} factors takes a latent dimension of its own, there are "
            f"{latent_dim}: set --latent-dim to {len(factor_sizes)} or more"
        )


@supervision("cross-entropy")
class CrossEntropySupervision(Supervision):
    """R = Σ_b Σ_k −y log σ(μ_k) − (1 − y) log(1 − σ(μ_k)) with y = y_k / s_k; `xent` of the released code."""

    def loss(self, codes: Tensor, factors: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            self.supervised_dims(codes), self.normalized(factors), reduction="sum"
        )


@supervision("squared-error")
class SquaredErrorSupervision(Supervision):
    """R = Σ_b Σ_k (c·μ_k − y_k)² with a learned scalar c, 1 at first; `l2` of the released code.

    learn_scale: without it R = Σ_b Σ_k (σ(μ_k) − y_k / s_k)². (The released code then compares each image
    with the labels of all others too, by a mistaken shape.)
    """

    def __init__(
        self,
        latent_dim: int,
        factor_sizes: tuple[int, ...],
        *,
        weight: float = WEIGHT,
        weighting: WeightSchedule | None = None,
        labelled_batch: int | None = None,
        learn_scale: bool = True,
    ) -> None:
        super().__init__(
            latent_dim, factor_sizes, weight=weight, weighting=weighting, labelled_batch=labelled_batch
        )
        self.scale = nn.Parameter(torch.tensor(1.0)) if learn_scale else None

    def loss(self, codes: Tensor, factors: Tensor) -> Tensor:
        heads = self.supervised_dims(codes)
        if self.scale is not None:
            return (self.scale * heads - factors).square().sum()
        return (heads.sigmoid() - self.normalized(factors)).square().sum()


@supervision("covariance")
class CovarianceSupervision(Supervision):
    """R = Σ_{d≠k} C_dk² with C = E_b[(μ − E μ)(y − E y)ᵀ] (latent_dim, K); `cov` of the released code."""

    min_batch_size = 2

    def loss(self, codes: Tensor, factors: Tensor) -> Tensor:
        labels = factors.to(codes.dtype)
        covariance = (codes - codes.mean(0)).T @ (labels - labels.mean(0)) / len(codes)
        return covariance.square().sum() - covariance.diagonal().square().sum()


@supervision("embedding")
class EmbeddingSupervision(Supervision):
    """R = Σ_k E_b −log softmax_v[−(σ (μ_k − e_kv))²] at v = y_k, with learned numbers e_kv; released `embed`.

    temperature: σ, or None to learn one for each factor. ordered: e_kv = v·a_k + b_k, learned a and b.
    Initial values are uniform as in the released code (Glorot's, of TensorFlow).
    """

    sigma: Tensor  # σ of each factor (K,)

    def __init__(
        self,
        latent_dim: int,
        factor_sizes: tuple[int, ...],
        *,
        weight: float = WEIGHT,
        weighting: WeightSchedule | None = None,
        labelled_batch: int | None = None,
        temperature: float | None = 1.0,
        ordered: bool = False,
    ) -> None:
        super().__init__(
            latent_dim, factor_sizes, weight=weight, weighting=weighting, labelled_batch=labelled_batch
        )
        factors = len(self.factor_sizes)
        if temperature is None:
            self.sigma = nn.Parameter(_glorot(1, factors))
        else:
            self.register_buffer("sigma", torch.full((factors,), float(temperature)), persistent=False)
        if ordered:
            self.slopes, self.biases = (nn.Parameter(_glorot(1, factors)) for _ in range(2))
        else:
            self.values = nn.ParameterList(_glorot(size, size) for size in self.factor_sizes)
        self.ordered = ordered

    def embeddings(self, factor: int) -> Tensor:
        """e_k (s_k,), the number for each value of this factor."""
        if not self.ordered:
            return self.values[factor]
        values = torch.arange(self.factor_sizes[factor], device=self.slopes.device)
        return values * self.slopes[factor] + self.biases[factor]

    def loss(self, codes: Tensor, factors: Tensor) -> Tensor:
        terms = []
        for factor, sigma in enumerate(self.sigma):
            distances = (codes[:, factor, None] - self.embeddings(factor)) * sigma
            terms.append(F.cross_entropy(-distances.square(), factors[:, factor]))
        return torch.stack(terms).sum()


def _glorot(fan: int, count: int) -> Tensor:
    """`count` numbers of U(−√(3 / fan), √(3 / fan))."""
    bound = sqrt(3 / fan)
    return torch.empty(count).uniform_(-bound, bound)
