"""Capacity, covariance and support on cases whose answer is known, and how a run keeps the capacity."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.methods.dipvae import covariance, distance_to_identity
from disentcli.methods.hfs import HFSVAE, dimension_pairs, support_distance
from disentcli.methods.loss_schedules import LinearSchedule
from disentcli.methods.vae import AnnealedVAE
from disentcli.methods.wae import WAE, SlicedWAE
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

from .family import LATENT, noise_for, small
from .models import VECTOR, batch


def annealed(**options: object) -> AnnealedVAE:
    options = {"capacity": 25.0, "first_capacity": 5.0, "capacity_steps": 4, **options}
    return small("annealed", **options)


def test_the_capacity_grows_linearly_and_stays():
    model = annealed()
    assert [model.capacity_at(step) for step in range(7)] == [5, 10, 15, 20, 25, 25, 25]
    state, seen = TrainingState(model, adam(), budget=6), []
    for _ in range(6):
        seen.append(model.capacity.item())
        state.step_batch(batch(VECTOR))
    assert seen == [5, 10, 15, 20, 25, 25]


def test_a_resumed_run_goes_on_at_its_capacity():
    whole, cut = (TrainingState(annealed(), adam(), budget=6) for _ in range(2))
    for _ in range(3):
        whole.step_batch(batch(VECTOR))
        cut.step_batch(batch(VECTOR))
    resumed = TrainingState(annealed(seed=1), adam(), budget=6)
    resumed.load_state_dict(cut.state_dict())
    for state in (whole, resumed):
        state.step_batch(batch(VECTOR))
    assert resumed.model.capacity.item() == whole.model.capacity.item() == 25
    for mine, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_capacity_pushes_the_divergence_up_from_below_and_down_from_above():
    for capacity, sign in ((0.0, 1), (1e4, -1)):
        model = annealed(capacity=capacity, first_capacity=capacity)
        terms = model.losses(batch(VECTOR))
        parameters = list(model.encoder.parameters())
        of_kl = torch.autograd.grad(terms["kl"], parameters, retain_graph=True)
        of_capacity = torch.autograd.grad(terms["capacity"], parameters)
        for one, other in zip(of_kl, of_capacity, strict=True):
            torch.testing.assert_close(other, sign * one, rtol=1e-4, atol=1e-5)


def test_the_covariance_is_that_of_numpy_and_its_distance_to_the_identity_known():
    codes = torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(covariance(codes), np.cov(codes.numpy().T, bias=True))
    matrix = torch.tensor([[3.0, 0.5, 0.0], [0.5, 1.0, -2.0], [0.0, -2.0, 0.0]])
    off_diagonal, diagonal = distance_to_identity(matrix)
    assert (off_diagonal.item(), diagonal.item()) == (2 * (0.25 + 4), 4 + 0 + 1)


def test_dip_ii_adds_each_dimensions_own_variance_to_its_own_diagonal_entry():
    mean, variance = torch.zeros(5, LATENT), torch.tensor([1.0, 2.0, 3.0, 4.0]).expand(5, LATENT)
    matrix = small("dipvae2").covariance(mean, variance.log())
    torch.testing.assert_close(matrix, torch.diag(variance[0]))
    assert torch.equal(small("dipvae1").covariance(mean, variance.log()), torch.zeros(LATENT, LATENT))


def test_a_full_grid_has_factorized_support_and_a_diagonal_has_not():
    a, b = torch.meshgrid(torch.arange(3.0), torch.arange(3.0), indexing="ij")
    assert support_distance(a.flatten(), b.flatten()).item() == 0
    line = torch.arange(3.0)
    assert support_distance(line, line).item() == 2  # the corner (0, 2) is √2 away from (1, 1)
    assert support_distance(line[:1], line[:1]).item() == 0


def test_pairs_are_drawn_without_replacement_and_all_of_them_where_there_are_no_more():
    model = small("hfs")
    drawn = [{tuple(pair) for pair in noise_for(model, seed=seed)["pairs"].tolist()} for seed in range(20)]
    assert all(len(pairs) == 3 for pairs in drawn)
    assert set().union(*drawn) == {tuple(pair) for pair in dimension_pairs(LATENT).tolist()}
    assert small("hfs", pairs=25).pairs == 6


def test_without_chance_the_support_is_the_mean_over_all_pairs():
    model, x = small("hfs"), batch(VECTOR)
    assert isinstance(model, HFSVAE)
    every = small("hfs", pairs=25)
    torch.testing.assert_close(
        model.losses(x)["factorized_support"], every.losses(x)["factorized_support"] / 2
    )


@pytest.mark.parametrize("kind", ["wae", "swae"])
def test_a_wae_generates_from_the_prior_it_was_drawn_to(kind: str):
    model = small(kind, prior_std=3.0)
    assert isinstance(model, (WAE, SlicedWAE))
    codes = model.sample_codes(4000, torch.Generator().manual_seed(0))
    assert codes.std().item() == pytest.approx(3, abs=0.1)
    assert model.generate(5, torch.Generator()).shape == (5, *VECTOR)


def test_a_weighting_scales_the_regularizer_of_each_method():
    for kind, term, full in (
        ("annealed", "capacity", 3.0),
        ("factorvae", "total_correlation", 10.0),
        ("tcvae", "total_correlation", 5.0),
        ("tcvae-mss", "total_correlation", 6.0),
        ("dipvae1", "off_diagonal", 5.0),
        ("infovae", "mmd", 4.25),
        ("wae", "mmd", 10.0),
        ("swae", "sliced_distance", 10.0),
        ("hfs", "factorized_support", 1.0),
    ):
        model = small(kind, weighting=LinearSchedule(steps=10))
        assert [model.weights(step)[term] for step in (0, 5, 10)] == [0, full / 2, full], kind
        assert model.weights(0)["reconstruction"] == 1
