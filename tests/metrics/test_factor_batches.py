"""Factor batches: the library's order of draws, with codes looked up at once or batch by batch."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.metrics import factor_batches
from disentcli.metrics.factor_batches import fix_factor, pair_factor, sample_factor_batches
from disentcli.metrics.sampling import FunctionFactorSampler

SIZES = (3, 1, 7)


class Moody:
    """Codes with noise from the metric's generator, from the call `quiet` on."""

    sizes = SIZES

    def __init__(self, quiet: int) -> None:
        self.quiet = quiet

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        self.quiet -= 1
        return factors + (rs.rand(*factors.shape) if self.quiet < 0 else 0.0)


def scene(rs: np.random.RandomState) -> tuple[int, np.ndarray]:
    """A scene of the β-VAE score in words: choose, draw twice, share."""
    chosen = rs.randint(len(SIZES))
    first, second = (np.stack([rs.randint(size, size=5) for size in SIZES], axis=1) for _ in range(2))
    second[:, chosen] = first[:, chosen]
    return chosen, np.stack([first, second])


def test_draws_are_those_of_one_call_a_factor() -> None:
    rs, expected = np.random.RandomState(3), np.random.RandomState(3)
    sampler = FunctionFactorSampler(SIZES, lambda factors: factors.astype(float))
    ((chosen, codes),) = sample_factor_batches(sampler, rs, 40, (2, 5), pair_factor)
    for n in range(40):
        factor, values = scene(expected)
        assert chosen[n] == factor
        np.testing.assert_array_equal(codes[n], values)
    assert rs.randint(1 << 30) == expected.randint(1 << 30)


def test_codes_that_draw_do_so_after_the_factors_of_their_scene() -> None:
    rs, expected = np.random.RandomState(3), np.random.RandomState(3)
    ((chosen, codes),) = sample_factor_batches(Moody(0), rs, 10, (2, 5), pair_factor)
    for n in range(10):
        factor, values = scene(expected)
        assert chosen[n] == factor
        np.testing.assert_array_equal(codes[n], [part + expected.rand(5, 3) for part in values])


def test_codes_that_draw_from_the_second_chunk_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factor_batches, "CHUNK", 40)  # four scenes
    rs, expected = np.random.RandomState(3), np.random.RandomState(3)
    chunks = list(sample_factor_batches(Moody(1), rs, 8, (2, 5), pair_factor))
    assert [len(chosen) for chosen, _ in chunks] == [4, 4]
    for n in range(8):
        _, values = scene(expected)
        noise = [expected.rand(5, 3) if n >= 4 else 0.0 for _ in range(2)]
        np.testing.assert_array_equal(
            chunks[n // 4][1][n % 4], [a + b for a, b in zip(values, noise, strict=True)]
        )


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = FunctionFactorSampler(SIZES, lambda factors: factors.astype(float))
    ((_, whole),) = sample_factor_batches(sampler, np.random.RandomState(0), 9, (1, 6), fix_factor)
    monkeypatch.setattr(factor_batches, "CHUNK", 12)
    parts = [
        codes for _, codes in sample_factor_batches(sampler, np.random.RandomState(0), 9, (1, 6), fix_factor)
    ]
    assert len(parts) == 5
    np.testing.assert_array_equal(np.concatenate(parts), whole)
