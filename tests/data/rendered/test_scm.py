"""Causal vectors: the frozen network of the nodes, the closed form of their covariance, interventions."""

from __future__ import annotations

import itertools
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.linalg import expm
from torch import nn

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.scm import CausalVectors, LinearSCM, random_linear_model
from disentcli.data.splits.splits import random_splits
from disentcli.errors import CallError

# 0 → 1 → 2 → 3 and 0 → 2
CHAIN = LinearSCM(np.array([[0.0, 0, 0, 0], [2, 0, 0, 0], [-1.5, 3, 0, 0], [0, 0, -0.7, 0]]))
MANY = 200_000

FEW = {"count": 900, "test_count": 100}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def closed_form(weights: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """(I − W)⁻¹ D (I − W)⁻ᵀ with noise variances D."""
    inverse = np.linalg.inv(np.eye(len(weights)) - weights)
    return inverse @ np.diag(noise) @ inverse.T


def correlations_differ(covariance: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, in units of the standard deviations."""
    scale = np.sqrt(np.diag(expected))
    scale = np.where(scale > 0, scale, 1)
    return float(np.abs((covariance - expected) / np.outer(scale, scale)).max())


def one_by_one(model: LinearSCM, noise: np.ndarray, do: dict[int, float], hard: bool) -> np.ndarray:
    """Each node from its parents and its noise, parents first, as the definition of a causal model says."""
    nodes, done = np.full_like(noise, np.nan), set()
    while len(done) < noise.shape[1]:
        for k in set(range(noise.shape[1])) - done:
            parents = np.flatnonzero(model.weights[k])
            if set(parents) <= done or (hard and k in do):
                own = np.full(len(noise), do[k]) if k in do else noise[:, k]
                from_parents = 0 if hard and k in do else nodes[:, parents] @ model.weights[k, parents]
                nodes[:, k] = own + from_parents
                done.add(k)
    return nodes


@pytest.mark.parametrize("model", [CHAIN, *(random_linear_model(8, rng(seed)) for seed in range(3))])
def test_samples_have_the_covariance_of_the_closed_form(model: LinearSCM) -> None:
    samples = model.sample(MANY, rng(1))
    expected = closed_form(model.weights, np.ones(len(model.weights)))
    assert correlations_differ(np.cov(samples.T), expected) < 0.02
    assert np.abs(samples.mean(axis=0) / np.sqrt(np.diag(expected))).max() < 0.02


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("do", [{}, {2: 1.5}, {0: -3.0, 3: 2.0}, {1: 0.0, 2: 4.0, 3: 1.0}])
def test_nodes_follow_from_their_parents_one_by_one(do: dict[int, float], hard: bool) -> None:
    for model in (CHAIN, random_linear_model(4, rng(5))):
        noise = rng(2).standard_normal((50, 4))
        drawn = model.intervene(do, 50, rng(2), hard=hard)
        assert np.allclose(drawn, one_by_one(model, noise, do, hard))


@pytest.mark.parametrize("seed", range(3))
def test_an_intervention_has_the_distribution_of_the_cut_graph(seed: int) -> None:
    model = random_linear_model(8, rng(seed))
    node = int(np.argmax((model.graph.sum(axis=1) > 0) & (model.graph.sum(axis=0) > 0)))
    samples = model.intervene({node: 2.5}, MANY, rng(1))
    cut, noise, value = model.weights.copy(), np.ones(8), np.zeros(8)
    cut[node], noise[node], value[node] = 0, 0, 2.5
    covariance = closed_form(cut, noise)
    mean = np.linalg.inv(np.eye(8) - cut) @ value
    scale = np.sqrt(np.diag(covariance))
    assert model.graph[node].any()
    assert correlations_differ(np.cov(samples.T), covariance) < 0.02
    assert np.abs((samples.mean(axis=0) - mean) / np.where(scale > 0, scale, 1)).max() < 0.02


def test_an_intervened_node_is_the_value_whatever_its_parents_do() -> None:
    assert np.array_equal(CHAIN.intervene({2: 1.5}, 100, rng())[:, 2], np.full(100, 1.5))
    values = np.linspace(-1, 1, 100)
    assert np.allclose(CHAIN.intervene({2: values}, 100, rng())[:, 2], values)


def test_a_soft_intervention_sets_the_noise_and_keeps_the_parents() -> None:
    samples = CHAIN.intervene({2: 1.5}, 100, rng(), hard=False)
    assert np.allclose(samples[:, 2], 1.5 - 1.5 * samples[:, 0] + 3 * samples[:, 1])


@pytest.mark.parametrize("hard", [True, False])
def test_only_descendants_change(hard: bool) -> None:
    before, after = CHAIN.sample(100, rng(3)), CHAIN.intervene({1: 5.0}, 100, rng(3), hard=hard)
    assert np.allclose(before[:, 0], after[:, 0])
    assert (np.abs(before[:, 1:] - after[:, 1:]) > 1e-6).all()


def test_values_must_be_one_or_as_many_as_samples() -> None:
    with pytest.raises(CallError, match=r"one value or 100 for node 2, not shape \(3,\)"):
        CHAIN.intervene({2: np.zeros(3)}, 100, rng())


@pytest.mark.parametrize("nodes", [2, 3, 8, 30])
def test_graphs_have_no_cycles(nodes: int) -> None:
    for seed in range(20):
        graph = random_linear_model(nodes, rng(seed)).graph.astype(float)
        assert np.trace(expm(graph)) == pytest.approx(nodes)  # counts closed walks (Zheng et al., 2018)


def test_graphs_are_as_often_as_the_enumerated_ones() -> None:
    pairs = list(itertools.permutations(range(3), 2))
    expected = np.zeros(7)
    for edges in itertools.product((0, 1), repeat=6):
        graph = np.zeros((3, 3))
        graph[tuple(np.transpose(pairs))] = edges
        if np.trace(expm(graph)) < 3 + 1e-9:
            expected[sum(edges)] += 1  # with p = 1/2 every graph is equally likely
    assert expected.sum() == 25
    drawn = [int(random_linear_model(3, rng(seed)).graph.sum()) for seed in range(1000)]
    observed = np.bincount(drawn, minlength=7)[:4]
    assert stats.chisquare(observed, expected[:4] / 25 * 1000).pvalue > 0.01


def test_strengths_are_uniform_without_the_weak_ones() -> None:
    strengths = np.concatenate([model.weights[model.graph] for model in models(200)])
    assert np.abs(strengths).min() >= 0.5
    assert stats.kstest(np.abs(strengths), stats.uniform(0.5, 4.5).cdf).pvalue > 0.01
    assert abs((strengths > 0).mean() - 0.5) < 0.05


def models(count: int) -> list[LinearSCM]:
    return [random_linear_model(8, rng(seed)) for seed in range(count)]


def test_one_node_is_no_causal_model() -> None:
    with pytest.raises(CallError, match="at least 2 nodes, not 1"):
        random_linear_model(1, rng())


def reference(seed: int, nodes: int) -> nn.Sequential:
    """The network as torch builds it under this seed."""
    widths = (nodes, 128, 128, 128, 100)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.Mish()]
    return nn.Sequential(*layers[:-1])


def test_vectors_are_the_network_of_the_nodes() -> None:
    data = CausalVectors(nodes=5, seed=4, **FEW)
    nodes = torch.from_numpy(data.factors())
    assert (data.factor_names, data.factor_sizes) == (tuple(f"node_{k}" for k in range(5)), (0,) * 5)
    torch.testing.assert_close(data.batch(torch.arange(1000)), reference(4, 5)(nodes).detach())


def test_nodes_have_the_covariance_of_the_graph() -> None:
    data = CausalVectors(count=50_000, test_count=0)
    inverse = np.linalg.inv(np.eye(8) - data.model.weights)
    expected = inverse @ inverse.T
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((np.cov(data.factors().T) - expected) / scale).max() < 0.03
    assert data.model.graph.sum() > 0


def test_an_intervention_gives_vectors_and_factors_of_the_same_network() -> None:
    data = CausalVectors(seed=4, **FEW)
    child = int(np.argmax(data.model.graph.any(axis=1)))
    vectors, factors = data.intervene({f"node_{child}": 1.5}, n=64, seed=7)
    assert (vectors.shape, factors.shape, factors.dtype) == ((64, 100), (64, 8), np.float32)
    assert (factors[:, child] == 1.5).all()
    torch.testing.assert_close(vectors, reference(4, 8)(torch.from_numpy(factors)).detach())
    softly = data.intervene({f"node_{child}": 1.5}, n=64, seed=7, hard=False)[1]
    assert softly[:, child].std() > 0.1


def test_fixing_all_other_nodes_leaves_one_free() -> None:
    data = CausalVectors(**FEW)
    factors = data.intervene({f"node_{k}": 0.5 for k in range(7)}, n=64, seed=0)[1]
    assert (factors[:, :7] == 0.5).all()
    assert factors[:, 7].std() == pytest.approx(1, abs=0.3)


def test_the_model_belongs_to_its_seed_and_the_nodes_to_theirs() -> None:
    one, same, resampled = (CausalVectors(scm_seed=3, seed=seed, **FEW) for seed in (1, 1, 2))
    other = CausalVectors(scm_seed=4, seed=1, **FEW)
    places = torch.arange(1000)
    assert torch.equal(one.batch(places), same.batch(places))
    assert np.array_equal(one.model.weights, resampled.model.weights)
    assert np.array_equal(one.model.weights, random_linear_model(8, np.random.default_rng(3)).weights)
    assert not np.array_equal(one.model.weights, other.model.weights)
    assert len({data.fingerprint for data in (one, same, resampled, other)}) == 3


def test_the_global_generators_are_left_alone() -> None:
    state = torch.get_rng_state()
    CausalVectors(**FEW).intervene({"node_0": 1.0}, n=4, seed=0)
    assert torch.equal(state, torch.get_rng_state())


def test_the_test_vectors_are_apart_from_the_others() -> None:
    data = CausalVectors(**FEW)
    splits = random_splits(len(data), 0, test_indices=data.test_indices)
    assert splits.test.tolist() == list(range(900, 1000))
    assert len(np.unique(data.factors(), axis=0)) == 1000


def test_the_info_agrees_with_the_data() -> None:
    data, info = CausalVectors(nodes=3, **FEW), describe_dataset(CausalVectors, {"nodes": 3, **FEW})
    assert (info.shape, info.count, info.obtain) == (data.shape, len(data), "made when loaded")
    assert (info.factor_names, info.factor_sizes) == (data.factor_names, data.factor_sizes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nodes": 1}, "at least 2 nodes, not 1"),
        ({"count": 0}, "scm needs vectors to train on: count 0"),
        ({"seed": -1}, "seeds of scm may not be negative: scm_seed 0, seed -1"),
    ],
)
def test_options_that_make_no_vectors_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(CallError, match=message):
        CausalVectors(**options)


def test_a_node_that_is_not_there_is_refused() -> None:
    data = CausalVectors(nodes=2, **FEW)
    with pytest.raises(CallError, match="scm has no node node_2; there are node_0, node_1"):
        data.intervene({"node_2": 1.0}, n=4, seed=0)
