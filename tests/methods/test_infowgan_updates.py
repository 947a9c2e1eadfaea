"""Updates of an InfoWGAN-GP: who moves when, the noise of a step, many as one, compiled, resumed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state

from disentcli.methods.infowgan import InfoWGAN
from disentcli.training.optim import GradientClipping, adamw
from disentcli.training.state import TrainingState

from .models import VECTOR, batch
from .wgans import PLAYERS, every, get_noise, small_infowgan, total


@every
def test_an_update_of_the_encoder_leaves_generator_and_codebooks_as_they_are(build: Callable[[], InfoWGAN]):
    model = build()
    total(model, batch(VECTOR), get_noise(model), "encoder").backward()
    assert all(one.grad is not None for one in model.encoder.parameters())
    assert all(one.grad is None for one in model.decoder.parameters())
    state = TrainingState(model, adamw(lr=1e-2), budget=2)
    before = deepcopy(model.state_dict())
    state.step = 1  # the generator rests
    state.step_batch(batch(VECTOR))
    after = model.state_dict()
    assert {name.split(".")[0] for name in after if not torch.equal(after[name], before[name])} == {"encoder"}


def test_the_generator_moves_at_every_fifth_step_and_first():
    model = small_infowgan()
    assert [step for step in range(16) if "generator" in model.players_to_update(step)] == [0, 5, 10, 15]
    assert all(model.players_to_update(step)[0] == "encoder" for step in range(16))
    state, weight = TrainingState(model, adamw(lr=1e-3), budget=11), next(model.decoder.parameters())
    moves = []
    for _ in range(11):
        before = weight.detach().clone()
        state.step_batch(batch(VECTOR))
        moves.append(not torch.equal(weight, before))
    assert [step for step, moved in enumerate(moves) if moved] == [0, 5, 10]


@every
def test_biases_and_codebooks_neither_decay_nor_are_clipped(build: Callable[[], InfoWGAN]):
    model = build()
    for player, own in model.player_parameters().items():
        decayed, spared = model.param_groups(player)
        assert (spared["weight_decay"], spared["clip"]) == (0, False)
        assert {id(one) for one in decayed["params"] + spared["params"]} == {id(one) for one in own}
        assert all(one.ndim > 1 for one in decayed["params"])
        codebooks = [id(one) for one in model.latent.parameters()] if player == "generator" else []
        assert set(codebooks) <= {id(one) for one in spared["params"]}


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_losses_without_noise_are_finite_and_always_the_same(build: Callable[[], InfoWGAN], player: str):
    model = build()
    with torch.no_grad():
        first = model.losses(batch(VECTOR), None, player)
        torch.manual_seed(99)
        assert first == model.losses(batch(VECTOR), None, player)
    assert all(term.isfinite() for term in first.values())
    torch.testing.assert_close(first, model.losses(batch(VECTOR), get_noise(model, seed=0), player))


@every
def test_noise_is_new_for_each_player_and_step(build: Callable[[], InfoWGAN]):
    model, generator = build(), torch.Generator().manual_seed(0)
    first, second = model.noise(32, generator), model.noise(32, generator)
    assert not torch.equal(first["encoder"], first["generator"])
    assert not any(torch.equal(first[name], second[name]) for name in first)
    assert (first["mixing"].shape, first["encoder"].shape) == ((32,), (32, 4))
    assert 0 <= first["mixing"].min() < first["mixing"].max() < 1


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_losses_are_a_pure_function(build: Callable[..., InfoWGAN], player: str):
    model, other, x = build(seed=0), build(seed=1), batch(VECTOR)
    noise = get_noise(model)
    state = dict(other.named_parameters()) | dict(other.named_buffers())
    torch.testing.assert_close(
        functional_call(model, state, (x, noise, player)), other.losses(x, noise, player)
    )


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_models_of_one_shape_are_trained_as_one(build: Callable[..., InfoWGAN], player: str):
    models, x = [build(seed=seed) for seed in (0, 1)], torch.stack([batch(VECTOR), batch(VECTOR) / 2])
    noises = [get_noise(model, seed=seed) for seed, model in enumerate(models)]
    noise = {name: torch.stack([one[name] for one in noises]) for name in noises[0]}
    parameters, buffers = stack_module_state(models)

    def losses(p: dict, b: dict, x: Tensor, noise: dict[str, Tensor]) -> dict[str, Tensor]:
        return functional_call(models[0], (p, b), (x, noise, player))

    stacked = torch.vmap(losses)(parameters, buffers, x, noise)
    sum(term.sum() for term in stacked.values()).backward()
    for at, model in enumerate(models):
        alone = model.losses(x[at], noises[at], player)
        sum(alone.values()).backward()
        for name, term in alone.items():
            torch.testing.assert_close(stacked[name][at], term)
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                torch.testing.assert_close(parameters[name].grad[at], parameter.grad, rtol=1e-3, atol=1e-5)


@every
@pytest.mark.parametrize("player", PLAYERS)
def test_an_update_is_one_graph_for_the_compiler(build: Callable[..., InfoWGAN], player: str):
    model, x = build(), batch(VECTOR)
    noise = get_noise(model)
    torch.compiler.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise, player), model.losses(x, noise, player))


@every
def test_a_resumed_run_is_the_uninterrupted_one(build: Callable[..., InfoWGAN]):
    def state(seed: int) -> TrainingState:
        settings = adamw(lr=1e-3, betas=(0.0, 0.9), weight_decay=1e-2)
        return TrainingState(build(seed=seed), settings, budget=14, seed=3, clip=GradientClipping(value=1.0))

    whole, first, second = state(0), state(0), state(1)
    for _ in range(14):
        whole.step_batch(batch(VECTOR))
    for _ in range(8):  # the generator rests at the eighth
        first.step_batch(batch(VECTOR))
    second.load_state_dict(deepcopy(first.state_dict()))
    for _ in range(6):
        second.step_batch(batch(VECTOR))
    assert all(
        torch.equal(one, second.model.state_dict()[name]) for name, one in whole.model.state_dict().items()
    )
    assert whole.state_dict()["losses"] == second.state_dict()["losses"]
    assert {"encoder/loss", "generator/loss"} <= set(whole.loss_log.mean())
