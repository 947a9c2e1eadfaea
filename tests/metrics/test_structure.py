"""The structure score: plain numpy over all pairs, the objective of WAE, and what is drawn of a model."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.errors import Unsupported
from disentcli.methods.inference import Inference
from disentcli.methods.latent_samples import LatentSamples
from disentcli.methods.mmd import unbiased_mmd
from disentcli.metrics.structure import mean_across, mean_within, structure
from disentcli.runs.load import load_run

from ..toy_runs import make_run


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def one_by_one(a: np.ndarray, b: np.ndarray) -> float:
    """The published definition: means over pairs i < j of each, less twice that over all pairs across."""
    base = a.shape[1]

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return base / (base + sum((x - y) ** 2))

    def within(points: np.ndarray) -> float:
        pairs = [(i, j) for j in range(len(points)) for i in range(j)]
        return sum(kernel(points[i], points[j]) for i, j in pairs) / len(pairs)

    return within(a) + within(b) - 2 * np.mean([kernel(x, y) for x in a for y in b])


def drawn(*counts: int) -> LatentSamples:
    """Of three normal distributions that differ in place and scale."""
    shapes = zip(counts, ((0, 1), (0.5, 1.2), (0, 0.6)), strict=True)
    return LatentSamples(*(rng(n).normal(place, scale, size=(n, 3)) for n, (place, scale) in shapes))


def test_scores_are_the_published_sums_over_pairs() -> None:
    samples = drawn(30, 21, 25)
    found = structure(lambda count: samples)
    assert found == pytest.approx(
        {
            "structure_score": one_by_one(samples.prior, samples.responses),
            "prior_posterior": one_by_one(samples.prior, samples.posterior),
            "posterior_response": one_by_one(samples.posterior, samples.responses),
        },
        rel=1e-12,
    )


def test_it_is_the_distance_of_wae_with_one_scale() -> None:
    samples = drawn(200, 100, 150)
    prior, _, responses = map(torch.from_numpy, samples)
    expected = float(unbiased_mmd(responses, prior, base=3, scales=(1.0,)))
    assert structure(lambda count: samples)["structure_score"] == pytest.approx(expected, rel=1e-12)


def test_ten_thousand_points_are_compared_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once they would be 800 MB. Blocks of other sizes give the same."""
    points, others = rng(0).normal(size=(10_000, 2)), rng(1).normal(size=(10_000, 2))
    tracemalloc.start()
    mean_across(points, others)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6
    few, more = points[:50], others[:70]
    whole = mean_across(few, more), mean_within(few)
    monkeypatch.setattr(sys.modules[mean_across.__module__], "CELLS", 200)
    assert (mean_across(few, more), mean_within(few)) == pytest.approx(whole, rel=1e-12)


def test_a_model_that_gives_back_its_prior_scores_zero_and_one_that_shrinks_it_more() -> None:
    one, two, three = (rng(seed).normal(size=(2000, 2)) for seed in range(3))
    same = structure(lambda count: LatentSamples(one, two, three))
    assert max(map(abs, same.values())) < 2e-3
    shrunk = [
        structure(lambda n, c=c: LatentSamples(one, two, c * three))["structure_score"] for c in (0.9, 0.5, 0)
    ]
    assert 2e-3 < shrunk[0] * 2 < shrunk[1] < shrunk[2]


def test_fewer_than_two_points_are_unsupported() -> None:
    with pytest.raises(Unsupported, match="at least 2 points of each distribution, got 1"):
        structure(lambda count: drawn(5, 1, 5))


def test_a_model_is_asked_for_draws_of_prior_posterior_and_responses(tmp_path: Path) -> None:
    loaded = load_run(make_run(tmp_path, "vae", method="vae", hybrid=True).path, dataroot=tmp_path / "data")
    inference, indices = Inference(loaded.model, loaded.items, 7), np.arange(12)
    prior, posterior, responses = inference.sample_latents(indices, 20, seed=3)
    generator = torch.Generator().manual_seed(3)
    expected, of_images, of_responses = (torch.randn(n, 4, generator=generator) for n in (20, 12, 20))
    np.testing.assert_allclose(prior, expected, atol=1e-6)  # the prior, not the hybrid sampler
    with torch.no_grad():
        images = loaded.items.batch(torch.arange(12)), loaded.model.decode(expected)
        for found, observed, noise in zip(
            (posterior, responses), images, (of_images, of_responses), strict=True
        ):
            mean, logvar = loaded.model.encoder(observed).chunk(2, dim=1)
            np.testing.assert_allclose(found, mean + (logvar / 2).exp() * noise, atol=1e-5)


def test_the_prior_of_a_wasserstein_autoencoder_is_the_one_it_is_trained_towards(tmp_path: Path) -> None:
    loaded = load_run(make_run(tmp_path, "wae", method="wae").path, dataroot=tmp_path / "data")
    loaded.model.prior_std = 2.0
    prior, *_ = Inference(loaded.model, loaded.items).sample_latents(np.arange(2), 9, seed=0)
    np.testing.assert_allclose(prior, 2 * torch.randn(9, 4, generator=torch.Generator().manual_seed(0)))


def test_without_a_prior_there_is_a_reason(tmp_path: Path) -> None:
    loaded = load_run(make_run(tmp_path, "ae", hybrid=True).path, dataroot=tmp_path / "data")
    with pytest.raises(Unsupported, match="the codes of ae are trained towards no prior"):
        Inference(loaded.model, loaded.items).sample_latents(np.arange(2), 5, seed=0)


def test_tokens_have_no_distances(tmp_path: Path) -> None:
    loaded = load_run(make_run(tmp_path, "vae", method="vae").path, dataroot=tmp_path / "data")
    loaded.model.latent.ordered = False
    with pytest.raises(Unsupported, match="codes of GaussianLatent are tokens, without distances"):
        Inference(loaded.model, loaded.items).sample_latents(np.arange(2), 5, seed=0)
