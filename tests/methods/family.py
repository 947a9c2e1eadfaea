"""One small model of each method of the VAE family, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods.aae import AdversarialAutoencoder
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.dipvae import DIPVAE1, DIPVAE2
from disentcli.methods.factorvae import FactorVAE
from disentcli.methods.hfs import HFSVAE
from disentcli.methods.infovae import InfoVAE
from disentcli.methods.method import Noise
from disentcli.methods.tcvae import BetaTCVAE, DecomposedTCVAE
from disentcli.methods.vae import AnnealedVAE
from disentcli.methods.wae import WAE, SlicedWAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder

from .models import VECTOR

LATENT = 4
FAMILY: dict[str, tuple[type[Autoencoder], dict[str, Any]]] = {
    "annealed": (AnnealedVAE, {"reg_wt": 3.0, "capacity": 5.0, "first_capacity": 1.5}),
    "factorvae": (FactorVAE, {"discriminator_hidden": (7, 7)}),
    "factorvae-half": (FactorVAE, {"discriminator_hidden": (7, 7), "permuted": "half"}),
    "tcvae": (BetaTCVAE, {}),
    "tcvae-mws": (DecomposedTCVAE, {"estimator": "mws", "dataset_size": 50}),
    "tcvae-mss": (DecomposedTCVAE, {"estimator": "mss", "dataset_size": 50}),
    "dipvae1": (DIPVAE1, {}),
    "dipvae2": (DIPVAE2, {}),
    "infovae": (InfoVAE, {"reg_wt": 5.0, "alpha": 0.25}),
    "wae": (WAE, {}),
    "wae-divided": (WAE, {"estimator": "divided", "scales": (1.0,)}),
    "wae-legacy": (WAE, {"estimator": "legacy", "prior_std": 2.0, "logvar_wt": 0.5}),
    "swae": (SlicedWAE, {"slices": 5}),
    "hfs": (HFSVAE, {"pairs": 3}),
    "aae": (AdversarialAutoencoder, {"discriminator_hidden": (7, 7)}),
    "aae-apart": (AdversarialAutoencoder, {"discriminator_hidden": (7, 7), "steps": "apart"}),
    "wae-gan": (AdversarialAutoencoder, {"discriminator_hidden": (7,), "game": "linear", "logvar_wt": 0.5}),
}
PLAIN = ("wae", "wae-divided", "swae", "aae", "aae-apart")


def small(kind: str, shape: tuple[int, ...] = VECTOR, *, seed: int = 0, **options: Any) -> Autoencoder:
    """A model of 4 latent dimensions."""
    torch.manual_seed(seed)
    width = 32 if len(shape) == 3 else 8
    method, usual = FAMILY[kind]
    latent = PlainLatent(LATENT) if kind in PLAIN else GaussianLatent(LATENT)
    encoder = Conv12Encoder(shape, latent.feature_dim, width=width, hidden=(8,))
    decoder = Conv12Decoder(LATENT, shape, width=width, hidden=(8,))
    return method(latent, encoder, decoder, **{**usual, **options})


def mapped(noise: Noise, function: Callable[[torch.Tensor], torch.Tensor]) -> Noise:
    """The noise with this done to its floating-point tensors."""
    if isinstance(noise, dict):
        return {kind: function(one) if one.is_floating_point() else one for kind, one in noise.items()}
    return noise if noise is None else function(noise)


def noise_for(model: Autoencoder, n: int = 6, seed: int = 2) -> Noise:
    """A step's noise."""
    return model.noise(n, torch.Generator().manual_seed(seed))
