"""Which parameters decay and are clipped, and what one step of the published optimiser does to each."""

from __future__ import annotations

import copy

import pytest
import torch

from disentcli.methods.autoencoder import Autoencoder, weight_decay_groups
from disentcli.training.optim import GradientClipping, adamw
from disentcli.training.state import TrainingState

from .models import batch, small_bioae, small_qlae, small_vqvae

MODELS = [small_qlae(), small_vqvae(), small_bioae()]


def named(model: Autoencoder, group: dict) -> set[str]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {names[id(parameter)] for parameter in group["params"]}


@pytest.mark.parametrize("model", MODELS)
def test_biases_and_all_in_the_latent_are_spared(model: Autoencoder):
    decayed, spared = model.param_groups("model")
    every = dict(model.named_parameters())
    assert named(model, spared) == {n for n in every if n.endswith(".bias") or n.startswith("latent.")}
    assert named(model, decayed) == set(every) - named(model, spared)
    assert any(name.startswith("encoder.layers") for name in named(model, decayed))
    assert (spared["weight_decay"], spared["clip"]) == (0.0, False)
    assert set(decayed) == {"params"}


def test_scales_of_norms_and_learned_constants_decay():
    model = small_qlae()
    norms = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.GroupNorm)}
    model.decoder.constant = torch.nn.Parameter(torch.full((4, 2, 2), 0.1))
    decayed = {id(parameter) for parameter in weight_decay_groups(model)[0]["params"]}
    assert norms
    assert norms | {id(model.decoder.constant)} <= decayed


def test_a_player_has_groups_of_its_own_parameters():
    model = small_qlae()
    model.player_parameters = lambda: {
        "values": [model.latent.values],
        "encoder": list(model.encoder.parameters()),
    }
    assert [group["params"] for group in model.param_groups("values")] == [[model.latent.values]]
    found = [parameter for group in model.param_groups("encoder") for parameter in group["params"]]
    assert {id(one) for one in found} == {id(one) for one in model.encoder.parameters()}


def test_without_a_gradient_a_step_shrinks_what_decays_by_one_in_ten_thousand():
    model = small_qlae()
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer = adamw(lr=1e-3, weight_decay=0.1)(model.param_groups("model"))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    decayed = named(model, model.param_groups("model")[0])
    for name, parameter in model.named_parameters():
        factor = 1 - 1e-4 if name in decayed else 1.0
        torch.testing.assert_close(parameter, before[name] * factor, rtol=1e-6, atol=0)


def test_only_what_decays_is_clipped():
    model = small_qlae(values=3)
    model.quantization = 1e6  # steep for the codebooks
    model.commitment = 1e6  # and for the encoder
    make = adamw(lr=1e-12, weight_decay=0.1)
    TrainingState(model, make, budget=1, clip=GradientClipping(value=1.0)).step_batch(batch())
    decayed, spared = model.param_groups("model")
    assert max(parameter.grad.abs().max() for parameter in decayed["params"]) == 1.0
    assert max(parameter.grad.abs().max() for parameter in spared["params"]) > 100


def test_the_groups_are_those_of_a_stored_state():
    model, other = small_qlae(seed=0), small_qlae(seed=1)
    make = adamw(lr=1e-3, weight_decay=0.1)
    state = TrainingState(model, make, budget=4)
    for _ in range(2):
        state.step_batch(batch())
    again = TrainingState(other, make, budget=4)
    again.load_state_dict(copy.deepcopy(state.state_dict()))  # as a file would hold it
    groups = again.optimizers["model"].param_groups
    assert [(group["weight_decay"], group.get("clip", True)) for group in groups] == [
        (0.1, True),
        (0.0, False),
    ]
    for one in (state, again):
        one.step_batch(batch())
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, dict(other.named_parameters())[name]), name
