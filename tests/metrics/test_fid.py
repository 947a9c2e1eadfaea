"""The Fréchet distance against scipy and closed forms; the Inception network's shapes and names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from disentcli.errors import DisentError, Unsupported
from disentcli.metrics.fid import Moments, frechet_distance, moments_of
from disentcli.metrics.inception import DIMENSIONS, Inception, load_inception


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


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights under the published names, with the classifier that the published file has."""
    torch.manual_seed(0)
    state = {**Inception().state_dict(), "fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    path = tmp_path_factory.mktemp("fid") / "weights.pth"
    torch.save({name: value for name, value in state.items() if "num_batches" not in name}, path)
    return path


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
