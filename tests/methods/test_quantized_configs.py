"""The configs of latent quantisation: what they build, and that each of them trains on three networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import entropy

from disentcli import load_run
from disentcli.config.config_layers import ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.evaluation.model_scores import codebook_use
from disentcli.latents.discrete import DiscreteLatent
from disentcli.latents.latent import Latent
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.inference import Inference
from disentcli.plots import sample_images
from disentcli.runs.run import Run

from ..configs import LIBRARY, sheets, trained

LATENTS = [name for name in LIBRARY.paths if name.startswith("l/")]
FEW = {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 4, "dataset.batch-size": 16}
METHODS = ("m/qlae", "m/qlae-global", "m/vqvae", "m/bioae")
NETWORKS = ("a/conv12", "a/dislib", "a/e/dislib a/d/strc/4")


def settings(names: str, **call: object) -> Settings:
    return Settings([ConfigLayer(call, "command line"), *sheets(*names.split(), "a/size/32")])


def build(names: str, **call: object) -> Autoencoder:
    return settings(names, **call).build("model", input_shape=(1, 32, 32))


def losses(run: Run) -> list[float]:
    lines = map(json.loads, (run.records / "scalars.jsonl").read_text().splitlines())
    return [line["train/loss"] for line in lines if "train/loss" in line]


@pytest.mark.parametrize("networks", NETWORKS)
@pytest.mark.parametrize("method", METHODS)
def test_it_trains_from_its_config(method: str, networks: str, dataroot: Path, tmp_path: Path):
    words = [method, *networks.split(), "d/sprites32"]
    changes = {**FEW, "dataset.batch-size": 8, "validation.freq": 0, "viz.freq": 0, "records.freq": 5}
    if networks == "a/conv12":
        changes |= {"model.encoder.width": 24, "model.decoder.width": 24}  # in place of 64: quicker
    found = losses(trained(*words, data=dataroot, runs=tmp_path, budget=40, **changes))
    assert len(found) == 8
    assert found[-1] < 0.97 * found[0]


@pytest.mark.parametrize(
    ("name", "latent", "decay", "weights"),
    [
        ("m/qlae", "QuantizedLatent", 0.1, {"quantization": 0.01, "commitment": 0.01}),
        ("m/qlae-global", "GlobalQuantizedLatent", 0.1, {"quantization": 0.01, "commitment": 0.01}),
        ("m/vqvae", "VectorQuantizedLatent", 0.01, {"quantization": 1, "commitment": 0.25}),
        ("m/bioae", "PlainLatent", 1e-4, {"nonnegativity": 1, "activity": 0.1}),
    ],
)
def test_configs_hold_the_published_values(name: str, latent: str, decay: float, weights: dict[str, float]):
    model = build(f"{name} a/conv12")
    assert type(model.latent).__name__ == latent
    assert model.weights(0) == {"reconstruction": 1 / 1024, **weights}
    stacked = settings(f"{name} a/conv12")
    optimizer = stacked.build("model.optim", "optimizer")(model.param_groups("model"))
    assert isinstance(optimizer, torch.optim.AdamW)
    assert stacked.get("clip.value") == 1
    assert [(group["lr"], group["weight_decay"]) for group in optimizer.param_groups] == [
        (1e-3, decay),
        (1e-3, 0),
    ]
    assert [(group["betas"], group["eps"]) for group in optimizer.param_groups] == [((0.9, 0.999), 1e-8)] * 2


@pytest.mark.parametrize("name", LATENTS)
def test_a_latent_of_l_may_replace_that_of_a_method(name: str):
    latent = settings(name, **{"latent-dim": 5}).build("model.latent", "latent")
    assert isinstance(latent, Latent)
    assert latent.latent_dim == 5
    words = f"{name} m/qlae a/conv12"
    if latent.discrete:
        assert type(build(words).latent) is type(latent)
    else:
        with pytest.raises(CallError, match=r"qlae needs a latent with codebooks|which qlae does not"):
            build(words)


def test_the_decoder_of_tokens_reads_their_vectors():
    model = build("m/vqvae a/e/conv12 a/d/strc/4")
    assert (model.latent_dim, model.encoder.feature_dim, model.decoder.latent_dim) == (12, 768, 768)
    assert model.generate(2, torch.Generator().manual_seed(0)).shape == (2, 1, 32, 32)


def test_codebooks_may_differ_in_size():
    model = build("m/qlae a/conv12", **{"latent-dim": 3, "model.latent.num-values": [4, 2, 7]})
    assert model.latent.sizes == (4, 2, 7)


@pytest.mark.parametrize("word", ["codebook", "interpolation", "hybrid"])
def test_samplers_stack_on_quantised_latents(word: str):
    model = build(f"{word} m/qlae a/conv12")
    if model.sampler.needs_codes:
        model.sampler.prepare(model.latent.prior(20, torch.Generator().manual_seed(0)))
    codes = model.sample_codes(6, torch.Generator().manual_seed(1))
    assert torch.equal(codes, model.latent.project(codes))
    with pytest.raises(CallError, match="interpolation needs codes with something in between"):
        build("interpolation m/vqvae a/conv12")


@pytest.mark.parametrize("method", ["m/qlae", "m/vqvae"])
def test_a_run_is_loaded_looked_at_and_stepped_through(method: str, dataroot: Path, tmp_path: Path):
    words = [method, "a/dislib", "d/sprites32"]
    made = trained(*words, data=dataroot, runs=tmp_path, budget=2, **FEW, **{"latent-dim": 4})
    loaded = load_run(made.path, dataroot=str(dataroot))
    latent = loaded.model.latent
    assert isinstance(latent, DiscreteLatent)
    inference = Inference(loaded.model, loaded.dataset)
    shown = sample_images.traversals(inference, loaded.splits.val)
    codes = inference.encode(loaded.splits.val)
    used = [len(set(column)) for column in codes.T]
    assert shown["images"].shape == (4, min(16, max(used)), 1, 32, 32)
    assert sample_images.samples(inference)[1] == "prior"
    assert all(count <= size for count, size in zip(used, latent.sizes, strict=True))
    use = codebook_use(inference, loaded.splits.val)
    entropies = [entropy(np.unique(column, return_counts=True)[1]) for column in codes.T]
    assert use["perplexity"] == pytest.approx(np.exp(entropies).mean())
    assert use["least_perplexity"] == pytest.approx(np.exp(min(entropies)))
    assert use["unused"] == pytest.approx(1 - sum(used) / sum(latent.sizes))


def test_a_continuous_latent_has_no_codebooks_to_use(dataroot: Path, tmp_path: Path):
    made = trained("m/bioae", "a/dislib", "d/sprites32", data=dataroot, runs=tmp_path, budget=0, **FEW)
    loaded = load_run(made.path, dataroot=str(dataroot))
    assert codebook_use(Inference(loaded.model, loaded.dataset), loaded.splits.val) == {}
