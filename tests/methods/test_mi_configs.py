"""SDIM and EDIM learn from their configs."""

from __future__ import annotations

import pytest
import torch

from disentcli.config.settings import Settings
from disentcli.methods.method import Method
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

from ..configs import sheets
from .pairs import SHAPE, pairs

METHODS = ["m/sdim", "m/edim", "m/sdim-edim"]


def information(model: Method, batch: torch.Tensor) -> float:
    """The terms that say how badly maps and codes are told to belong together."""
    with torch.no_grad():
        (player,) = model.active_players(0)
        losses = model.losses(batch, model.noise(len(batch), torch.Generator().manual_seed(0)), player)
    return float(losses["local"] + losses["global"])


@pytest.mark.parametrize("name", METHODS)
def test_it_lowers_its_loss(name: str):
    torch.manual_seed(0)
    model = Settings(sheets(name)).build("model", input_shape=SHAPE, dataset_size=100)
    batch = pairs(16)
    before = information(model, batch)
    state = TrainingState(model, adam(lr=1e-3), budget=20)
    for _ in range(20):
        state.step_batch(batch)
    assert information(model, batch) < before - 0.5
    assert all(torch.isfinite(one).all() for one in model.parameters())
