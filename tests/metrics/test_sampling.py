"""Points of the grid: drawn in disentanglement_lib's order (its stream checked by its published values)."""

from __future__ import annotations

import numpy as np

from disentcli.metrics.sampling import FunctionFactorSampler, draw_points, sample_factors

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


def test_points_of_a_function_are_drawn_as_the_library_draws_them() -> None:
    rs = np.random.RandomState(0)
    codes, factors = draw_points(FunctionFactorSampler(toys.SIZES, toys.toy_a), 1000, rs)
    np.testing.assert_array_equal(factors, toys.points(1000)[0])
    np.testing.assert_array_equal(codes, toys.toy_a(factors))
    (_, following) = toys.points(1000, 16)
    np.testing.assert_array_equal(sample_factors(toys.SIZES, 16, rs), following)


class Noisy:
    """Factors with noise from the metric's own generator, as in the library's noisy dSprites."""

    sizes = (3, 5)

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        return factors + rs.randn(*factors.shape)


def test_what_codes_draw_follows_the_factors_of_each_batch() -> None:
    codes, factors = draw_points(Noisy(), 40, np.random.RandomState(7))
    rs = np.random.RandomState(7)
    for start, stop in ((0, 16), (16, 32), (32, 40)):
        expected = np.stack([rs.randint(3, size=stop - start), rs.randint(5, size=stop - start)], axis=1)
        np.testing.assert_array_equal(factors[start:stop], expected)
        np.testing.assert_array_equal(codes[start:stop], expected + rs.randn(stop - start, 2))


def test_one_batch_of_all_points_draws_each_factor_once() -> None:
    rs = np.random.RandomState(1)
    _, factors = draw_points(
        FunctionFactorSampler((4, 7), np.asarray), 50, np.random.RandomState(1), batch=50
    )
    np.testing.assert_array_equal(factors, np.stack([rs.randint(4, size=50), rs.randint(7, size=50)], axis=1))
