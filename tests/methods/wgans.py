"""Small InfoWGAN-GP, WGAN-GP and QL-InfoWGAN-GP, and their noise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from disentcli.latents.continuous import UniformLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.methods.infowgan import InfoWGAN
from disentcli.training.state import weighted_sum

from .models import VECTOR, critics

PLAYERS = ("encoder", "generator")


def small_infowgan(shape: tuple[int, ...] = VECTOR, *, seed: int = 0, reg_wt: float = 200.0) -> InfoWGAN:
    torch.manual_seed(seed)
    return InfoWGAN(*critics(UniformLatent(4), shape), reg_wt=reg_wt)


def small_wgan(shape: tuple[int, ...] = VECTOR, *, seed: int = 0) -> InfoWGAN:
    return small_infowgan(shape, seed=seed, reg_wt=0.0)


def small_ql(shape: tuple[int, ...] = VECTOR, *, seed: int = 0) -> InfoWGAN:
    torch.manual_seed(seed)
    return InfoWGAN(*critics(QuantizedLatent(4, num_values=5), shape))


every = pytest.mark.parametrize("build", [small_infowgan, small_wgan, small_ql])


def get_noise(model: InfoWGAN, n: int = 6, seed: int = 2) -> dict[str, Tensor]:
    return model.noise(n, torch.Generator().manual_seed(seed))


def total(model: InfoWGAN, x: Tensor, noise: dict[str, Tensor], player: str) -> Tensor:
    return weighted_sum(model.losses(x, noise, player), model.weights(0))
