"""Small ladders: an encoder and a decoder of a given number of rungs."""

from __future__ import annotations

import torch

from disentcli.nets.ladder import LadderDecoder, LadderEncoder

IMAGE, LARGE, VECTOR = (3, 64, 64), (3, 128, 128), (100,)


def encoder(
    rungs: int = 12, feature_dim: int = 12, latent_dim: int = 12, shape: tuple[int, ...] = IMAGE, **options
) -> LadderEncoder:
    torch.manual_seed(0)
    return LadderEncoder(
        shape, feature_dim, latent_dim, **{"rungs": rungs, "width": 32, "rung_hidden": (8,), **options}
    )


def decoder(
    rungs: int = 12, latent_dim: int = 12, shape: tuple[int, ...] = IMAGE, **options
) -> LadderDecoder:
    torch.manual_seed(0)
    small = {"rungs": rungs, "width": 32, "rung_hidden": (8,), "rung_channels": 8}
    return LadderDecoder(latent_dim, shape, **{**small, **options})
