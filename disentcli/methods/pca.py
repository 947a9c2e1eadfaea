"""Principal component analysis: the linear floor under every table."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import CallError
from ..latents.continuous import PlainLatent
from ..latents.latent import Latent
from ..nets.distribution import SquaredError
from ..nets.encoder_decoder import LinearDecoder, LinearEncoder
from ..registry import method
from .autoencoder import Autoencoder
from .samplers import Sampler


@method("pca")
class PCA(Autoencoder):
    """z = V (x − x̄), x̂ = x̄ + Vᵀz with V (latent_dim, pixels) the leading principal directions, unit vectors.

    They are found before the first step, from at most 10,000 training images; a budget of 0 ends there. The
    decoder's distribution is the squared error, whichever it was built with.
    The sign of a direction makes its largest entry positive. Source: Pearson 1901; Hotelling 1933.
    """

    short_name = "pca"
    init_images = 10_000

    def __init__(
        self, latent: Latent, encoder: LinearEncoder, decoder: LinearDecoder, sampler: Sampler | None = None
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=0.0)
        if not isinstance(encoder, LinearEncoder) or not isinstance(decoder, LinearDecoder):
            raise CallError(
                "pca is linear: leave the networks to m/pca, or name encoder and decoder `linear`"
            )
        if not isinstance(latent, PlainLatent):
            raise CallError(
                f"pca projects onto directions, {type(latent).__name__} would change the codes; "
                "leave the latent to m/pca, or name it `plain`"
            )
        decoder.distribution = SquaredError()

    def init_from_data(self, images: Tensor) -> None:
        from scipy.sparse.linalg import svds

        rows = images.flatten(1).cpu().double().numpy()
        mean = rows.mean(axis=0)
        if self.latent_dim >= min(rows.shape):
            raise CallError(
                f"pca finds fewer than {min(rows.shape)} directions in {len(rows):,} images of "
                f"{rows.shape[1]:,} pixels: set --latent-dim lower than {self.latent_dim}"
            )
        start = np.arange(1.0, min(rows.shape) + 1)  # not constant: of centred rows such a one may be nothing
        _, strengths, directions = svds(
            rows - mean, k=self.latent_dim, v0=start, return_singular_vectors="vh"
        )
        directions = directions[np.argsort(-strengths)]
        largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
        self._set(directions * np.sign(largest), mean)

    def _set(self, directions: np.ndarray, mean: np.ndarray) -> None:
        affine = ((self.encoder, directions, -directions @ mean), (self.decoder, directions.T.copy(), mean))
        for network, weight, bias in affine:
            found = {"layer.weight": torch.from_numpy(weight), "layer.bias": torch.from_numpy(bias)}
            network.load_state_dict(found)

    def losses(self, batch: Tensor, noise: Any = None, player: str = "model") -> dict[str, Tensor]:
        outputs = self.decoder(self.latent.codes(self.encoder(batch)))
        return {"reconstruction": self.reconstruction(outputs, batch)}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0}
