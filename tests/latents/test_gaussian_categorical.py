"""Gaussian codes with a category: what codes and decoder see of it, before and after it is in use."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch
from scipy import stats

from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import GaussianLatent
from disentcli.latents.gaussian_categorical import GaussianCategoricalLatent


def latent(categories: int = 4, *, active: bool = True) -> GaussianCategoricalLatent:
    """Two Gaussian codes and a category."""
    made = GaussianCategoricalLatent(3, categories=categories)
    made.active.fill_(float(active))
    return made


CONTINUOUS = torch.tensor([[0.5, -1.0], [2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
EVERY = torch.arange(4)


def test_a_code_is_the_gaussian_codes_and_the_category_as_a_number():
    codes = latent().with_category(CONTINUOUS, EVERY)
    assert torch.equal(codes[:, :2], CONTINUOUS)
    np.testing.assert_allclose(codes[:, 2], np.linspace(-1, 1, 4), rtol=1e-6)


def test_the_decoder_reads_the_category_as_one_of_n_ones():
    codes = latent().with_category(CONTINUOUS, EVERY)
    expected = torch.cat([CONTINUOUS, torch.eye(4)], dim=1)
    assert torch.equal(latent().to_decoder(codes), expected)
    assert latent().decoder_dim == 6


def test_codes_between_two_categories_are_the_nearer_one():
    codes = torch.tensor([[0.1, 0.2, -7.0], [0.1, 0.2, -0.6], [0.1, 0.2, 0.3], [0.1, 0.2, 5.0]])
    projected = latent(3).project(codes)
    assert torch.equal(projected[:, :2], codes[:, :2])
    assert projected[:, 2].tolist() == [-1, -1, 0, 1]


def test_while_it_is_not_in_use_the_category_is_nothing():
    idle = latent(active=False)
    codes = idle.with_category(CONTINUOUS, EVERY)
    assert not codes[:, 2].any()
    assert torch.equal(idle.to_decoder(codes), torch.cat([CONTINUOUS, torch.zeros(4, 4)], dim=1))
    assert not idle.traversal(codes)[-1].any()
    assert not idle.prior(5)[:, 2].any()


def test_a_traversal_shows_every_category_and_the_gaussian_codes_as_ever():
    codes = latent().prior(200, torch.Generator().manual_seed(0))
    values = latent().traversal(codes)
    assert values[-1].unique().tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert torch.equal(values[:2], GaussianLatent(2).traversal(codes[:, :2]))


def test_the_prior_is_normal_with_categories_of_equal_chance():
    codes = latent().prior(20_000, torch.Generator().manual_seed(0)).numpy()
    assert stats.kstest(codes[:, 0], "norm").pvalue > 0.01
    counts = np.unique(codes[:, 2], return_counts=True)[1]
    assert stats.chisquare(counts).pvalue > 0.01


def test_divergences_are_the_gaussian_ones_and_log_n():
    features = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    found = latent().divergences(features)
    assert torch.equal(found[:, :2], GaussianLatent(2).divergences(features))
    np.testing.assert_allclose(found[:, 2], log(4), rtol=1e-6)
    torch.testing.assert_close(
        latent().losses(features, features)["kl"], GaussianLatent(2).losses(features, features)["kl"]
    )
    assert not latent(active=False).divergences(features)[:, 2].any()


def test_features_alone_give_no_codes():
    with pytest.raises(Unsupported, match="the method's encode"):
        latent().codes(torch.zeros(2, 4))


@pytest.mark.parametrize(("latent_dim", "categories"), [(1, 3), (4, 1)])
def test_it_needs_a_gaussian_code_and_two_categories(latent_dim: int, categories: int):
    with pytest.raises(CallError, match="set latent-dim to 2 or more"):
        GaussianCategoricalLatent(latent_dim, categories=categories)
