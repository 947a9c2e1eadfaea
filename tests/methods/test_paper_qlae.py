"""The configs paper/qlae/…: models, groups and settings of the published code, number by number."""

from __future__ import annotations

import pytest
import torch

from disentcli.config.config_store import summary
from disentcli.config.settings import Settings
from disentcli.latents.continuous import UniformLatent
from disentcli.methods.ae import AE
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.bioae import BioAE
from disentcli.methods.infowgan import InfoWGAN
from disentcli.methods.qlae import QLAE, VQVAE
from disentcli.methods.tcvae import DecomposedTCVAE
from disentcli.methods.vae import VAE

from ..configs import LIBRARY, sheets

PAPER = [name for name in LIBRARY.paths if name.startswith("paper/qlae/")]
IMAGE = (3, 64, 64)
DATA = {"3ds": (12, 0.1), "mpi": (14, 0.001), "falcor3d": (14, 0.1), "isaac3d": (18, 0.1)}  # latents, decay
PARAMETERS = {"3ds": 7_651_780, "mpi": 7_652_826, "falcor3d": 7_652_826, "isaac3d": 7_654_918}


def count(parameters: list[torch.nn.Parameter]) -> int:
    return sum(one.numel() for one in parameters)


def built(name: str) -> tuple[Autoencoder, Settings]:
    settings = Settings(sheets(f"paper/qlae/{name}"))
    return settings.build("model", input_shape=IMAGE), settings


def decay_of(settings: Settings, model: Autoencoder) -> list[float]:
    optimizer = settings.build("model.optim", "optimizer")(model.param_groups("model"))
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
    assert [count(group["params"]) for group in model.param_groups("model")] == [7_646_304, 5_476]


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


def resolved(name: str, kind: type[Autoencoder]) -> tuple[Autoencoder, Settings]:
    """A row of the paper beside QLAE's, with what all of them share."""
    model, settings = built(name)
    assert type(model) is kind
    data = name.rpartition("/")[2]
    assert model.latent_dim == DATA[data][0]
    assert settings.get("budget") == 200_000
    assert settings.get("dataset.category", None) == ("complex" if data == "mpi" else None)
    return model, settings


@pytest.mark.parametrize("name", DATA)
def test_the_autoencoder_beside_it_spares_biases(name: str):
    model, settings = resolved(f"ae/{name}", AE)
    assert decay_of(settings, model) == [1e-3 if name in ("3ds", "mpi") else 0, 0]
    assert model.weights(0) == {"reconstruction": 1}
    if name == "3ds":
        assert count(list(model.parameters())) == 7_651_660


@pytest.mark.parametrize(("name", "beta"), [("3ds", 3), ("mpi", 0.1), ("falcor3d", 10), ("isaac3d", 0.3)])
def test_the_beta_vae_beside_it_has_the_weight_of_its_data(name: str, beta: float):
    model, settings = resolved(f"vae/{name}", VAE)
    assert model.weights(0) == {"reconstruction": 1, "kl": beta}
    assert decay_of(settings, model) == [0]
    assert model.latent.scale == "softplus"
    if name == "3ds":
        assert count(list(model.parameters())) == 7_654_744


@pytest.mark.parametrize(("name", "weight"), [("3ds", 3), ("mpi", 0.3), ("falcor3d", 3), ("isaac3d", 1)])
def test_the_beta_tcvae_beside_it_samples_minibatches_by_weight(name: str, weight: float):
    model, settings = resolved(f"tcvae/{name}", DecomposedTCVAE)
    parts = {"mutual_information": 1, "total_correlation": weight, "dimension_wise_kl": 1}
    assert model.weights(0) == {"reconstruction": 1, **parts}
    assert (model.estimator, model.latent.scale, decay_of(settings, model)) == ("mws", "softplus", [0])


@pytest.mark.parametrize("name", DATA)
def test_the_infowgan_beside_it_has_its_defaults(name: str):
    model, settings = resolved(f"infowgan/{name}", InfoWGAN)
    assert isinstance(model.latent, UniformLatent)
    weights = model.weights(0)
    assert (weights["value"], weights["gradient_penalty"], weights["latent"]) == (1, 10, 200)
    assert (settings.get("dataset.batch-size"), settings.get("clip.value")) == (64, 1)
    for player in model.player_parameters():
        groups = settings.build("model.optim", "optimizer")(model.param_groups(player)).param_groups
        assert [(one["lr"], one["betas"]) for one in groups] == [(2e-4, (0, 0.9))] * 2
        assert [one["weight_decay"] for one in groups] == [1e-4, 0]


@pytest.mark.parametrize("name", ["ae/3ds", "vae/3ds", "tcvae/3ds"])
def test_steps_on_the_sum_are_those_on_the_published_mean(name: str):
    settings = Settings(sheets(f"paper/qlae/{name}"))
    rate, eps, clip = (settings.get(key) for key in ("model.optim.lr", "model.optim.eps", "clip.value"))
    assert (rate, eps, clip) == (1e-3, pytest.approx(1e-8 * 12_288), 12_288)
    gradients = torch.tensor([[1e-9, 0.3, 2.5], [1e-6, -0.2, -7.0]], dtype=torch.float64)
    means, sums = torch.zeros(3).double().requires_grad_(), torch.zeros(3).double().requires_grad_()
    published, ours = (torch.optim.Adam([one], lr=rate, eps=e) for one, e in ((means, 1e-8), (sums, eps)))
    for gradient in gradients:
        means.grad, sums.grad = gradient.clamp(-1, 1), (12_288 * gradient).clamp(-clip, clip)
        published.step()
        ours.step()
    torch.testing.assert_close(sums, means, rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", [one for one in PAPER if one.count("/") == 3])
def test_every_row_of_the_paper_resolves(name: str):
    _, settings = built(name.removeprefix("paper/qlae/"))
    assert settings.get("latent-dim") == DATA[name.rpartition("/")[2]][0]


@pytest.mark.parametrize("name", PAPER)
def test_every_config_says_what_it_is(name: str):
    assert 20 < len(summary(LIBRARY.paths[name])) < 130
