"""A decoder whose pixels have Beta distributions (the code of Leeb et al., ICLR 2023, August 2021)."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ..config.coercion import Width
from ..errors import CallError, Unsupported
from ..registry import decoder
from .conv import DEPTH_CONFIGS
from .conv_decoder import ConvDecoder
from .encoder_decoder import Decoder
from .layers import Nonlinearity
from .shapes import Shape, require_image

EDGE = 1e-5  # pixels are kept this far from 0 and 1, where the density of a Beta distribution may be infinite


@decoder("beta")
class BetaDecoder(Decoder):
    """The decoder of 12 or 16 convs with 2C channels: logits (B, 2C, H, W), the log of α, then that of β.

    `likelihood: beta` has the loss −log Beta(x; α, β). `bernoulli` has E[−x log p − (1−x) log(1−p)] under
    p ~ Beta(α, β), the expectation of the cross-entropy that the original takes of one sample:
    x (ψ(α+β) − ψ(α)) + (1−x)(ψ(α+β) − ψ(β)). With `positive: softplus` the logits are not the logs.
    """

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        convs: Width = 12,
        width: Width = 64,
        hidden: tuple[Width, ...] = (128, 256),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        positive: Literal["exp", "softplus"] = "exp",
        likelihood: Literal["beta", "bernoulli"] = "bernoulli",
    ) -> None:
        super().__init__(latent_dim, output_shape)
        require_image(self.output_shape, "beta")
        if convs not in DEPTH_CONFIGS:
            raise CallError(f"beta has {' or '.join(map(str, DEPTH_CONFIGS))} convs, not {convs}")
        self.short_name = f"beta{convs}"
        self.positive, self.likelihood = positive, likelihood
        channels, *sides = self.output_shape
        self.inner = ConvDecoder(
            DEPTH_CONFIGS[convs],
            latent_dim,
            (2 * channels, *sides),
            width=width,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
        )

    def forward(self, codes: Tensor) -> Tensor:
        return self.inner(codes)

    def concentrations(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """α and β, each (B, C, H, W)."""
        alpha, beta = (logits.exp() if self.positive == "exp" else F.softplus(logits)).chunk(2, dim=1)
        return alpha, beta

    def mean(self, logits: Tensor) -> Tensor:
        """α / (α + β)."""
        alpha, beta = self.concentrations(logits)
        return alpha / (alpha + beta)

    def loss(self, logits: Tensor, observations: Tensor) -> Tensor:
        """Summed over pixels, averaged over the batch."""
        loss = beta_loss if self.likelihood == "beta" else expected_bernoulli_loss
        return loss(*self.concentrations(logits), observations)

    def least_loss(self, observations: Tensor) -> Tensor:
        """That of Bernoulli pixels, which α, β → ∞ come near to; Unsupported of the density."""
        if self.likelihood == "beta":
            raise Unsupported("Beta densities have no least loss: the narrower, the higher they are")
        return super().least_loss(observations)


def beta_loss(alpha: Tensor, beta: Tensor, images: Tensor) -> Tensor:
    """−log Beta(x; α, β) = log B(α, β) − (α−1) log x − (β−1) log(1−x), summed over pixels.

    >>> one = torch.ones(1, 1, 2, 2)  # Beta(1, 1) is uniform
    >>> float(beta_loss(one, one, one / 3)) == 0
    True
    """
    x = images.clamp(EDGE, 1 - EDGE)
    log_b = alpha.lgamma() + beta.lgamma() - (alpha + beta).lgamma()
    return (log_b - (alpha - 1) * x.log() - (beta - 1) * (-x).log1p()).sum() / len(images)


def expected_bernoulli_loss(alpha: Tensor, beta: Tensor, images: Tensor) -> Tensor:
    """E[−x log p − (1−x) log(1−p)] with p ~ Beta(α, β), summed over pixels, averaged over the batch."""
    both = torch.digamma(alpha + beta)
    of_ones, of_zeros = both - torch.digamma(alpha), both - torch.digamma(beta)
    return (images * of_ones + (1 - images) * of_zeros).sum() / len(images)
