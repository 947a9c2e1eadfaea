"""The configs paper/montero/…: settings and weights of the published code, number by number."""

from __future__ import annotations

from typing import Any

import pytest

from disentcli.config.settings import Settings
from disentcli.methods.autoencoder import Autoencoder
from disentcli.nets.distribution import Bernoulli, SquaredError

from ..configs import LIBRARY, sheets

PAPER = [name for name in LIBRARY.paths if name.startswith("paper/montero/") and name[-5:] != "study"]


def built(name: str) -> tuple[Autoencoder, Settings]:
    settings = Settings(sheets(f"paper/montero/{name}"))
    return settings.build("model", input_shape=(3, 64, 64)), settings


@pytest.mark.parametrize("name", [one.rpartition("/")[2] for one in PAPER])
def test_all_have_the_network_and_settings_of_the_study(name: str):
    model, settings = built(name)
    batch = 128 if name == "factorvae" else 64
    assert (model.latent_dim, settings.get("dataset.batch-size")) == (10, batch)
    groups = settings.build("model.optim", "optimizer")(model.param_groups("model")).param_groups
    assert [(one["lr"], one["betas"], one["weight_decay"]) for one in groups] == [(1e-4, (0.9, 0.999), 0)]
    parts = model.encoder, model.decoder
    assert sum(one.numel() for part in parts for one in part.parameters()) == 1_946_391
    assert type(model.decoder.distribution) is (SquaredError if name == "wae" else Bernoulli)


@pytest.mark.parametrize(
    ("name", "step", "weights"),
    [
        ("vae", 0, {"kl": 1}),
        ("annealed", 500_000, {"kl": 5}),
        ("annealed", 2_000_000, {"kl": 1}),
        ("increased", 50_000, {"kl": 0.5}),
        ("capacity", 0, {"kl": 0, "capacity": 50}),
        ("factorvae", 0, {"kl": 1, "total_correlation": 100, "cross_entropy": 1}),
        ("wae", 0, {"mmd": 10, "logvar": 0.001}),
    ],
)
def test_the_weights_are_the_published_ones(name: str, step: int, weights: dict[str, Any]):
    assert built(name)[0].weights(step) == pytest.approx({"reconstruction": 1, **weights})


def test_the_wae_compares_the_raw_outputs_by_squared_error():
    model, _ = built("wae")
    assert (model.estimator, model.base, model.prior_std) == ("legacy", 10, 2)
    assert model.decoder.distribution.link == "identity"


def test_the_capacity_grows_to_20_within_10_000_steps():
    model, _ = built("capacity")
    assert [model.capacity_at(step) for step in (0, 5_000, 10_000, 20_000)] == [0, 10, 20, 20]
