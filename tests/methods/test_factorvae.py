"""FactorVAE: who moves what, what is shuffled, and what the discriminator learns."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from disentcli.config.instantiate import build
from disentcli.methods.factorvae import cross_entropy, permute
from disentcli.training.optim import adam, sgd
from disentcli.training.rng import make_generator
from disentcli.training.state import TrainingState

from .family import noise_for, small
from .models import VECTOR, batch

KINDS = ["factorvae", "factorvae-half"]


@pytest.mark.parametrize("kind", KINDS)
def test_players_share_no_parameter_and_have_them_all(kind: str):
    players = small(kind).player_parameters()
    model, discriminator = ({id(one) for one in players[name]} for name in ("model", "discriminator"))
    assert not model & discriminator
    assert len(model | discriminator) == len(list(small(kind).parameters()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_discriminators_loss_has_no_gradient_in_the_autoencoder(kind: str):
    model = small(kind)
    model.losses(batch(VECTOR), noise_for(model), "discriminator")["cross_entropy"].backward()
    players = model.player_parameters()
    assert all(one.grad is None for one in players["model"])
    assert all(one.grad is not None for one in players["discriminator"])


@pytest.mark.parametrize("moving", ["model", "discriminator"])
def test_an_update_changes_the_parameters_of_its_player_only(moving: str, monkeypatch: pytest.MonkeyPatch):
    model = small("factorvae")
    monkeypatch.setattr(model, "players_to_update", lambda step: (moving,))
    before = {name: [one.clone() for one in ps] for name, ps in model.player_parameters().items()}
    TrainingState(model, adam(), budget=5).step_batch(batch(VECTOR))
    for name, parameters in model.player_parameters().items():
        moved = [not torch.equal(*both) for both in zip(before[name], parameters, strict=True)]
        assert any(moved) == (name == moving)


def test_each_player_moves_once_a_step():
    model = small("factorvae")
    state = TrainingState(model, adam(lr=3e-4), budget=9)
    for _ in range(3):
        state.step_batch(batch(VECTOR))
    counts = {
        name: {int(one["step"]) for one in optimizer.state.values()}
        for name, optimizer in state.optimizers.items()
    }
    assert counts == {"model": {3}, "discriminator": {3}}
    settings = {name: optimizer.param_groups[0] for name, optimizer in state.optimizers.items()}
    assert (settings["model"]["lr"], settings["model"]["betas"]) == (3e-4, (0.9, 0.999))
    assert (settings["discriminator"]["lr"], settings["discriminator"]["betas"]) == (1e-4, (0.5, 0.9))


@pytest.mark.parametrize("alternating", [False, True])
def test_the_discriminator_sees_the_codes_of_the_vaes_loss_or_those_after_its_step(alternating: bool):
    """One step by torch alone: gradients of both at the first weights, or of D once the VAE has moved."""
    model, x = small("factorvae", alternating=alternating, discriminator_lr=0.1), batch(VECTOR)
    plain = copy.deepcopy(model)
    state = TrainingState(model, sgd(lr=0.1, momentum=0.0), budget=5)
    noise = plain.noise(len(x), make_generator(0, "noise", device="cpu"), x.device)
    theirs, mine = plain.player_parameters()["model"], plain.player_parameters()["discriminator"]

    losses = plain.losses(x, noise)
    total = sum(plain.weights(0)[term] * loss for term, loss in losses.items())
    of_vae = torch.autograd.grad(total, theirs)
    before = torch.autograd.grad(plain.losses(x, noise, "discriminator")["cross_entropy"], mine)
    with torch.no_grad():
        for parameter, gradient in zip(theirs, of_vae, strict=True):
            parameter -= 0.1 * gradient
    after = torch.autograd.grad(plain.losses(x, noise, "discriminator")["cross_entropy"], mine)
    state.step_batch(x)
    moved = zip(
        model.player_parameters()["discriminator"], mine, after if alternating else before, strict=True
    )
    for found, start, gradient in moved:
        torch.testing.assert_close(found, start - 0.1 * gradient, rtol=0, atol=1e-7)
    torch.testing.assert_close(model.player_parameters()["model"], theirs)
    assert max((a - b).abs().max() for a, b in zip(before, after, strict=True)) > 1e-5


@pytest.mark.parametrize("given", [True, False])
def test_each_dimension_is_shuffled_by_itself(given: bool):
    codes = torch.arange(400.0).view(100, 4)
    permutation = small("factorvae").noise(100, torch.Generator())["permutation"] if given else None
    shuffled = permute(codes, permutation)
    assert torch.equal(shuffled.sort(0).values, codes)
    together = (shuffled // 4 == shuffled[:, :1] // 4).all(1).float().mean()
    assert together < 0.05


def test_the_cross_entropy_of_a_discriminator_that_cannot_tell_is_log_2():
    assert cross_entropy(torch.zeros(3, 2), torch.zeros(5, 2)).item() == pytest.approx(np.log(2))


def test_the_discriminators_loss_in_numpy():
    model, x = small("factorvae-half").double(), batch(VECTOR).double()
    noise = noise_for(model)
    noise["codes"] = noise["codes"].double()
    codes = model.latent.sample_for_decoder(model.encoder(x), noise["codes"]).detach().numpy()
    others = np.stack([codes[3:, d][noise["permutation"][:, d]] for d in range(4)], axis=1)
    p, q = (
        torch.softmax(model.discriminator(torch.from_numpy(one)), 1).detach().numpy()
        for one in (codes[:3], others)
    )
    right = -(np.log(p[:, 0]).mean() + np.log(q[:, 1]).mean()) / 2
    assert model.losses(x, noise, "discriminator")["cross_entropy"].item() == pytest.approx(right)


def test_the_discriminator_learns_the_total_correlation_of_its_codes():
    """The density ratio of a correlated Gaussian: E log q − log Π q_d = −½ log(1 − ρ²)."""
    generator, rho = torch.Generator().manual_seed(0), 0.9
    discriminator = small("factorvae", discriminator_hidden=(32, 32)).discriminator
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=5e-3)
    for _ in range(250):
        codes = torch.randn(512, 4, generator=generator)
        codes[:, 1] = rho * codes[:, 0] + (1 - rho**2) ** 0.5 * codes[:, 1]
        shuffled = permute(codes, torch.rand(512, 4, generator=generator).argsort(0))
        optimizer.zero_grad()
        cross_entropy(discriminator(codes), discriminator(shuffled)).backward()
        optimizer.step()
    logits = discriminator(codes)
    found = (logits[:, 0] - logits[:, 1]).mean().item()
    assert found == pytest.approx(-0.5 * np.log(1 - rho**2), abs=0.15)


def test_the_published_discriminator_has_six_layers_of_a_thousand():
    node = {
        "_type": "factorvae",
        "latent": {"_type": "gaussian", "latent_dim": 10},
        "encoder": {"_type": "conv12", "width": 8},
        "decoder": {"_type": "conv12", "width": 8},
    }
    model, _ = build("method", node, inferred={"input_shape": VECTOR})
    count = sum(one.numel() for one in model.player_parameters()["discriminator"])
    assert count == (10 + 1) * 1000 + 5 * (1000 + 1) * 1000 + (1000 + 1) * 2
