"""The Fréchet distance against scipy and closed forms; the Inception network's shapes and names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from disentcli.errors import CallError, DisentError, Unsupported
from disentcli.metrics.fid import FeatureStatistics, Moments, few_images, frechet_distance, moments_of
from disentcli.metrics.inception import DIMENSIONS, Inception, load_inception

from .random_inception import save_random_inception


def moments(features: np.ndarray) -> Moments:
    found = Moments(features.shape[1])
    for part in np.array_split(features, 3):
        found.add(part)
    return found


def test_running_moments_are_numpys() -> None:
    features = np.random.default_rng(0).normal(3, 2, size=(101, 5))
    found = moments(features)
    np.testing.assert_allclose(found.mean, features.mean(axis=0))
    np.testing.assert_allclose(found.covariance, np.cov(features.T), rtol=1e-9)


def test_distance_is_that_of_the_matrix_root_of_scipy() -> None:
    rng = np.random.default_rng(1)
    a = moments(rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6)))
    b = moments(rng.normal(size=(150, 6)) @ rng.normal(size=(6, 6)) + 1)
    root = sqrtm(a.covariance @ b.covariance).real
    expected = ((a.mean - b.mean) ** 2).sum() + np.trace(a.covariance + b.covariance - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9)


def test_distance_of_a_scaled_and_shifted_copy_is_closed_form() -> None:
    """Σ₂ = 4 Σ₁ gives tr Σ₁ + 4 tr Σ₁ − 2·2 tr Σ₁ = tr Σ₁, plus the squared shift."""
    features = np.random.default_rng(2).normal(size=(300, 4))
    features -= features.mean(axis=0)
    a, b = moments(features), moments(2 * features + np.array([1, 0, 0, 2]))
    assert frechet_distance(a, b) == pytest.approx(np.trace(a.covariance) + 5, rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_fewer_images_than_features_still_have_a_distance() -> None:
    rng = np.random.default_rng(3)
    a, b = moments(rng.normal(size=(5, 20))), moments(rng.normal(size=(6, 20)) + 2)
    assert np.isfinite(frechet_distance(a, b))
    with pytest.raises(Unsupported, match="at least 2 images"):
        frechet_distance(moments(np.zeros((1, 3))), a)


def of_rank_one(direction: np.ndarray, std: float) -> FeatureStatistics:
    """A Gaussian at 0 that varies along one direction alone."""
    unit = direction / np.linalg.norm(direction)
    return FeatureStatistics(9, np.zeros(len(unit)), std**2 * np.outer(unit, unit))


def test_singular_covariances_are_closed_forms() -> None:
    """On one line (σ₁ − σ₂)², on lines at a right angle σ₁² + σ₂², whatever the number of features."""
    rng = np.random.default_rng(4)
    one = rng.normal(size=300)
    across = rng.normal(size=300)
    across -= one * (across @ one) / (one @ one)
    along = frechet_distance(of_rank_one(one, 3), of_rank_one(one, 5))
    assert along == pytest.approx(4, rel=1e-5)
    apart = frechet_distance(of_rank_one(one, 3), of_rank_one(across, 5))
    assert apart == pytest.approx(34, rel=1e-5)
    assert 0 <= frechet_distance(of_rank_one(one, 3), of_rank_one(one, 3)) < 1e-5


def test_features_far_from_zero_lose_no_digits() -> None:
    """The same spread about a mean of 1,000: the distance is that of the means."""
    features = np.random.default_rng(5).normal(size=(400, 6))
    a, b = moments(features + 1000), moments(features + 1000.5)
    assert frechet_distance(a, b) == pytest.approx(6 * 0.25, rel=1e-6)


def test_features_that_are_no_numbers_have_no_distance() -> None:
    features = np.random.default_rng(6).normal(size=(10, 3))
    broken = features.copy()
    broken[4, 1] = np.nan
    with pytest.raises(Unsupported, match="not finite"):
        frechet_distance(moments(features), moments(broken))


def test_few_images_are_named() -> None:
    assert few_images(65, 64) is None
    assert "64 images for 64 features: their covariance is singular" in str(few_images(64, 64))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights."""
    return save_random_inception(tmp_path_factory.mktemp("fid") / "weights.pth")


def test_the_network_has_the_published_size_and_names() -> None:
    """Inception v3 without classifier and auxiliary head: 21,785,568 parameters, 94 convolutions."""
    network = Inception()
    assert sum(parameter.numel() for parameter in network.parameters()) == 21_785_568
    names = set(network.state_dict())
    assert sum(name.endswith(".conv.weight") for name in names) == 94
    for name in (
        "Conv2d_1a_3x3.conv.weight",
        "Mixed_6c.branch7x7dbl_5.bn.running_var",
        "Mixed_7c.branch3x3_2a.bn.bias",
    ):
        assert name in names


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_features_at_every_depth(dimension: int, weights: Path) -> None:
    network = load_inception(weights, dimension)
    grey = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        features = network(grey)
        assert features.shape == (1, dimension)
        torch.testing.assert_close(network(grey.expand(-1, 3, -1, -1)), features)


def test_the_weights_are_known_by_the_checksum_of_their_file(weights: Path) -> None:
    network = load_inception(weights, 64)
    assert network.identity["weights"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert network.identity["dimension"] == 64


def test_batches_are_shown_in_parts() -> None:
    seen = []

    def network(images: torch.Tensor) -> torch.Tensor:
        seen.append(len(images))
        return images.flatten(1)

    found = moments_of([torch.rand(5, 1, 2, 2), torch.rand(3, 1, 2, 2)], network, 4, 2)
    assert (seen, found.count) == ([2, 2, 1, 2, 1], 8)


def test_a_missing_file_says_which_one_is_wanted_and_that_it_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="never downloaded") as caught:
        load_inception(tmp_path / "missing.pth")
    assert "pt_inception-2015-12-05-6726825d.pth" in str(caught.value)


def test_vectors_are_unsupported() -> None:
    with pytest.raises(Unsupported, match="reads images"):
        moments_of([torch.zeros(3, 100)], torch.nn.Identity(), 100)


def test_other_files_are_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="cannot be read"):
        load_inception(tmp_path / "missing.pth")
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(DisentError, match="does not hold the FID Inception network"):
        load_inception(tmp_path / "other.pth")


def test_a_file_that_would_execute_code_is_refused(tmp_path: Path) -> None:
    torch.jit.script(torch.nn.ReLU()).save(str(tmp_path / "scripted.pt"))
    with pytest.raises(DisentError, match="not a scripted model"):
        load_inception(tmp_path / "scripted.pt")
