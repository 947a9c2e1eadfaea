"""p(x | z) given a decoder's outputs: Bernoulli, Gaussian of fixed deviation, categorical; their losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import log, pi
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.special import entr

from ..errors import CallError, Unsupported
from ..registry import distribution
from .shapes import Shape, kind_of

Link = Literal["identity", "sigmoid"]


class Distribution(ABC):
    """p(x | z) of an image (C, H, W) or a vector (D,), given the decoder's outputs of that shape."""

    @abstractmethod
    def mean(self, outputs: Tensor) -> Tensor:
        """The expected observation (B, …): images in [0, 1], vectors as they are."""

    def relaxed(self, outputs: Tensor) -> Tensor:
        """An observation through which gradients pass to the outputs: the expected one, or probabilities."""
        return self.mean(outputs)

    @abstractmethod
    def loss(self, outputs: Tensor, observations: Tensor) -> Tensor:
        """−log p(x | z), a scalar: summed over an observation, averaged over the batch."""

    def least_loss(self, observations: Tensor) -> Tensor:
        """The least that `loss` can be of these observations, whatever the outputs: that of the best ones.

        Raises:
            Unsupported: it is not known.
        """
        raise Unsupported(f"{type(self).__name__} does not say the least loss of observations")


@distribution("bernoulli")
class Bernoulli(Distribution):
    """−log p = −x log σ(l) − (1 − x) log(1 − σ(l)), with the outputs for logits l; of grey pixels too."""

    def mean(self, outputs: Tensor) -> Tensor:
        return torch.sigmoid(outputs)

    def loss(self, outputs: Tensor, observations: Tensor) -> Tensor:
        return bernoulli_loss(outputs, observations)

    def least_loss(self, observations: Tensor) -> Tensor:
        """The entropy of the pixels, reached where σ(l) = x; 0 of binary images."""
        return (entr(observations) + entr(1 - observations)).sum() / len(observations)


@distribution("squared-error")
class SquaredError(Distribution):
    """‖x̂ − x‖² with x̂ the outputs, as in Montero et al. (NeurIPS 2022), or their sigmoid.

    It is −log p of a Gaussian with σ² = ½, but for a constant. link: `sigmoid` is the `l2` of
    disentanglement_lib (Locatello et al., ICML 2019). Images that are shown are cut to [0, 1].
    """

    def __init__(self, *, link: Link = "identity") -> None:
        self.link = link

    def location(self, outputs: Tensor) -> Tensor:
        """x̂ (B, …), the mean of the distribution."""
        return torch.sigmoid(outputs) if self.link == "sigmoid" else outputs

    def mean(self, outputs: Tensor) -> Tensor:
        found = self.location(outputs)
        return found.clamp(0, 1) if outputs.ndim == 4 and self.link == "identity" else found

    def loss(self, outputs: Tensor, observations: Tensor) -> Tensor:
        return squared_error(self.location(outputs), observations)

    def least_loss(self, observations: Tensor) -> Tensor:
        return self.loss(observations.logit() if self.link == "sigmoid" else observations, observations)


@distribution("gaussian")
class Gaussian(SquaredError):
    """−log N(x; x̂, σ²) = ‖x̂ − x‖² / 2σ² + D (log σ + ½ log 2π), with the same σ for all of D numbers.

    deviation: σ; its value weighs the reconstruction against all other terms.
    """

    def __init__(self, *, deviation: float = 1.0, link: Link = "identity") -> None:
        super().__init__(link=link)
        if deviation <= 0:
            raise CallError(f"deviation is that of a Gaussian, above 0; got {deviation}")
        self.deviation = deviation

    def loss(self, outputs: Tensor, observations: Tensor) -> Tensor:
        constant = observations[0].numel() * (log(self.deviation) + 0.5 * log(2 * pi))
        return super().loss(outputs, observations) / (2 * self.deviation**2) + constant


@distribution("categorical")
class Categorical(Distribution):
    """Symbols of pianorolls: −log p = −Σ log softmax(l)[x], with the outputs (B, K, T, symbols) for logits l.

    The observation that is shown is the most likely symbol (B, K, T) of each track and tick.
    """

    def mean(self, outputs: Tensor) -> Tensor:
        return outputs.argmax(-1).float()

    def relaxed(self, outputs: Tensor) -> Tensor:
        """The probabilities (B, K, T, symbols)."""
        return outputs.softmax(-1)

    def loss(self, outputs: Tensor, observations: Tensor) -> Tensor:
        likelihoods = outputs.log_softmax(-1).gather(-1, observations.long().unsqueeze(-1))
        return -likelihoods.sum() / len(observations)

    def least_loss(self, observations: Tensor) -> Tensor:
        """0: the symbols are certain."""
        return observations.new_zeros(())


def default_distribution(given: Distribution | None, shape: Shape) -> Distribution:
    """This distribution; by default Bernoulli for images, the squared error for vectors, categorical for
    pianorolls.

    CallError for numbers that are no probabilities: vectors with a Bernoulli distribution or a sigmoid; and
    for symbols with any other distribution than the categorical, which is theirs alone.
    """
    kind = kind_of(shape)
    if given is not None and (kind == "pianoroll") != isinstance(given, Categorical):
        raise CallError(
            "pianorolls are symbols, with the distribution `categorical`, which nothing else has: leave the "
            "distribution out"
        )
    if kind == "pianoroll":
        return given or Categorical()
    if kind == "image":
        return given or Bernoulli()
    if isinstance(given, Bernoulli) or (isinstance(given, SquaredError) and given.link == "sigmoid"):
        raise CallError(
            "vectors are not in [0, 1]: take `squared-error` or `gaussian` with the link `identity` for them"
        )
    return given or SquaredError()


def bernoulli_loss(logits: Tensor, images: Tensor) -> Tensor:
    """Binary cross-entropy of images (B, C, H, W) in [0, 1], summed over pixels, averaged over the batch."""
    return F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)


def squared_error(outputs: Tensor, observations: Tensor) -> Tensor:
    """‖x̂ − x‖², summed over dimensions, averaged over the batch."""
    return F.mse_loss(outputs, observations, reduction="sum") / len(observations)
