"""Each config of an autoencoder or VAE trains with three encoder/decoder pairs and lowers its loss."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.methods.autoencoder import Autoencoder
from disentcli.runs.records import read_scalars
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState, weighted_sum

from ..configs import LIBRARY, sheets, trained
from ..experiment.test_absae_runs import METHODS as OF_ENTITIES
from ..experiment.test_factor_methods import METHODS as OF_FACTORS
from .test_composition import METHODS as COMPOSING
from .test_gan_configs import METHODS as GANS
from .test_mi_configs import METHODS as MI_METHODS
from .test_musae import METHODS as OF_SONGS
from .test_quantized_configs import METHODS as QUANTIZED

CONFIGS = [
    "m/ae",
    "m/vae",
    "m/adagvae",
    "m/adamlvae",
    "m/annealed",
    "m/factorvae",
    "m/tcvae",
    "m/tcvae/mws",
    "m/tcvae/mss",
    "m/dipvae1",
    "m/dipvae2",
    "m/infovae",
    "m/wae",
    "m/wae/leeb",
    "m/wae/montero",
    "m/swae",
    "m/hfs",
    "m/infocasc",
    "m/cascade",
    "m/lievae",
    "m/aae",
    "m/wae-gan",
]
FIT = {  # what three methods need to train so shortly, and for a decoder that reads a multiple of 6 numbers
    "m/infocasc": {"model.warmup": 5},
    "m/cascade": {"latent-dim": 10, "model.warmup": 5, "model.disc-warmup": 10},
    "m/lievae": {"model.latent.subgroup-sizes": [36]},
}
PAIRS = {
    "a/dislib a/size/32": (1, 32, 32),
    "a/conv12 a/size/vec": (100,),
    "a/e/conv12 a/d/strc/6 a/size/vec": (100,),
}


def images(shape: tuple[int, ...]) -> torch.Tensor:
    """Sixteen observations of four kinds."""
    drawn = torch.rand(4, *shape, generator=torch.Generator().manual_seed(0)).round()
    return drawn.repeat_interleave(4, 0)


def loss(model: Autoencoder, x: torch.Tensor, step: int) -> float:
    """The whole objective without chance."""
    model.eval()
    with torch.no_grad():
        return weighted_sum(model.losses(x), model.weights(step)).item()


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", CONFIGS)
def test_it_lowers_its_loss(name: str, pair: str):
    torch.manual_seed(0)
    small = ConfigLayer({"model": {"capacity": 0.5, "discriminator_hidden": [16, 16]}}, "test")
    fit = ConfigLayer(FIT.get(name, {}), COMMAND_LINE)
    model = Settings([fit, small, *sheets(name, *pair.split())]).build(
        "model", input_shape=PAIRS[pair], dataset_size=1000
    )
    x = images(PAIRS[pair])
    if model.num_views == 2:
        x = x.unflatten(0, (-1, 2))
    state = TrainingState(model, adam(lr=2e-3), budget=30)
    before = loss(model, x, 0)
    for _ in range(30):
        state.step_batch(x)
    assert loss(model, x, 0) < before
    assert all(torch.isfinite(one).all() for one in model.parameters())


def test_every_config_that_trains_is_tested_here_or_with_its_family():
    def trains(name: str) -> bool:
        return Settings(sheets(name)).get("budget", 1) != 0

    every = {name for name in LIBRARY.paths if name.startswith("m/") and trains(name)}
    assert every == {
        *CONFIGS,
        *QUANTIZED,
        *GANS,
        *MI_METHODS,
        *COMPOSING,
        *OF_FACTORS,
        *OF_ENTITIES,
        *OF_SONGS,
    }


def test_both_players_of_a_run_are_recorded(tmp_path: Path):
    changes = {"dataset.count": 500, "model.discriminator_hidden": [8]}
    run = trained("a/conv12", "m/factorvae", "d/vec", data=tmp_path, runs=tmp_path, **changes)
    last = read_scalars(run.records)[-1]
    assert {"train/discriminator/cross_entropy", "val/discriminator/loss", "discriminator/lr"} <= set(last)


def test_a_run_tells_its_method_how_many_images_it_trains_on(tmp_path: Path):
    changes = {"dataset.count": 500}
    run = trained("a/conv12", "m/tcvae/mss", "d/vec", data=tmp_path, runs=tmp_path, **changes)
    assert run.config()["model"]["dataset_size"] == 450


@pytest.mark.parametrize("name", [name for name in LIBRARY.paths if name.startswith("paper/locatello/")])
def test_the_study_is_that_of_2019(name: str):
    settings = Settings(sheets(name, "d/sprites32"))
    keys = ("budget", "latent-dim", "dataset.batch-size", "model.optim.lr")
    assert [settings.get(key) for key in keys] == [300_000, 10, 64, 1e-4]


@pytest.mark.parametrize("name", ["betavae", "factorvae"])
def test_the_study_draws_weights_as_tensorflow_does(name: str):
    settings = Settings(sheets(f"paper/locatello/{name}", "d/sprites32"))
    model = settings.build("model", input_shape=(1, 64, 64))
    assert not any(one.any() for key, one in model.named_parameters() if key.endswith("bias"))
    bound = (6 / (1024 + 256)) ** 0.5
    assert model.encoder.head[0].weight.abs().max().item() == pytest.approx(bound, rel=1e-3)


def test_the_schedules_of_montero_et_al_are_theirs():
    def model(name: str) -> Autoencoder:
        return Settings(sheets("a/conv12", "a/size/vec", f"paper/montero/{name}")).build(
            "model", input_shape=(100,)
        )

    assert [model("annealed").weights(t)["kl"] for t in (0, 500_000, 10**7)] == [10, 5, 1]
    assert [model("increased").weights(t)["kl"] for t in (0, 50_000, 10**7)] == [0, 0.5, 1]
    capacity = model("capacity")
    assert [capacity.capacity_at(t) for t in (0, 5_000, 10**6)] == [0, 10, 20]
    assert capacity.weights(0)["capacity"] == 50
    factor = model("factorvae")
    assert (factor.permuted, factor.weights(0)["total_correlation"]) == ("half", 100)
