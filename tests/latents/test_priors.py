"""Priors of codes: their samples, densities and regions against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, kstest, multivariate_normal
from sklearn.datasets import make_moons, make_swiss_roll

from disentcli.errors import CallError
from disentcli.latents.curve_priors import SwissRoll, TwoMoons
from disentcli.latents.priors import BoxPrior, GaussianPrior, Prior
from disentcli.latents.region_priors import FittedRegions, FlowerRegions, LineRegions, RandomRegions

PRIORS: list[Prior] = [
    BoxPrior(3),
    GaussianPrior(3, mean=1.0, std=2.0),
    FlowerRegions(3, 5),
    LineRegions(3, 4),
    RandomRegions(3, 6, seed=3),
    TwoMoons(2),
    SwissRoll(2),
]
by_name = pytest.mark.parametrize("prior", PRIORS, ids=lambda one: type(one).__name__)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@by_name
def test_samples_follow_from_the_generator(prior: Prior) -> None:
    first = prior.sample(7, seeded())
    assert first.shape == (7, prior.latent_dim)
    assert torch.equal(first, prior.sample(7, seeded()))
    assert not torch.equal(first, prior.sample(7, seeded(1)))


@pytest.mark.parametrize("prior", PRIORS[:5], ids=lambda one: type(one).__name__)
def test_the_density_is_that_of_the_samples(prior: Prior) -> None:
    """The mean of 1/p over the samples in a box is the box's volume."""
    samples = prior.sample(200_000, seeded()).double()
    half = 0.2 * samples.std(0)
    inside = (samples - 0.5 * samples[0]).abs().lt(half).all(1)
    estimate = (inside / prior.log_prob(samples).exp()).mean()
    assert float(estimate) == pytest.approx(float((2 * half).prod()), rel=0.1)


@pytest.mark.parametrize(("prior", "width"), [(TwoMoons(2), 3.0), (SwissRoll(2, std=0.05), 1.5)])
def test_the_density_around_a_curve_integrates_to_one(prior: Prior, width: float) -> None:
    axis = torch.linspace(-width, width, 60)
    cells = torch.cartesian_prod(axis, axis)
    total = prior.log_prob(cells).exp().sum() * (axis[1] - axis[0]) ** 2
    assert float(total) == pytest.approx(1, abs=0.01)


@by_name
def test_most_samples_of_a_region_are_classified_as_its_own(prior: Prior) -> None:
    labels = torch.arange(prior.regions).repeat(400)
    samples = prior.sample(len(labels), seeded(), labels)
    found = prior.classify(samples)
    assert found.unique().tolist() == list(range(prior.regions))
    assert (
        float((found == labels).float().mean()) > 0.55
    )  # the line's regions overlap by 10 %, random ones more


@pytest.mark.parametrize(
    "prior", [one for one in PRIORS if one.regions > 1], ids=lambda one: type(one).__name__
)
def test_without_labels_all_regions_are_equally_frequent(prior: Prior) -> None:
    noise = prior.noise(20_000, seeded())
    labelled = [prior.from_noise(noise, torch.full((20_000,), k)) for k in range(prior.regions)]
    drawn = prior.from_noise(noise)
    counts = [int((drawn == one).all(1).sum()) for one in labelled]
    assert sum(counts) == 20_000
    assert chisquare(counts).pvalue > 1e-3


def test_region_densities_are_those_of_scipy() -> None:
    regions = FlowerRegions(4, 3, radial=0.2, across=0.05)
    codes = torch.randn(50, 4, generator=seeded())
    found = regions.region_log_prob(codes)
    for k in range(3):
        covariance = (regions.cholesky[k] @ regions.cholesky[k].T).double().numpy()
        expected = multivariate_normal(regions.means[k].double().numpy(), covariance).logpdf(codes.numpy())
        assert np.allclose(found[:, k], expected, rtol=1e-4, atol=1e-3)
    mixture = np.log(np.exp(found.double().numpy()).mean(1))
    assert np.allclose(regions.log_prob(codes.double()), mixture, atol=1e-3)


def test_a_flower_has_its_petals_along_the_radius() -> None:
    regions = FlowerRegions(3, 8, radial=0.1, across=0.01)
    covariances = regions.cholesky @ regions.cholesky.mT
    along = torch.einsum("kd,kde,ke->k", regions.means, covariances, regions.means)
    assert torch.allclose(along, torch.full((8,), 0.1), atol=1e-6)
    assert torch.allclose(covariances.diagonal(dim1=1, dim2=2).sum(1), torch.full((8,), 0.12), atol=1e-6)
    assert torch.allclose(regions.means.norm(dim=1), torch.ones(8))


