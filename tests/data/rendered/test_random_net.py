"""Vectors of a random frozen network: torch's own layers as the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import nn

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.rendered.random_net import RandomNetVectors, forward, frozen_layers, mix, normal_layers
from disentcli.data.splits.splits import random_splits

FEW = {"count": 900, "test_count": 100}


def test_layers_are_drawn_as_torch_draws_them() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        of_torch = [nn.Linear(8, 30), nn.Linear(30, 5)]
    drawn = frozen_layers((8, 30, 5), torch.Generator().manual_seed(4))
    for (weight, bias), layer in zip(drawn, of_torch, strict=True):
        torch.testing.assert_close(weight, layer.weight.detach())
        torch.testing.assert_close(bias, layer.bias.detach())


def test_normal_layers_are_standard_normal() -> None:
    layers = normal_layers((40, 50, 60), torch.Generator().manual_seed(0))
    assert [(tuple(w.shape), tuple(b.shape)) for w, b in layers] == [((50, 40), (50,)), ((60, 50), (60,))]
    for drawn in layers[0] + layers[1]:
        assert stats.kstest(drawn.flatten().numpy(), "norm").pvalue > 0.01


def test_the_activation_is_between_the_layers_only() -> None:
    layers = frozen_layers((3, 4, 2), torch.Generator().manual_seed(0))
    (first, first_bias), (last, last_bias) = layers
    nodes = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    for activation in (torch.tanh, nn.functional.mish):
        expected = activation(nodes @ first.T + first_bias) @ last.T + last_bias
        torch.testing.assert_close(forward(layers, nodes, activation), expected)
    torch.testing.assert_close(mix(layers, nodes), forward(layers, nodes))


def reference(seed: int) -> nn.Sequential:
    """The network as torch builds it under this seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(8, 128),
            nn.Mish(),
            nn.Linear(128, 128),
            nn.Mish(),
            nn.Linear(128, 128),
            nn.Mish(),
            nn.Linear(128, 100),
        )


def test_vectors_are_the_network_of_the_nodes() -> None:
    data = RandomNetVectors(seed=4, **FEW)
    nodes = torch.from_numpy(data.factors())
    torch.testing.assert_close(data.batch(torch.arange(1000)), reference(4)(nodes).detach())


def test_the_later_network_is_torchs_too_and_its_vectors_are_other_data() -> None:
    later: dict[str, Any] = {"nodes": 2, "hidden": (32, 32, 32), "activation": "tanh"}
    data = RandomNetVectors(seed=4, **later, **FEW)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        layers = [nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 32), nn.Linear(32, 100)]
    hidden = torch.from_numpy(data.factors())
    for layer in layers[:-1]:
        hidden = torch.tanh(layer(hidden))
    torch.testing.assert_close(data.batch(torch.arange(1000)), layers[-1](hidden).detach())
    assert data.factor_names == ("node_0", "node_1")
    assert describe_dataset(RandomNetVectors, later).factor_names == data.factor_names
    assert data.fingerprint != RandomNetVectors(seed=4, **FEW).fingerprint == "vec-4-900-100"


def test_nodes_are_standard_normal_and_continuous() -> None:
    data = RandomNetVectors(seed=0, count=20_000, test_count=0)
    nodes = data.factors()
    assert nodes.shape == (20_000, 8)
    assert np.abs(nodes.mean(axis=0)).max() < 0.03
    assert np.abs(np.cov(nodes.T) - np.eye(8)).max() < 0.04
    assert data.factor_sizes == (0,) * 8
    assert data.factor_names == tuple(f"node_{k}" for k in range(8))


def test_the_test_vectors_are_apart_from_the_others() -> None:
    data = RandomNetVectors(seed=0, **FEW)
    splits = random_splits(len(data), 0, test_indices=data.test_indices)
    vectors = data.batch(torch.arange(1000)).numpy()
    assert splits.test.tolist() == list(range(900, 1000))
    assert len(splits.train) == 810
    assert len(np.unique(vectors, axis=0)) == 1000


def test_there_are_as_many_as_published_and_a_test_set_besides() -> None:
    data = RandomNetVectors()
    assert len(data) == 120_000
    assert data.shape == describe_dataset(RandomNetVectors).shape == (100,)


def test_the_seed_decides_everything_and_the_global_generator_nothing() -> None:
    state = torch.get_rng_state()
    one, same, other = (RandomNetVectors(seed=seed, **FEW) for seed in (1, 1, 2))
    places = torch.arange(1000)
    assert torch.equal(one.batch(places), same.batch(places))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert not torch.equal(one.batch(places), other.batch(places))
    assert torch.equal(state, torch.get_rng_state())
