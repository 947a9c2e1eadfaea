"""FactorVAE score against disentanglement_lib's own values, seed by seed, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.metrics.factor_vae import factor_vae, majority_accuracy
from disentcli.metrics.sampling import FunctionFactorSampler

from . import reference, toys
from .samplers import SAMPLERS

BATCH_4 = {  # train and eval accuracy of seeds 0 and 1
    "A": [(0.9679, 0.9656), (0.9684, 0.9662)],
    "C": [(0.57, 0.5844), (0.5772, 0.5816)],
    "E": [(0.86, 0.8614), (0.8565, 0.854)],
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_equals_disentanglement_lib(name: str) -> None:
    for seed in range(1 if name == "C" else 2):
        result = factor_vae(SAMPLERS[name], np.random.RandomState(seed), batch_size=4)
        assert (result["train_accuracy"], result["eval_accuracy"]) == pytest.approx(BATCH_4[name][seed])


@pytest.mark.parametrize("threshold", [0.05, 0.0])
@pytest.mark.parametrize("name", SAMPLERS)
def test_batches_of_64_saturate(name: str, threshold: float) -> None:
    counts = {"num_train": 2000, "num_eval": 1000, "prune_threshold": threshold}
    result = factor_vae(SAMPLERS[name], np.random.RandomState(0), **counts)
    assert (result["train_accuracy"], result["eval_accuracy"]) == (1.0, 1.0)


@pytest.mark.parametrize(("threshold", "expected"), [(0.0, (0.279, 0.264)), (0.05, (0.263, 0.274))])
def test_entangled_toy(threshold: float, expected: tuple[float, float]) -> None:
    sampler = FunctionFactorSampler(toys.SIZES, toys.toy_b)
    counts = {"batch_size": 16, "num_train": 1000, "num_eval": 500, "num_variance_estimate": 2000}
    result = factor_vae(sampler, np.random.RandomState(0), prune_threshold=threshold, **counts)
    assert (result["train_accuracy"], result["eval_accuracy"]) == pytest.approx(expected, abs=1e-9)


def test_active_codes_are_counted_and_the_library_counts_all() -> None:
    sampler = FunctionFactorSampler(toys.SIZES, toys.toy_b)
    counts = {"batch_size": 4, "num_train": 50, "num_eval": 50}
    pruned = factor_vae(sampler, np.random.RandomState(0), **counts)
    assert pruned["num_active_dims"] == 5
    assert not pruned["train_votes"][:, 4].any()
    assert factor_vae(sampler, np.random.RandomState(0), library_count=True, **counts)["num_active_dims"] == 6


def test_dead_codes_score_zero_or_are_at_chance_without_pruning() -> None:
    sampler = FunctionFactorSampler((5, 5), lambda factors: np.zeros((len(factors), 3)))
    dead = factor_vae(sampler, np.random.RandomState(0), num_train=500, num_eval=500)
    assert (dead["train_accuracy"], dead["eval_accuracy"], dead["num_active_dims"]) == (0, 0, 0)
    chance = factor_vae(sampler, np.random.RandomState(0), num_train=500, num_eval=500, prune_threshold=0)
    assert chance["eval_accuracy"] == pytest.approx(0.5, abs=0.1)
    assert chance["eval_above_chance"] == pytest.approx(2 * chance["eval_accuracy"] - 1)


def test_order_and_scale_of_codes_do_not_matter() -> None:
    counts = {"batch_size": 8, "num_train": 500, "num_eval": 500, "prune_threshold": 0.0}

    def score(codes: np.ndarray) -> dict[str, np.ndarray]:
        sampler = FunctionFactorSampler(toys.SIZES, lambda factors: toys.toy_a(factors) @ codes)
        return dict(factor_vae(sampler, np.random.RandomState(0), **counts))

    plain, other = score(np.eye(6)), score(np.diag([2, -4, 0.5, 8, 1, -1])[:, ::-1])
    np.testing.assert_array_equal(plain["train_votes"], other["train_votes"][:, ::-1])
    assert plain["eval_accuracy"] == other["eval_accuracy"]


def test_identity_is_nearly_perfect_in_small_batches() -> None:
    sampler = FunctionFactorSampler((10,) * 10, lambda factors: factors + 1.0)
    counts = {"batch_size": 5, "num_train": 3000, "num_eval": 2000, "num_variance_estimate": 2500}
    result = factor_vae(sampler, np.random.RandomState(0), **counts)
    assert result["train_accuracy"] == pytest.approx(0.999333, abs=0.002)  # the library: .999333 and .9995
    assert result["eval_accuracy"] == pytest.approx(0.9995, abs=0.002)


def test_majority() -> None:
    train = np.array([[5, 1, 2], [1, 7, 2]])
    assert majority_accuracy(train, train) == 14 / 18
    assert majority_accuracy(train, np.array([[1, 1, 1], [0, 0, 1]])) == 2 / 4
    assert majority_accuracy(train * 0, train * 0) == 0


def test_a_variance_needs_two_points() -> None:
    sampler = FunctionFactorSampler(reference.SIZES, np.asarray)
    with pytest.raises(CallError, match="batch-size of at least 2, got 1"):
        factor_vae(sampler, np.random.RandomState(0), batch_size=1)
    with pytest.raises(CallError, match="at least 2 points, got 1"):
        factor_vae(sampler, np.random.RandomState(0), num_variance_estimate=1)


def test_single_precision_codes_give_the_same() -> None:
    single = FunctionFactorSampler(toys.SIZES, lambda factors: toys.toy_b(factors).astype(np.float32))
    double = FunctionFactorSampler(toys.SIZES, lambda factors: single.function(factors).astype(float))
    counts = {"batch_size": 5, "num_train": 300, "num_eval": 300}
    one, other = (factor_vae(sampler, np.random.RandomState(0), **counts) for sampler in (single, double))
    np.testing.assert_array_equal(one["eval_votes"], other["eval_votes"])
