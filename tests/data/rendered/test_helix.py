"""The double helix: its formula in numpy, the statistics of heights, strands and noise, and the seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.helix import Helix
from disentcli.data.splits.splits import random_splits


def points_of(data: Helix) -> np.ndarray:
    return data.batch(torch.arange(len(data))).numpy()


@pytest.mark.parametrize(
    "options", [{}, {"strands": 3, "frequency": 2.5, "radii": (1.0, 2.0, 0.5)}], ids=["published", "other"]
)
def test_without_noise_points_lie_on_the_strands(options: dict) -> None:
    data = Helix(noise=0, count=60, test_count=20, **options)
    strands, frequency = options.get("strands", 2), options.get("frequency", 1.0)
    expected = []
    for height, strand in data.factors().astype(float):
        angle = np.pi * (frequency * height + 2 * strand / strands)
        expected.append(np.array([np.cos(angle), np.sin(angle), height]) * options.get("radii", (1, 1, 1)))
    np.testing.assert_allclose(points_of(data), expected, atol=1e-5)


def test_the_noise_is_normal_in_every_direction() -> None:
    """The same seed without noise is what it is added to."""
    noise = points_of(Helix(count=4000, seed=1)) - points_of(Helix(count=4000, seed=1, noise=0))
    assert stats.kstest(noise.ravel() / 0.1, "norm").pvalue > 0.01
    np.testing.assert_allclose(np.cov(noise.T), 0.01 * np.eye(3), atol=5e-4)


def test_heights_are_uniform_and_strands_equally_frequent() -> None:
    heights, strands = Helix(count=20_000, strands=3).factors().T
    assert stats.kstest(heights, "uniform", args=(-1, 2)).pvalue > 0.01
    np.testing.assert_allclose(np.bincount(strands.astype(int)) / len(strands), 1 / 3, atol=0.01)


def test_there_are_1024_points_to_train_on_and_as_many_to_test_on() -> None:
    data, info = Helix(), describe_dataset(Helix)
    splits = random_splits(len(data), 0, test_indices=data.test_indices)
    assert (len(splits.test), len(splits.train) + len(splits.val)) == (1024, 1024)
    assert len(data) == info.count == 2048
    assert data.shape == info.shape == (3,)
    assert data.factor_names == info.factor_names == ("height", "strand")
    assert data.factor_sizes == info.factor_sizes == (0, 2)
    assert data.factor_values == info.factor_values == ((), ("0", "1"))


def test_the_seed_decides_everything_and_the_global_generator_nothing() -> None:
    state = torch.get_rng_state()
    one, same, other = (Helix(seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(points_of(one), points_of(same))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert not np.array_equal(points_of(one), points_of(other))
    assert torch.equal(state, torch.get_rng_state())
