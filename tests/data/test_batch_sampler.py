"""The order of batches is a function of seed and step alone, and each epoch a permutation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.errors import CallError

INDICES = np.arange(100, 203)


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(0, 2**31))
@settings(max_examples=50)
def test_any_step_can_be_taken_up_again(steps: list[int], seed: int) -> None:
    walked = SeededBatchSampler(INDICES, 10, seed)
    for step in steps:
        assert torch.equal(walked.batch(step), SeededBatchSampler(INDICES, 10, seed).batch(step))


def test_an_epoch_gives_each_item_once_and_drops_the_incomplete_batch() -> None:
    order = SeededBatchSampler(INDICES, 10, seed=0)
    epoch = torch.cat([order.batch(step) for step in range(10, 20)])
    assert order.batches_per_epoch == 10
    assert len(set(epoch.tolist())) == 100
    assert set(epoch.tolist()) <= set(INDICES.tolist())


def test_epochs_and_seeds_differ() -> None:
    one, other = SeededBatchSampler(INDICES, 103, seed=0), SeededBatchSampler(INDICES, 103, seed=1)
    first, second, elsewhere = one.batch(0), one.batch(1), other.batch(1)
    assert not torch.equal(first, second)
    assert not torch.equal(second, elsewhere)


def test_the_global_generator_is_left_alone() -> None:
    state = torch.get_rng_state()
    SeededBatchSampler(INDICES, 10, seed=0).batch(0)
    assert torch.equal(state, torch.get_rng_state())


def test_batches_are_int64_on_the_device_asked_for() -> None:
    batch = SeededBatchSampler(INDICES.astype(np.int32), 4, 0, device="meta").batch(0)
    assert (batch.dtype, batch.device.type, batch.shape) == (torch.int64, "meta", (4,))


def test_a_batch_larger_than_the_split_is_refused() -> None:
    with pytest.raises(CallError, match="batch size 104 does not fit the training split of 103 items"):
        SeededBatchSampler(INDICES, 104, seed=0)


def test_without_weights_the_order_is_torchs_permutation_under_the_mixed_seed() -> None:
    """Bit for bit what earlier versions drew, so that old runs resume."""
    for epoch in (0, 3):
        mixed = np.random.SeedSequence([7, epoch]).generate_state(1, np.uint64)
        permuted = torch.randperm(103, generator=torch.Generator().manual_seed(int(mixed[0])))
        assert torch.equal(SeededBatchSampler(INDICES, 103, seed=7).batch(epoch), permuted + 100)


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(0, 2**31))
@settings(max_examples=50)
def test_weighted_draws_can_be_taken_up_again_too(steps: list[int], seed: int) -> None:
    weights = np.arange(len(INDICES), dtype=float)
    walked = SeededBatchSampler(INDICES, 10, seed, weights=weights)
    for step in steps:
        assert torch.equal(
            walked.batch(step), SeededBatchSampler(INDICES, 10, seed, weights=weights).batch(step)
        )


def test_what_weighs_nothing_is_never_drawn() -> None:
    weights = np.zeros(len(INDICES))
    weights[[0, 50, 70]] = [1, 1, 2]
    order = SeededBatchSampler(INDICES, 100, seed=0, weights=weights)
    values, counts = torch.cat([order.batch(step) for step in range(100)]).unique(return_counts=True)
    assert values.tolist() == [100, 150, 170]
    np.testing.assert_allclose(counts / 10_000, [0.25, 0.25, 0.5], atol=0.02)


@pytest.mark.parametrize("weights", [np.ones(5), np.zeros(103), np.full(103, -1.0), np.full(103, np.nan)])
def test_weights_that_are_none_are_refused(weights: np.ndarray) -> None:
    with pytest.raises(CallError, match="the weights must be 103 numbers, none below 0 and not all 0"):
        SeededBatchSampler(INDICES, 10, seed=0, weights=weights)
