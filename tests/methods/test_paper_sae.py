"""The configs paper/sae/…: the models of the published tables, number by number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from disentcli.config.settings import Settings
from disentcli.methods.ae import AE
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.samplers import HybridSampler
from disentcli.methods.vae import VAE
from disentcli.methods.wae import WAE
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

from ..configs import LIBRARY, sheets, trained

#: parameters with 3×64×64 images and 12 latents, from the published code
SMALL = {
    "ae": 1_022_671,
    "wae": 1_022_671,
    "vae": 1_024_219,
    "bvae": 1_024_219,
    "sae12": 1_221_967,
    "sae6": 1_072_591,
    "sae4": 1_022_799,
    "sae3": 997_903,
    "sae2": 973_007,
    "adaae12": 1_230_415,
    "adaae6": 1_076_431,
    "vlae12": 1_046_859,
    "vlae6": 940_299,
    "vlae4": 904_779,
    "vlae3": 887_019,
    "vlae2": 869_259,
}
#: with 3×128×128 images and 32 latents
LARGE = {
    "ae16": 5_311_139,
    "wae16": 5_311_139,
    "vae16": 5_315_267,
    "bvae16": 5_315_267,
    "sae16": 6_597_411,
    "adaae16": 6_628_131,
    "vlae16": 5_881_763,
}
MODELS = [name.rpartition("/")[2] for name in LIBRARY.paths if name.startswith("paper/sae/")]


def built(name: str, data: str, shape: tuple[int, ...]) -> Autoencoder:
    model = Settings(sheets(f"paper/sae/{name}", data)).build("model", input_shape=shape)
    assert isinstance(model, Autoencoder)
    return model


def test_every_model_has_its_published_number_of_parameters():
    assert set(MODELS) == {*SMALL, *LARGE}


@pytest.mark.parametrize("name", SMALL)
def test_the_models_of_64_pixels_are_the_published_ones(name: str):
    model = built(name, "d/3ds", (3, 64, 64))
    assert sum(one.numel() for one in model.parameters()) == SMALL[name]
    assert isinstance(model.sampler, HybridSampler)


def test_all_data_of_64_pixels_have_the_same_widths():
    assert sum(one.numel() for one in built("sae12", "d/mpi", (3, 64, 64)).parameters()) == SMALL["sae12"]


@pytest.mark.parametrize("name", LARGE)
def test_the_models_of_128_pixels_are_the_published_ones(name: str):
    model = built(name, "d/celeba128", (3, 128, 128))
    assert sum(one.numel() for one in model.parameters()) == LARGE[name]
    assert isinstance(model.sampler, HybridSampler)


@pytest.mark.parametrize(
    ("name", "method", "weights"),
    [
        ("sae12", AE, {}),
        ("adaae12", AE, {}),
        ("ae", AE, {}),
        ("vae", VAE, {"kl": 1}),
        ("bvae", VAE, {"kl": 4}),
        ("vlae12", VAE, {"kl": 1}),
        ("wae", WAE, {"mmd": 10}),
    ],
)
def test_the_terms_have_the_published_weights(
    name: str, method: type[Autoencoder], weights: dict[str, float]
):
    model = built(name, "d/3ds", (3, 64, 64))
    assert type(model) is method
    assert model.weights(0) == {"reconstruction": 1, **weights}


def test_the_wae_is_that_of_the_code():
    """One kernel, and the distance divided by the batch."""
    model = built("wae", "d/3ds", (3, 64, 64))
    assert isinstance(model, WAE)
    assert (model.estimator, tuple(model.scales)) == ("divided", (1,))


@pytest.mark.parametrize("name", ["vae", "bvae", "vlae12", "vae16", "vlae16"])
def test_the_second_half_of_the_features_is_the_logarithm_of_the_deviation(name: str):
    data, side = ("d/celeba128", 128) if name.endswith("16") else ("d/3ds", 64)
    model = built(name, data, (3, side, side))
    features, noise = torch.randn(5, 2 * model.latent_dim), torch.randn(5, model.latent_dim)
    mean, log_deviation = features.chunk(2, dim=1)
    drawn = model.latent.sample_for_decoder(features, noise)
    torch.testing.assert_close(drawn, mean + noise * log_deviation.exp())


@pytest.mark.parametrize("name", MODELS)
def test_every_model_trains(name: str):
    """Two steps on vectors, whose networks are small; the losses are those of images."""
    model = built(name, "d/vec", (100,))
    state = TrainingState(model, adam(), budget=2)
    before = [one.detach().clone() for one in model.parameters()]
    batch = torch.randn(8, 100)
    for _ in range(2):
        state.step_batch(batch)
    assert state.step == 2
    assert any(not torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    assert all(torch.isfinite(one).all() for one in model.parameters())


def test_a_whole_command_trains(tmp_path: Path):
    run = trained(
        "paper/sae/sae12", "d/vec", data=tmp_path, runs=tmp_path, budget=2, **{"dataset.count": 200}
    )
    assert run.name.startswith("vec_ae_e-c12_d-s12")
