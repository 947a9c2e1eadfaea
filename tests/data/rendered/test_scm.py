"""Causal vectors: the frozen network of the nodes, the closed form of their covariance, interventions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.linear_scm import random_linear_model
from disentcli.data.rendered.scm import CausalVectors
from disentcli.data.splits.splits import random_splits
from disentcli.errors import CallError

FEW = {"count": 900, "test_count": 100}


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
