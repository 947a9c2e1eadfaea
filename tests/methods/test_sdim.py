"""SDIM: its objective in plain numpy, its beginning, its options."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from disentcli.errors import CallError
from disentcli.methods.sdim import SDIM
from disentcli.training.state import weighted_sum

from .pairs import pairs, small_edim, small_sdim


def softplus(z: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z)


def scores(network: Any, feature_map: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """(B, P) of a map (B, P, C): three layers on the map and the vector side by side."""
    tiled = np.broadcast_to(vector[:, None], (*feature_map.shape[:2], vector.shape[1]))
    x = np.concatenate([feature_map, tiled], axis=2)
    for count, layer in enumerate((network.first, network.rest[1], network.rest[3])):
        x = np.maximum(x, 0) if count else x
        x = x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    return x[..., 0]


@pytest.mark.parametrize("switched", [True, False])
def test_the_objective_is_that_of_the_paper(switched: bool):
    model, batch = small_sdim(switched=switched).eval(), pairs()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    order = noise["negatives"][0].numpy()
    with torch.no_grad():
        codes = [[one.numpy() for one in encoder(batch[:, k])] for k, encoder in enumerate(model.shared)]
    s = [codes[1][0], codes[0][0]] if switched else [codes[0][0], codes[1][0]]
    wanted = {"local": 0.0, "global": 0.0, "l1": np.abs(codes[0][0] - codes[1][0]).mean()}
    for critic, (_, cells), vector in zip(model.critics, codes, s, strict=True):
        for name, network, m in (
            ("local", critic.local, cells),
            ("global", critic.whole, cells.reshape(6, 1, -1)),
        ):
            joint, marginal = scores(network, m, vector), scores(network, m[order], vector)
            wanted[name] += softplus(-joint).mean() + softplus(marginal).mean()
    found = {name: one.item() for name, one in model.losses(batch, noise).items()}
    assert found == pytest.approx(wanted, rel=1e-5)
    assert model.weights(0) == {"local": 1.0, "global": 0.5, "l1": 0.1}


def test_it_begins_as_the_public_implementation_does():
    torch.manual_seed(0)
    model, batch = SDIM((3, 28, 28)), pairs(16, (3, 28, 28))
    found = model.losses(batch, model.noise(16, torch.Generator().manual_seed(0)))
    assert found["local"].item() == pytest.approx(4 * log(2), abs=0.03)
    assert found["global"].item() == pytest.approx(4 * log(2), abs=0.05)
    assert weighted_sum(found, model.weights(0)).item() == pytest.approx(4.2, abs=0.1)
    assert sum(one.numel() for one in model.parameters()) == 7_490_073 - 1315 - 2 * 1401  # without probes


@pytest.mark.parametrize("estimator", ["jsd", "dv", "infonce"])
def test_a_few_steps_learn_which_maps_belong_together(estimator: str):
    model, batch = small_sdim(estimator=estimator, negative_count=2), pairs()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def loss(step: int) -> Tensor:
        noise = model.noise(6, torch.Generator().manual_seed(step))
        return weighted_sum(model.losses(batch, noise), model.weights(step))

    first = loss(0).item()
    for step in range(15):
        optimizer.zero_grad()
        loss(step).backward()
        optimizer.step()
    assert loss(0).item() < first - 0.3


def test_rolled_negatives_are_those_of_the_next_in_the_batch():
    model, batch = small_sdim(negatives="roll").eval(), pairs()
    assert model.noise(6, None) is None
    drawn = {"negatives": torch.tensor([[1, 2, 3, 4, 5, 0]])}
    torch.testing.assert_close(model.losses(batch), model.losses(batch, drawn))


def test_tied_domains_have_one_encoder_and_one_pair_of_critics():
    tied, apart = small_sdim(tied=True).eval(), small_sdim()
    parameters = [sum(one.numel() for one in model.parameters()) for model in (tied, apart)]
    assert 2 * parameters[0] == parameters[1]
    batch = pairs()
    torch.testing.assert_close(tied.encode_all(batch)["S_X"], tied.encode_all(batch.flip(1))["S_Y"])


def test_representations_are_of_the_images_they_are_said_to_be():
    model, batch = small_edim().eval(), pairs()
    found = model.encode_all(batch)
    assert {name: one.shape[1] for name, one in found.items()} == {"S_X": 6, "S_Y": 6, "E_X": 3, "E_Y": 3}
    for name, view in model.representation_names.items():
        torch.testing.assert_close(model.encode_as(batch[:, view], name), found[name])


def test_batches_without_others_are_refused():
    with pytest.raises(CallError, match="a batch of 1 has 0 others to be paired with, not 1"):
        small_sdim().noise(1, None)
    with pytest.raises(CallError, match=r"a batch of 4 has 3 others .*lower negative-count"):
        small_sdim(negative_count=4).noise(4, None)
    with pytest.raises(CallError, match="unknown representation 'S_Z'"):
        small_sdim().resolve_representation("S_Z")
