"""Region accuracy against densities and quantiles of scipy, and accuracies of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chi2, multivariate_normal
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from disentcli.metrics import region_accuracy
from disentcli.metrics.entity_images import EntityImages

from .relation_toys import BINS, Known, on_grid

SHARES = (0.05, 0.3)


def noisy(images: EntityImages, noise: float) -> EntityImages:
    """The same with codes that are off."""
    codes = images.model.inference.model.known_codes.double().numpy()  # type: ignore[attr-defined]
    codes = codes + noise * np.random.default_rng(0).normal(size=codes.shape)
    return EntityImages(images.dataset, images.model, images.train, images.part, lambda at: codes[at])


def model_of(images: EntityImages) -> Known:
    return images.model.inference.model  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("noise", [0.1, 0.6])
def test_scores_are_those_of_scipy_and_scikit_learn(noise: float) -> None:
    images = noisy(on_grid(), noise)
    prior = model_of(images).prior
    means, factors = prior.means.double().numpy(), prior.cholesky.double().numpy()
    shown = model_of(images).known_entities.numpy()
    codes, truth = images.encode(images.part)[shown >= 0], shown[shown >= 0]
    density = np.stack(
        [multivariate_normal(m, f @ f.T).logpdf(codes) for m, f in zip(means, factors, strict=True)], axis=1
    )
    regions = density.argmax(axis=1)
    scores = region_accuracy(images, shares=SHARES)
    assert (scores["accuracy"] == 1) == (noise == 0.1)
    assert scores["accuracy"] == pytest.approx(accuracy_score(truth, regions))
    assert scores["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, regions))
    assert scores["images"] == len(truth) == scores["counts"].sum()
    peak = np.array([multivariate_normal(m, f @ f.T).logpdf(m) for m, f in zip(means, factors, strict=True)])
    for share, name in zip(SHARES, ("rejecting_5%", "rejecting_30%"), strict=True):
        far = 2 * (peak[regions] - density.max(axis=1))  # χ² of a sample of the region
        kept = far <= chi2.ppf(1 - share, df=codes.shape[1])
        assert scores[f"accepted.{name}"] == pytest.approx(kept.mean())
        if kept.any():
            assert scores[f"accuracy.{name}"] == pytest.approx(accuracy_score(truth[kept], regions[kept]))


def test_entities_count_alike_in_the_balanced_accuracy_alone() -> None:
    images = on_grid()
    shown = model_of(images).known_entities.numpy()
    few = np.flatnonzero((shown == 0) | ((shown > 0) & (np.arange(len(shown)) % 4 == 0)))
    codes = np.tile(model_of(images).prior.means[0].double().numpy(), (len(shown), 1))
    part = EntityImages(images.dataset, images.model, images.train, few, lambda at: codes[at])
    scores = region_accuracy(part)
    counts = np.bincount(shown[few][shown[few] >= 0], minlength=6)
    assert scores["accuracy"] == pytest.approx(counts[0] / counts.sum())
    assert scores["balanced_accuracy"] == pytest.approx(1 / np.count_nonzero(counts))
    np.testing.assert_array_equal(scores["by_entity"], np.where(counts > 0, np.eye(6)[0], np.nan))


def test_samples_of_the_regions_are_accepted_as_the_shares_say() -> None:
    images = on_grid()
    prior = model_of(images).prior
    shown = model_of(images).known_entities
    labels = shown[shown >= 0].repeat(200)
    samples = prior.sample(len(labels), torch.Generator().manual_seed(0), labels).double().numpy()
    found, density = images.model.classify(samples)
    assert (found == labels.numpy()).mean() > 0.99
    for share in SHARES:
        assert (density < images.model.quantiles(share)[found]).mean() == pytest.approx(share, abs=0.01)
        same = prior.classify(torch.from_numpy(samples).float(), prior.quantiles(share)).numpy()
        kept = density >= images.model.quantiles(share)[found]
        np.testing.assert_array_equal(same >= 0, kept)


def test_where_nothing_is_accepted_scores_are_null_with_a_reason() -> None:
    images = on_grid()
    far = np.full((len(images.part), 3), 100.0)
    part = EntityImages(images.dataset, images.model, images.train, images.part, lambda at: far[at])
    scores = region_accuracy(part)
    assert scores["accepted.rejecting_1%"] == 0
    assert np.isnan(scores["accuracy.rejecting_1%"])
    assert "no code is as likely in its region" in scores["reason"]
    assert scores["accuracy"] == pytest.approx(1 / 6)


def test_images_without_an_entity_are_left_out() -> None:
    images = on_grid()
    scores = region_accuracy(images)
    assert scores["images"] == 72 * 4 / 6  # the bins leave out two of six places
    assert scores["accuracy"] == scores["balanced_accuracy"] == 1
    assert images.describe() == "48 of 72 val images"
    assert BINS["x"] == [[0, 1], [4, 5]]
