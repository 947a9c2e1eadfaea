"""Points of the grid: drawn in disentanglement_lib's order (its stream checked by its published values)."""

from __future__ import annotations

import numpy as np

from disentcli.metrics.sampling import sample_factors

from . import toys


def test_the_stream_is_that_of_the_library() -> None:
    (factors,) = toys.points(1000)
    assert factors[0].tolist() == [0, 1, 3, 0, 1]
    assert factors.sum(axis=0).tolist() == [1029, 2527, 4348, 3460, 1522]
    np.testing.assert_allclose(
        toys.toy_a(factors)[0], [-0.53705, -0.336376, -0.321513, -0.57167, -0.019997, -0.30649], atol=1e-6
    )
    np.testing.assert_allclose(
        toys.toy_b(factors)[0], [0.938205, 0.952822, 1.993587, 4.530769, 0.01137, -0.999878], atol=1e-6
    )


def test_training_and_test_points_are_one_stream() -> None:
    train, test = toys.points(1600, 800)
    (together,) = toys.points(2400)
    np.testing.assert_array_equal(np.concatenate([train, test]), together)


def test_every_value_is_about_as_frequent() -> None:
    factors = sample_factors((4, 5), 20_000, np.random.RandomState(3))
    for column, size in zip(factors.T, (4, 5), strict=True):
        counts = np.bincount(column, minlength=size)
        assert abs(counts - 20_000 / size).max() < 5 * np.sqrt(20_000 / size)
