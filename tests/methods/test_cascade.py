"""CascadeVAE: its assignment against brute force and a linear programme, what a step decodes, refusals."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.optimize import linprog

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent
from disentcli.latents.gaussian_categorical import GaussianCategoricalLatent
from disentcli.methods.cascade import CascadeVAE, assign_categories
from disentcli.methods.vae import VAE
from disentcli.nets.distribution import SquaredError
from disentcli.training.ensemble.ensemble_state import EnsembleState
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState, weighted_sum

from .models import IMAGE, VECTOR, batch, networks


def small(shape: tuple[int, ...] = VECTOR, *, seed: int = 0, **options: Any) -> CascadeVAE:
    """Three Gaussian codes and one of three categories, which is in use from the third step on."""
    torch.manual_seed(seed)
    latent = GaussianCategoricalLatent(4, categories=3)
    return CascadeVAE(*networks(latent, shape), **{"warmup": 2, "disc_warmup": 2, **options})


def in_use(**options: Any) -> CascadeVAE:
    """Such a model behind its warm-up."""
    model = small(**options)
    model.after_step(9)
    return model


def objective(costs: np.ndarray, chosen: np.ndarray, balance_wt: float) -> float:
    """Σ_i costs[i, c_i] + λ Σ_k n_k (n_k − 1) / 2."""
    counts = np.bincount(chosen, minlength=costs.shape[1])
    return costs[np.arange(len(costs)), chosen].sum() + balance_wt * (counts * (counts - 1) / 2).sum()


def random_costs(images: int, categories: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).gamma(2.0, size=(images, categories))


@pytest.mark.parametrize("balance_wt", [0.0, 0.1, 1.0, 30.0])
@pytest.mark.parametrize("seed", range(4))
def test_no_assignment_is_better(seed: int, balance_wt: float):
    costs = random_costs(6, 3, seed)
    every = (objective(costs, np.array(one), balance_wt) for one in product(range(3), repeat=6))
    found = objective(costs, assign_categories(costs, balance_wt), balance_wt)
    assert found == pytest.approx(min(every), rel=1e-12)


@pytest.mark.parametrize("balance_wt", [0.0, 0.05, 0.5])
def test_it_has_the_optimum_of_the_published_minimum_cost_flow(balance_wt: float):
    """Source → image (capacity 1) → category (capacity 1, its cost) → sink, by arcs of cost λ·0, λ·1, …"""
    images, categories = 9, 4
    costs = random_costs(images, categories, 7)
    arcs = [(i, images + k, costs[i, k]) for i in range(images) for k in range(categories)]
    arcs += [
        (images + k, images + categories, balance_wt * r) for k in range(categories) for r in range(images)
    ]
    balance = np.zeros((images + categories + 1, len(arcs)))
    for column, (start, end, _) in enumerate(arcs):
        balance[start, column], balance[end, column] = 1, -1
    supply = np.array([1.0] * images + [0.0] * categories + [-images])
    flow = linprog([cost for *_, cost in arcs], A_eq=balance, b_eq=supply, bounds=(0, 1))
    found = objective(costs, assign_categories(costs, balance_wt), balance_wt)
    assert found == pytest.approx(flow.fun, rel=1e-9)


def test_without_a_penalty_each_image_has_its_cheapest_category_and_with_a_large_one_all_are_equally_many():
    costs = random_costs(12, 3, 1)
    np.testing.assert_array_equal(assign_categories(costs, 0.0), costs.argmin(1))
    assert np.bincount(assign_categories(costs, 1e4)).tolist() == [4, 4, 4]


def test_losses_of_each_category_are_the_decoder_s_image_by_image():
    model, x, z = in_use(shape=IMAGE), batch(IMAGE), torch.randn(6, 3)
    found = model.category_losses(z, x)
    for category in range(3):
        one_hot = F.one_hot(torch.full((6,), category), 3).float()
        logits = model.decoder(torch.cat([z, one_hot], dim=1))
        expected = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
        torch.testing.assert_close(found[:, category], expected)


def test_they_are_those_of_the_decoder_s_distribution():
    model, x, z = in_use(shape=IMAGE), batch(IMAGE), torch.randn(6, 3)
    model.decoder.distribution = SquaredError()
    outputs = model.decoder(torch.cat([z, torch.eye(3)[1].expand(6, 3)], dim=1))
    torch.testing.assert_close(model.category_losses(z, x)[:, 1], (outputs - x).square().flatten(1).sum(1))


def test_a_step_decodes_the_assigned_categories():
    model, x = in_use(balance_wt=0.3), batch(VECTOR)
    noise = model.noise(6, torch.Generator().manual_seed(0))
    prepared = model.prepare_step(x, noise, 9)
    mean, logvar = model.encoder(x).chunk(2, dim=1)
    z = mean + (logvar / 2).exp() * noise["codes"]
    costs = model.category_losses(z, x).double().numpy()
    chosen = assign_categories(costs, 0.3)
    assert torch.equal(prepared["categories"].argmax(1), torch.from_numpy(chosen))
    assert torch.equal(prepared["codes"], noise["codes"])
    assert model.losses(x, prepared)["reconstruction"].item() == pytest.approx(
        costs[np.arange(6), chosen].mean(), rel=1e-5
    )


def test_in_its_warm_up_it_decodes_zeros_and_has_the_losses_of_the_gaussian_codes_alone():
    model, x = small(), batch(VECTOR)
    noise = model.prepare_step(x, model.noise(6, torch.Generator().manual_seed(0)), 1)
    assert not noise["categories"].any()
    z = model.latent.sample_continuous(model.encoder(x), noise["codes"])
    outputs = model.decoder(torch.cat([z, torch.zeros(6, 3)], dim=1))
    torch.testing.assert_close(model.losses(x, noise)["reconstruction"], model.decoder.loss(outputs, x))
    assert not model.encode(x)[:, -1].any()
    assert not model.latent.active


def test_codes_are_the_means_and_the_most_likely_category_there():
    model, x = in_use(), 3 * batch(VECTOR).sub(0.5)
    mean = model.encoder(x)[:, :3]
    codes = model.encode(x)
    assert torch.equal(codes[:, :3], mean)
    assert torch.equal(codes[:, 3] + 1, model.category_losses(mean, x).argmin(1).float())
    assert len(codes[:, 3].unique()) > 1
    torch.testing.assert_close(
        model.losses(x)["reconstruction"],
        model.decoder.loss(model.decoder(model.latent.to_decoder(codes)), x),
    )
    assert model.reconstruct(x).shape == x.shape
    responses = model.respond(codes)
    torch.testing.assert_close(responses, model.latent.project(responses))
    assert model.generate(5, torch.Generator().manual_seed(0)).shape == (5, *VECTOR)


def test_gradients_are_those_of_finite_differences():
    model, x = in_use().double(), batch(VECTOR).double()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    noise = model.prepare_step(x, {"codes": noise["codes"].double()}, 9)
    inputs = [one.detach().clone().requires_grad_() for one in model.encoder.parameters()]
    names = [f"encoder.{name}" for name, _ in model.encoder.named_parameters()]

    def total(*values: torch.Tensor) -> torch.Tensor:
        terms = torch.func.functional_call(model, dict(zip(names, values, strict=True)), (x, noise))
        return weighted_sum(terms, model.weights(9))

    assert torch.autograd.gradcheck(total, inputs, atol=1e-4, fast_mode=True)


def test_the_category_begins_with_its_step():
    state = TrainingState(small(), adam(lr=1e-3), budget=5)
    for active in (0, 1, 1):
        state.step_batch(batch(VECTOR))
        assert state.model.latent.active.item() == active


def test_losses_that_are_not_finite_are_left_to_the_loss_log():
    model, x = in_use(), batch(VECTOR)
    prepared = model.prepare_step(x * float("nan"), model.noise(6, None), 9)
    assert not prepared["categories"].any()


def test_the_losses_of_a_step_are_one_graph_for_the_compiler():
    torch.compiler.reset()
    model, x = in_use(), batch(VECTOR)
    noise = model.prepare_step(x, model.noise(6, torch.Generator().manual_seed(0)), 9)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise), model.losses(x, noise))


def test_what_does_not_go_together_is_refused():
    with pytest.raises(CallError, match="use `gaussian-categorical`"):
        CascadeVAE(*networks(GaussianLatent(4), VECTOR))
    with pytest.raises(CallError, match="use m/cascade"):
        VAE(*networks(GaussianCategoricalLatent(4), VECTOR))
    with pytest.raises(CallError, match="0 or more"):
        small(disc_warmup=-1)
    states = [TrainingState(small(seed=seed), adam(lr=1e-3), budget=5, seed=seed) for seed in (0, 1)]
    with pytest.raises(CallError, match="prepares each step on the host"):
        EnsembleState(states)
