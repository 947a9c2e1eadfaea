"""The configs paper/qlae/…: models, groups and settings of the published code, number by number."""

from __future__ import annotations

import pytest
import torch

from disentcli.console.library import summary
from disentcli.console.settings import Settings
from disentcli.methods.bioae import BioAE
from disentcli.methods.qlae import QLAE
from disentcli.methods.vqvae import VQVAE

from ..configs import LIBRARY, sheets

PAPER = [name for name in LIBRARY.paths if name.startswith("paper/qlae/")]
IMAGE = (3, 64, 64)
DATA = {"3ds": (12, 0.1), "mpi": (14, 0.001), "falcor3d": (14, 0.1), "isaac3d": (18, 0.1)}  # latents, decay
PARAMETERS = {"3ds": 7_651_780, "mpi": 7_652_826, "falcor3d": 7_652_826, "isaac3d": 7_654_918}


def count(parameters: list[torch.nn.Parameter]) -> int:
    return sum(one.numel() for one in parameters)


def built(name: str) -> tuple[QLAE | BioAE, Settings]:
    settings = Settings(sheets(f"paper/qlae/{name}"))
    return settings.build("model", input_shape=IMAGE), settings


def decay_of(settings: Settings, model: QLAE | BioAE) -> list[float]:
    optimizer = settings.build("model.optim", "optimizer")(model.groups("model"))
    assert isinstance(optimizer, torch.optim.AdamW)
    assert {group["lr"] for group in optimizer.param_groups} == {1e-3}
    return [group["weight_decay"] for group in optimizer.param_groups]


@pytest.mark.parametrize("name", DATA)
def test_qlae_is_the_published_model_with_its_hyper_parameters(name: str):
    model, settings = built(name)
    latents, decay = DATA[name]
    assert type(model) is QLAE
    assert count(list(model.parameters())) == PARAMETERS[name]
    assert model.latent.sizes == (10,) * latents
    assert model.weights(0) == {"reconstruction": 1 / 12_288, "quantization": 0.01, "commitment": 0.01}
    assert decay_of(settings, model) == [decay, 0]
    assert (settings.get("budget"), settings.get("dataset.batch-size")) == (200_000, 128)
    assert (settings.get("clip.value"), settings.has("scheduler")) == (1, False)


def test_all_but_5476_parameters_decay():
    model, _ = built("3ds")
    assert [count(group["params"]) for group in model.groups("model")] == [7_646_304, 5_476]


def test_the_real_complex_shapes_are_those_of_mpi3d():
    assert built("mpi")[1].get("dataset.category", "") == "complex"


@pytest.mark.parametrize("name", DATA)
def test_the_vqvae_beside_it_has_tokens_and_a_weaker_decay(name: str):
    model, settings = built(f"vqvae/{name}")
    assert type(model) is VQVAE
    assert model.latent.values.shape == (512, 64)
    assert model.weights(0) == {"reconstruction": 1 / 12_288, "quantization": 1, "commitment": 0.25}
    assert decay_of(settings, model) == [0.01, 0]
    if name == "3ds":
        assert count(list(model.parameters())) == 8_072_256


@pytest.mark.parametrize("name", DATA)
def test_the_bioae_beside_it_has_the_activity_of_its_data(name: str):
    model, settings = built(f"bioae/{name}")
    assert type(model) is BioAE
    activity = 0.1 if name == "isaac3d" else 0.01
    assert model.weights(0) == {"reconstruction": 1 / 12_288, "nonnegativity": 1, "activity": activity}
    assert decay_of(settings, model) == [1e-4, 0]
    assert model.latent_dim == DATA[name][0]


@pytest.mark.parametrize("name", PAPER)
def test_every_config_says_what_it_is(name: str):
    assert 20 < len(summary(LIBRARY.paths[name])) < 130
