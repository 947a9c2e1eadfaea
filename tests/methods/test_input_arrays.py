"""What a model is given is what is meant, or refused with what was expected and what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.discrete import QuantizedLatent, VectorQuantizedLatent
from disentcli.methods.input_arrays import as_array, as_codes, as_indices, as_observations

SHAPE = (1, 2, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (5, *SHAPE)).astype(np.uint8)
SHARES = torch.from_numpy(IMAGES / 255.0).float()


@pytest.mark.parametrize(
    "given",
    [
        IMAGES,
        torch.from_numpy(IMAGES),
        IMAGES / 255.0,
        (IMAGES / 255.0).astype(np.longdouble),
        torch.from_numpy(IMAGES / 255.0),
        np.asfortranarray(IMAGES / np.float32(255)),
        (IMAGES / 255.0).tolist(),
    ],
    ids=["bytes", "tensor of bytes", "float64", "longdouble", "tensor", "columns first", "list"],
)
def test_images_of_every_number_type_are_the_same_images(given: Any) -> None:
    found = as_observations(as_array(given), SHAPE)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, SHARES, rtol=1e-6, atol=1e-7)


def test_short_floats_and_booleans_are_numbers() -> None:
    half = as_observations(torch.full((2, *SHAPE), 0.5, dtype=torch.bfloat16), SHAPE)
    torch.testing.assert_close(half, torch.full((2, *SHAPE), 0.5))
    assert torch.equal(as_observations(np.ones((2, *SHAPE), bool), SHAPE), torch.ones(2, *SHAPE))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (IMAGES.astype(float), r"expected in \[0, 1\], got numbers from 0 to 2\d\d: divide by 255"),
        (SHARES * 2 - 1, r"expected in \[0, 1\], got numbers from -\S+ to \S+: .*normalization"),
        (IMAGES.astype(np.int64), "as floats in .* or as uint8, got int64"),
        (np.where(IMAGES > 99, np.nan, 0.5), r"images are expected to be finite, \d+ of 30 numbers are not"),
        (np.full((1, *SHAPE), 1e300), "expected to be finite, 6 of 6"),
        (IMAGES[0], r"as \(N, 1, 2, 3\), .* got uint8 of shape \(1, 2, 3\)"),
        (IMAGES.transpose(0, 2, 3, 1), r"as \(N, 1, 2, 3\), .* got uint8 of shape \(5, 2, 3, 1\)"),
        (
            np.array([0.5, 1.0]),
            r"or indices into the dataset as whole numbers \(N,\); got float64 of shape \(2,\)",
        ),
        (np.array([True, False]), r"got bool of shape \(2,\)"),
        (np.full((1, *SHAPE), 1j), "expected as numbers, got complex128"),
        (np.full((1, *SHAPE), "a"), "expected as numbers, got <U1"),
    ],
)
def test_other_images_are_refused(given: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        as_observations(as_array(given), SHAPE)


def test_vectors_may_be_any_finite_numbers() -> None:
    given = np.array([[-3, 200], [7, 8]])
    assert as_observations(given, (2,)).tolist() == [[-3.0, 200.0], [7.0, 8.0]]
    with pytest.raises(CallError, match="vectors are expected to be finite, 1 of 2"):
        as_observations(np.array([[np.inf, 0.0]]), (2,))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint64, np.int64])
def test_whole_numbers_in_one_dimension_are_indices(kind: type) -> None:
    given = np.array([4, 0, 9], dtype=kind)
    for one in (given, torch.from_numpy(given.astype(np.int64))):
        assert as_indices(one, 10).tolist() == [4, 0, 9]
        assert as_indices(one, 10).dtype == torch.int64
    assert as_indices(np.empty(0, dtype=np.int64), 10).tolist() == []


@pytest.mark.parametrize("wrong", [-1, 10, 2**63])
def test_indices_outside_the_dataset_are_refused(wrong: int) -> None:
    with pytest.raises(CallError, match=f"indices go from 0 to 9, got one of {wrong}"):
        as_indices(np.array([0, wrong], dtype=np.uint64 if wrong > 2**62 else np.int64), 10)


def test_indices_are_whole_numbers() -> None:
    with pytest.raises(CallError, match=r"indices are whole numbers \(N,\), got float64 of shape \(3,\)"):
        as_indices(np.zeros(3), 10)


def test_codes_are_finite_numbers_of_every_dimension() -> None:
    latent = PlainLatent(2)
    assert as_codes(np.array([[1, -2]]), latent).tolist() == [[1.0, -2.0]]
    with pytest.raises(CallError, match=r"codes are expected as \(N, 2\), got float64 of shape \(2,\)"):
        as_codes(np.zeros(2), latent)
    with pytest.raises(CallError, match=r"codes are expected as \(N, 2\), got float64 of shape \(4, 3\)"):
        as_codes(np.zeros((4, 3)), latent)
    with pytest.raises(CallError, match="codes are expected to be finite, 2 of 2 numbers are not"):
        as_codes(np.array([[np.nan, 1e39]]), latent)
    assert as_codes(np.array([[9.0, -9.0]]), QuantizedLatent(2, num_values=3)).tolist() == [[9.0, -9.0]]


def test_tokens_are_those_of_the_table() -> None:
    latent = VectorQuantizedLatent(2, num_embeddings=8, embedding_size=3)
    assert as_codes(np.array([[0.0, 7.0]]), latent).tolist() == [[0.0, 7.0]]
    for wrong in (-1.0, 8.0):
        with pytest.raises(CallError, match="are tokens from 0 to 7, got numbers from"):
            as_codes(np.array([[0.0, wrong]]), latent)
