"""Latents whose codes are the factors of images: predicted by an encoder, or the true ones for a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import CallError, Unsupported
from ..registry import latent
from ..suggestions import unknown
from .latent import Latent

Targets = Literal["regression", "classes"]
Inputs = Literal["values", "normalized"]


class FactorLatent(Latent):
    """What the F factors of a dataset are: classes 0 … size − 1 with a number each, or real numbers (size 0).

    Normalised, a factor with the number v is (v − mean) / (max − min) of its numbers; one with a single
    number is 0. A class named by a word has its place for a number. Real numbers have mean and range of
    training images (`init_from_factors`).
    Source: Montero et al., "Lost in Latent Space" (NeurIPS 2022), code.
    """

    numbers: Tensor  # (F, most classes), 0 where a factor has fewer
    mean: Tensor  # (F,)
    range: Tensor  # (F,), never 0
    last: Tensor  # (F,) the last class, 0 of real numbers
    real: Tensor  # (F,) bool, which are real numbers

    def __init__(
        self,
        latent_dim: int,
        factor_sizes: tuple[int, ...],
        factor_names: tuple[str, ...],
    ) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)
        self.factor_sizes = tuple(factor_sizes)
        self.factor_names = tuple(factor_names) or tuple(f"factor {k}" for k in range(len(factor_sizes)))
        for name, value in zip(("numbers", "mean", "range"), _number_table(self.factor_sizes), strict=True):
            self.register_buffer(name, value)
        last = torch.tensor([max(size - 1, 0) for size in self.factor_sizes], dtype=self.mean.dtype)
        self.register_buffer("last", last, persistent=False)
        real = torch.tensor([not size for size in self.factor_sizes])
        self.register_buffer("real", real, persistent=False)

    def init_from_factors(self, values: Sequence[Sequence[float | str]], factors: Tensor) -> None:
        """Take what the classes of each factor mean, and of real numbers (N, F) mean and range."""
        found = _number_table(self.factor_sizes, values, factors)
        for buffer, value in zip((self.numbers, self.mean, self.range), found, strict=True):
            buffer.copy_(value)

    def class_weights(self, factors: Tensor) -> Tensor:
        """Factors (B, F) as weights of their classes (B, F, most classes): 1 at a class, 0 at all others.

        Between two classes, both have a weight, the nearer one more of it.
        """
        places = torch.arange(self.numbers.shape[1], device=factors.device)
        within = factors.clamp(min=0).minimum(self.last)
        return (1 - (within[..., None] - places).abs()).clamp_min(0)

    def raw(self, factors: Tensor) -> Tensor:
        """The numbers (B, F) that factors (B, F) stand for, float32."""
        factors = factors.to(self.mean.dtype)
        numbers = (self.class_weights(factors) * self.numbers).sum(-1)
        return torch.where(self.real, factors, numbers)

    def normalized(self, factors: Tensor) -> Tensor:
        """The factors (B, F) normalised."""
        return (self.raw(factors) - self.mean) / self.range


@latent("predicted-factors")
class PredictedFactors(FactorLatent):
    """What an encoder predicts of the factors: one number for each, or one logit for each class of each.

    Its codes are the encoder's outputs. A regression is to factors normalised, with the mean squared error;
    classes are learned by the sum over factors of their cross-entropies.

    targets: `regression` or `classes`, published as `pred_type` of `reg` or `class`.
    factor: the name of a factor to be predicted alone, the published `dim`; None for all.
    Raises CallError where there are no factors, or classes are asked for of real numbers.
    """

    def __init__(
        self,
        factor_sizes: tuple[int, ...],
        factor_names: tuple[str, ...] = (),
        *,
        targets: Targets = "regression",
        factor: str | None = None,
    ) -> None:
        require_factors(factor_sizes)
        if factor is not None and factor not in factor_names:
            raise CallError(unknown("factor", factor, factor_names))
        first = 0 if factor is None else list(factor_names).index(factor)
        chosen = slice(first, len(factor_sizes) if factor is None else first + 1)
        widths = [size if targets == "classes" else 1 for size in factor_sizes[chosen]]
        if 0 in widths:
            raise CallError("real numbers have no classes: set targets to `regression`, or choose one factor")
        super().__init__(sum(widths), factor_sizes, factor_names)
        self.targets: Targets = targets
        self.chosen, self.widths = chosen, widths

    def loss(self, outputs: Tensor, factors: Tensor) -> Tensor:
        """The loss of outputs (B, latent_dim), a scalar, given factors (B, F)."""
        if self.targets == "regression":
            return F.mse_loss(outputs, self.normalized(factors)[:, self.chosen])
        classes = factors[:, self.chosen].unbind(1)
        parts = zip(outputs.split(self.widths, dim=1), classes, strict=True)
        return torch.stack([F.cross_entropy(logits, wanted) for logits, wanted in parts]).sum()

    def target_numbers(self, factors: Tensor) -> Tensor:
        """The numbers (B, K) of factors (B, F) that `predicted` predicts."""
        numbers = self.raw(factors) if self.targets == "regression" else factors.to(self.mean.dtype)
        return numbers[:, self.chosen]

    def predicted(self, outputs: Tensor) -> Tensor:
        """What outputs (B, latent_dim) predict for the K factors: numbers (B, K), of classes their places.

        A regression gives numbers as they are, not rounded to those that the factor has.
        """
        if self.targets == "regression":
            return outputs * self.range[self.chosen] + self.mean[self.chosen]
        parts = outputs.split(self.widths, dim=1)
        return torch.stack([logits.argmax(dim=1) for logits in parts], dim=1).to(outputs.dtype)

    def predicted_classes(self, outputs: Tensor) -> Tensor:
        """The classes (B, K) int64 that outputs (B, latent_dim) predict: those of the nearest numbers."""
        if self.targets == "classes":
            return self.predicted(outputs).long()
        distances = (self.predicted(outputs)[..., None] - self.numbers[self.chosen]).abs()
        places = torch.arange(self.numbers.shape[1], device=outputs.device)
        beyond = places > self.last[self.chosen][:, None]
        return distances.masked_fill(beyond, torch.inf).argmin(-1)


@latent("true-factors")
class TrueFactors(FactorLatent):
    """The true factors of images (B, F), which a decoder reads as numbers: codes are classes or real numbers.

    inputs: the `values` of the factors as published, or `normalized`.
    one_hot: names of the factors that the decoder reads as an indicator of their class.
    Raises CallError where there are no factors, or an indicator is asked for of real numbers.
    """

    def __init__(
        self,
        factor_sizes: tuple[int, ...],
        factor_names: tuple[str, ...] = (),
        *,
        inputs: Inputs = "values",
        one_hot: tuple[str, ...] = (),
    ) -> None:
        require_factors(factor_sizes)
        for name in one_hot:
            if name not in factor_names:
                raise CallError(unknown("factor", name, factor_names))
            if not factor_sizes[list(factor_names).index(name)]:
                raise CallError(f"{name} is a real number, which has no classes: leave it out of one-hot")
        super().__init__(len(factor_sizes), factor_sizes, factor_names)
        self.inputs: Inputs = inputs
        self.one_hot = [name in one_hot for name in self.factor_names]

    @property
    def decoder_dim(self) -> int:
        return sum(size if hot else 1 for size, hot in zip(self.factor_sizes, self.one_hot, strict=True))

    def to_decoder(self, codes: Tensor) -> Tensor:
        codes = codes.to(self.mean.dtype)
        numbers = self.raw(codes) if self.inputs == "values" else self.normalized(codes)
        if not any(self.one_hot):
            return numbers
        weights = self.class_weights(codes)
        columns = [
            weights[:, k, : self.factor_sizes[k]] if hot else numbers[:, k, None]
            for k, hot in enumerate(self.one_hot)
        ]
        return torch.cat(columns, dim=1)

    def project(self, codes: Tensor) -> Tensor:
        return torch.where(self.real, codes, codes.round().clamp(min=0).minimum(self.last))

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Classes (n, F) drawn independently, each as often as any other; Unsupported for real numbers."""
        if 0 in self.factor_sizes:
            raise Unsupported("factors that are real numbers have no distribution to draw them from")
        drawn_on = device if generator is None else generator.device
        sizes = torch.tensor(self.factor_sizes, device=drawn_on)
        drawn = torch.rand(n, len(sizes), generator=generator, device=drawn_on)
        return (drawn * sizes).floor().minimum(sizes - 1).to(device)


