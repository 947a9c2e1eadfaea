"""The configs of the GANs: what they hold, and that each of them trains on three networks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from disentcli import load_run
from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.methods.inference import Inference
from disentcli.methods.infowgan import InfoWGAN
from disentcli.plots import sample_images
from disentcli.runs.run import Run

from ..configs import LIBRARY, sheets, trained

METHODS = ("m/infowgan", "m/wgan", "m/ql-infowgan")
NETWORKS = ("a/kim", "a/dislib", "a/burgess")
FEW = {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 4, "latent-dim": 4}
QUIET = {"validation.freq": 0, "viz.freq": 0, "records.freq": 10}


def settings(names: str, **call: object) -> Settings:
    return Settings(
        [ConfigLayer(call, "command line"), *sheets(*names.split())], script="train", argv=["train"]
    )


def build(names: str, shape: tuple[int, int, int] = (1, 32, 32)) -> InfoWGAN:
    return settings(names).build("model", input_shape=shape)


def series(run: Run, term: str) -> list[float]:
    lines = map(json.loads, (run.records / "scalars.jsonl").read_text().splitlines())
    return [line[f"train/{term}"] for line in lines if f"train/{term}" in line]


@pytest.mark.parametrize("networks", NETWORKS)
@pytest.mark.parametrize("method", METHODS[:2])
def test_it_trains_from_its_config(method: str, networks: str, dataroot: Path, tmp_path: Path):
    words = [method, *networks.split(), "d/sprites32"]
    changes = {**FEW, **QUIET, "dataset.batch-size": 4}
    run = trained(*words, data=dataroot, runs=tmp_path, budget=40, **changes)
    objective, latent = series(run, "encoder/loss"), series(run, "encoder/latent")
    assert len(objective) == len(series(run, "generator/value")) == 4
    assert objective[-1] < objective[0] - 0.5
    if method == "m/infowgan":
        assert latent[-1] < 0.97 * latent[0]


@pytest.mark.parametrize("networks", NETWORKS)
def test_drawn_values_of_codebooks_are_recovered(networks: str, dataroot: Path, tmp_path: Path):
    faster = {"model.optim.lr": 1e-3, "model.generator-period": 1, "dataset.batch-size": 8}
    words = ["m/ql-infowgan", *networks.split(), "d/sprites32"]
    run = trained(*words, data=dataroot, runs=tmp_path, budget=60, **FEW, **QUIET, **faster)
    found = series(run, "encoder/latent")
    assert found[-1] < 0.8 * found[0]
    assert len(series(run, "generator/commitment")) == 6


@pytest.mark.parametrize(
    ("name", "latent", "decay", "reg_wt"),
    [
        ("m/infowgan", "UniformLatent", 1e-4, 200),
        ("m/wgan", "UniformLatent", 0, 0),
        ("m/ql-infowgan", "QuantizedLatent", 1e-4, 200),
    ],
)
def test_configs_hold_the_published_values(name: str, latent: str, decay: float, reg_wt: float):
    model, stacked = build(f"{name} a/conv12 a/size/32"), settings(f"{name} a/conv12 base")
    assert (type(model.latent).__name__, model.reg_wt, model.generator_period) == (latent, reg_wt, 5)
    assert (stacked.get("dataset.batch-size"), stacked.get("clip.value")) == (64, 1)
    for player in model.player_parameters():
        optimizer = stacked.build("model.optim", "optimizer")(model.param_groups(player))
        assert isinstance(optimizer, torch.optim.AdamW)
        assert [group["weight_decay"] for group in optimizer.param_groups] == [decay, 0]
        assert [(group["lr"], group["betas"]) for group in optimizer.param_groups] == [(2e-4, (0, 0.9))] * 2


@pytest.mark.parametrize(
    ("name", "latent_dim", "decay"),
    [("3ds", 12, 1e-3), ("falcor3d", 14, 1e-4), ("mpi", 14, 1e-3), ("isaac3d", 18, 1e-3)],
)
def test_the_recorded_runs_of_the_paper(name: str, latent_dim: int, decay: float):
    stacked, model = settings(f"paper/qlae/gan/{name}"), build(f"paper/qlae/gan/{name}", (3, 64, 64))
    assert (stacked.get("budget"), stacked.get("dataset.batch-size")) == (200_000, 64)
    assert stacked.get("model.optim.weight-decay") == decay
    assert (model.latent_dim, model.latent.sizes) == (latent_dim, (10,) * latent_dim)
    assert model.weights(0)["latent"] == 200
    encoder = sum(one.numel() for one in model.encoder.parameters())
    assert encoder == 3_684_524 + 257 * (latent_dim - 12) + 257  # QLAE's, with a value


def test_every_recorded_run_is_tested():
    found = {name for name in LIBRARY.paths if name.startswith("paper/qlae/gan/")}
    assert found == {f"paper/qlae/gan/{name}" for name in ("3ds", "falcor3d", "mpi", "isaac3d")}


@pytest.mark.parametrize("encoder", ["conv12", "dislib", "qlae", "burgess", "kim", "resnet", "qlae-dense"])
def test_an_encoder_gives_the_value_by_its_last_linear_layer(encoder: str):
    model = build(f"m/infowgan a/e/{encoder} a/d/conv12 a/size/32")
    last = [one for one in model.encoder.modules() if not list(one.children())][-1]
    assert isinstance(last, nn.Linear)
    assert last.out_features == model.encoder.feature_dim == model.latent_dim + 1


@pytest.mark.parametrize("method", ["m/infowgan", "m/ql-infowgan"])
def test_a_run_shows_pictures_is_validated_and_loaded(method: str, dataroot: Path, tmp_path: Path):
    words = [method, "a/dislib", "d/sprites32"]
    often = {"validation.freq": 2, "viz.freq": 2, "dataset.batch-size": 8}
    made = trained(*words, data=dataroot, runs=tmp_path, budget=4, **FEW, **often)
    lines = [json.loads(line) for line in (made.records / "scalars.jsonl").read_text().splitlines()]
    validated = {key for line in lines for key in line if key.startswith("val/")}
    assert {"val/encoder/loss", "val/encoder/gradient_penalty", "val/generator/latent"} <= validated
    loaded = load_run(made.path, dataroot=str(dataroot))
    assert isinstance(loaded.model, InfoWGAN)
    images = loaded.dataset.batch(torch.arange(3))
    assert torch.equal(loaded.model.reconstruct(images), loaded.model.decode(loaded.model.encode(images)))
    assert sample_images.samples(Inference(loaded.model, loaded.dataset))[1] == "prior"
