"""Noise of several kinds, by name, and what stands for it where a model is evaluated without chance."""

from __future__ import annotations

import torch
from torch import Tensor

from ..latents.standard_normal import standard_normal

NoiseDict = dict[str, Tensor]


def get_noise(noise: NoiseDict | None, kind: str) -> Tensor | None:
    """This kind of noise; None where there is none: codes are means then."""
    return None if noise is None else noise.get(kind)


def normal_noise(noise: NoiseDict | None, kind: str, n: int, like: Tensor) -> Tensor:
    """Standard normal numbers (n, D) given as this kind of noise; without noise always the same ones."""
    given = get_noise(noise, kind)
    if given is not None:
        return given
    return standard_normal(n, like.shape[1], torch.Generator().manual_seed(0), like.device).to(like.dtype)
