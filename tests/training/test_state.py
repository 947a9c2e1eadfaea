"""One step, what a checkpoint holds, and methods with several players."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from disentcli.errors import DisentError
from disentcli.latents.continuous import PlainLatent
from disentcli.methods.autoencoder import Autoencoder
from disentcli.runs.checkpoint import load_weights
from disentcli.training.optim import GradientClipping, adam, cosine, sgd
from disentcli.training.state import TrainingState, weighted_sum

from . import tiny_world as tiny


class Duel(Autoencoder):
    """Two scalars: one descends w², the other climbs w·v, each with its own optimiser."""

    def __init__(self) -> None:
        decoder, encoder = tiny.FlatDecoder(), tiny.FlatEncoder(tiny.LATENT)
        super().__init__(PlainLatent(tiny.LATENT), encoder, decoder, None, reg_wt=0.0)
        self.w, self.v = (nn.Parameter(torch.tensor(x)) for x in (1.0, 2.0))

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        return {"model": [self.w], "critic": [self.v]}

    def losses(self, batch: Tensor, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        return {"square": self.w.square()} if player == "model" else {"gain": self.w * self.v}

    def weights(self, step: int) -> dict[str, float]:
        return {"square": 1.0, "gain": -0.5}


def test_each_player_moves_only_its_own_parameters_by_its_own_objective() -> None:
    model = Duel()
    state = TrainingState(model, sgd(lr=0.1, momentum=0.0), budget=10)
    state.step_batch(torch.zeros(1, *tiny.SHAPE))
    assert model.w.item() == pytest.approx(1 - 0.1 * 2 * 1.0)
    assert model.v.item() == pytest.approx(2 + 0.1 * 0.5 * 0.8)  # the critic sees the model's step
    means = state.loss_log.mean()
    assert means == pytest.approx({"loss": 1, "square": 1, "critic/loss": -0.8, "critic/gain": 1.6})


class Resting(Duel):
    """A duel whose critic is updated every second step, faster, without clipping; then w is rounded."""

    def players_to_update(self, step: int) -> tuple[str, ...]:
        return ("model", "critic") if step % 2 == 0 else ("model",)

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        usual = super().param_groups(player)
        return usual if player == "model" else [{**group, "lr": 1.0, "clip": False} for group in usual]

    def after_step(self, step: int) -> None:
        self.w.data.mul_(10).round_().div_(10)


def test_a_player_may_rest_and_have_settings_of_its_own() -> None:
    model = Resting()
    state = TrainingState(model, sgd(lr=0.1, momentum=0.0), budget=10, clip=GradientClipping(value=0.3))
    batch = torch.zeros(1, *tiny.SHAPE)
    state.step_batch(batch)
    assert model.w.item() == pytest.approx(1.0)  # 1 − 0.1 · 0.3, rounded
    assert model.v.item() == pytest.approx(2 + 0.5 * 0.97)  # neither the rate nor the clip of the other
    state.step_batch(batch)
    assert model.v.item() == pytest.approx(2 + 0.5 * 0.97)
    assert state.loss_log.mean()["critic/gain"] == pytest.approx(0.97 * 2)  # of its last update, logged twice


def test_a_resting_player_is_resumed_with_its_last_losses() -> None:
    first, second = (TrainingState(Resting(), sgd(lr=0.1), budget=10) for _ in range(2))
    batch = torch.zeros(1, *tiny.SHAPE)
    first.step_batch(batch)
    first.loss_log.clear()
    second.load_state_dict(deepcopy(first.state_dict()))
    for state in (first, second):
        state.step_batch(batch)
    assert first.loss_log.mean() == second.loss_log.mean()
    assert "critic/gain" in second.loss_log.mean()


def test_players_are_each_restored() -> None:
    first, second = (TrainingState(Duel(), adam(lr=0.1), budget=10) for _ in range(2))
    batch = torch.zeros(1, *tiny.SHAPE)
    first.step_batch(batch)
    second.load_state_dict(deepcopy(first.state_dict()))
    for state in (first, second):
        state.step_batch(batch)
    assert tiny.same(first.model.state_dict(), second.model.state_dict())


def test_a_checkpoint_is_plain_data() -> None:
    state = tiny.state()
    state.step_batch(tiny.dataset().batch(torch.arange(16)))
    buffer = io.BytesIO()
    torch.save(state.state_dict(1.5), buffer)
    buffer.seek(0)
    loaded = torch.load(buffer, weights_only=True)
    assert (loaded["step"], loaded["validation_loss"]) == (1, 1.5)


def test_the_config_sets_the_learning_rate_of_a_resumed_run() -> None:
    stored = tiny.state(lr=1e-2).state_dict()
    state = tiny.state(lr=1e-3)
    state.load_state_dict(stored)
    assert state.learning_rates() == {"lr": 1e-3}


def test_a_schedule_sets_the_rate_before_each_step() -> None:
    state = TrainingState(tiny.model(), adam(lr=1.0), cosine(end=0.0, every=1, power=1.0), budget=4)
    rates = []
    for _ in range(4):
        state.step_batch(tiny.dataset().batch(torch.arange(16)))
        rates.append(state.learning_rates()["lr"])
    assert rates == pytest.approx([1.0, 0.5 + 0.5 * 0.5**0.5, 0.5, 0.5 - 0.5 * 0.5**0.5])


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(DisentError, match=r"(?s)do not fit this model.*layers"):
        load_weights(tiny.model("vae"), {"other.weight": torch.zeros(1)})


def test_a_term_without_weight_is_not_trained_on() -> None:
    losses = {"a": torch.tensor(2.0), "b": torch.tensor(3.0), "c": torch.tensor(5.0)}
    assert weighted_sum(losses, {"a": 1.0, "b": 2.0, "c": 0.0}).item() == 8.0
    with pytest.raises(DisentError, match="nothing to train"):
        weighted_sum(losses, {"a": 0.0})