def require_factors(factor_sizes: Sequence[int]) -> None:
    """CallError where the data have no factors."""
    if not factor_sizes:
        raise CallError("it learns from the factors of images, these data have none; take data with factors")


def _number_table(
    sizes: Sequence[int],
    values: Sequence[Sequence[float | str]] = (),
    factors: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of the classes (F, most classes), mean and range (F,) of each factor."""
    rows: list[Tensor] = []
    for k, size in enumerate(sizes):
        given = list(values[k]) if k < len(values) and len(values[k]) == size else list(range(size))
        words = any(isinstance(one, str) for one in given)
        if size or factors is None:
            rows.append(torch.tensor(list(range(size)) if words else given, dtype=torch.float64))
        else:
            rows.append(factors[:, k].double())
    mean = [row.mean() if len(row) else row.new_zeros(()) for row in rows]
    spread = [row.max() - row.min() if len(row) else row.new_zeros(()) for row in rows]
    table = torch.zeros(len(sizes), max([*sizes, 1]), dtype=torch.float64)
    for k, size in enumerate(sizes):
        table[k, :size] = rows[k][:size] if size else 0
    span = torch.stack(spread)
    kind = torch.get_default_dtype()
    return table.to(kind), torch.stack(mean).to(kind), torch.where(span > 0, span, 1.0).to(kind)
