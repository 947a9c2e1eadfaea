"""The cache of codes: every image is encoded at most once, and only if it is needed."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import DisentError
from disentcli.metrics.code_cache import CodeCache


class Encoder:
    """Codes (2 i, −i) of image i; remembers which were encoded."""

    def __init__(self) -> None:
        self.encoded: list[int] = []

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        self.encoded += indices.tolist()
        return np.stack([2.0 * indices, -indices], axis=1)


def test_codes_come_by_index_and_each_image_is_encoded_once() -> None:
    encoder = Encoder()
    cache = CodeCache(encoder, 100)
    np.testing.assert_array_equal(cache.get(np.array([3, 1, 3]))[:, 0], [6, 2, 6])
    np.testing.assert_array_equal(cache.get(np.array([1, 9]))[:, 1], [-1, -9])
    assert encoder.encoded == [1, 3, 9]
    assert cache.encoded == 3


def test_draws_of_a_quarter_of_all_images_bring_the_rest_at_once() -> None:
    encoder = Encoder()
    cache = CodeCache(encoder, 100)
    for _ in range(25):
        cache.get_random(np.array([7]))
    assert encoder.encoded == [7]
    cache.get_random(np.array([7]))
    assert sorted(encoder.encoded) == list(range(100))


def test_codes_that_are_not_finite_are_an_error() -> None:
    cache = CodeCache(lambda indices: np.full((len(indices), 2), np.inf), 10)
    with pytest.raises(DisentError, match="--checkpoint best"):
        cache.get(np.array([1]))