def test_codes_below_the_threshold_of_their_region_belong_to_none() -> None:
    regions = LineRegions(3, 4)
    labels = torch.arange(4).repeat(2_000)
    samples = regions.sample(len(labels), seeded(), labels)
    own = regions.region_log_prob(samples)[torch.arange(len(labels)), labels]
    for share in (0.05, 0.5):
        least = regions.quantiles(share)
        assert float((own < least[labels]).float().mean()) == pytest.approx(share, abs=0.02)
        found = regions.classify(samples, least)
        most, best = regions.region_log_prob(samples).max(1)
        assert torch.equal(found, torch.where(most >= least[best], best, -1))
    assert (regions.classify(samples, 1e9) == -1).all()
    assert (regions.classify(samples) >= 0).all()


def test_a_fit_recovers_a_known_mixture() -> None:
    known = FlowerRegions(4, 3)
    labels = torch.arange(3).repeat(20_000)
    codes = known.sample(len(labels), seeded(), labels)
    fitted = FittedRegions(4, 3, scale=0.5, shrinkage=0.0)
    fitted.fit(codes, labels)
    assert torch.allclose(fitted.means, known.means, atol=0.01)
    assert torch.allclose(
        fitted.cholesky @ fitted.cholesky.mT, 0.5 * known.cholesky @ known.cholesky.mT, atol=2e-3
    )


def test_a_fit_is_that_of_numpy_scaled_and_shrunk() -> None:
    labels = torch.arange(2).repeat(5)
    codes = torch.randn(10, 3, generator=seeded())
    fitted = FittedRegions(3, 2, scale=0.1, shrinkage=0.25)
    fitted.fit(codes, labels)
    for k in range(2):
        covariance = np.cov(codes[labels == k].numpy().T)
        shrunk = 0.75 * covariance + 0.25 * np.trace(covariance) / 3 * np.eye(3)
        assert np.allclose(fitted.means[k], codes[labels == k].mean(0), atol=1e-6)
        assert np.allclose(fitted.cholesky[k] @ fitted.cholesky[k].T, 0.1 * shrunk, atol=1e-6)


@pytest.mark.parametrize(
    ("shrinkage", "labels", "message"),
    [
        (1e-3, [0, 0, 1], "needs 2 labelled codes or more, region 1 has 1, 2 has 0"),
        (0.0, [0] * 4 + [1] * 3 + [2] * 4, "needs 4 labelled codes or more, region 1 has 3"),
    ],
)
def test_a_region_with_too_few_labels_is_named(shrinkage: float, labels: list[int], message: str) -> None:
    codes = torch.randn(len(labels), 3, generator=seeded())
    with pytest.raises(CallError, match=message):
        FittedRegions(3, 3, shrinkage=shrinkage).fit(codes, torch.tensor(labels))


def test_codes_without_extent_are_named_where_nothing_is_shrunk() -> None:
    codes = torch.randn(8, 3, generator=seeded())
    codes[:, 2] = 0
    with pytest.raises(CallError, match="region 0 lie in fewer than 3 dimensions"):
        FittedRegions(3, 1, shrinkage=0.0).fit(codes, torch.zeros(8, dtype=torch.int64))


def test_fitted_regions_are_part_of_a_checkpoint() -> None:
    fitted, other = FittedRegions(2, 2), FittedRegions(2, 2)
    fitted.fit(torch.randn(20, 2, generator=seeded()), torch.arange(2).repeat(10))
    other.load_state_dict(fitted.state_dict())
    assert torch.equal(other.sample(5, seeded()), fitted.sample(5, seeded()))


def test_curves_are_those_of_scikit_learn() -> None:
    moons, which = make_moons(4_000, noise=0.1, random_state=0)
    ours = TwoMoons(2).sample(4_000, seeded()).numpy()
    for axis in range(2):
        assert kstest(ours[:, axis], moons[:, axis]).pvalue > 1e-3
    found = TwoMoons(2).classify(torch.from_numpy(moons).float()).numpy()
    assert (found == which).mean() > 0.98
    roll = make_swiss_roll(4_000, noise=0.284, random_state=0)[0][:, [0, 2]] / 14.2
    ours = SwissRoll(2).sample(4_000, seeded()).numpy()
    for axis in range(2):
        assert kstest(ours[:, axis], roll[:, axis]).pvalue > 1e-3


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: BoxPrior(2, low=1.0, high=1.0), "a box goes from low to high"),
        (lambda: TwoMoons(3), "set --latent-dim to 2, not 3"),
        (lambda: FlowerRegions(1, 3), "set --latent-dim to 2 or more"),
        (lambda: LineRegions(2, 0), "regions must be from 1"),
        (lambda: FittedRegions(2, 2, shrinkage=1.5), "a share from 0 to 1"),
    ],
)
def test_impossible_priors_are_refused(build: object, message: str) -> None:
    with pytest.raises(CallError, match=message):
        build()  # type: ignore[operator]
