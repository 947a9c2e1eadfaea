"""The architecture and method configs: together with a size they build the published models."""

from __future__ import annotations

import inspect

import pytest
import torch

from disentcli.config.coercion import CliText
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.config_store import installed_folder, summary
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.methods.autoencoder import Autoencoder
from disentcli.registry import catalog

from ..configs import LIBRARY, sheets

MODIFIERS = (
    "adain",
    "codebook",
    "coord",
    "distrib-loss",
    "glorot",
    "hybrid",
    "interpolation",
    "nosplit",
    "residual",
)
OURS = [name for name in LIBRARY.paths if name.split("/")[0] in ("a", "l", "m", *MODIFIERS)]
SHAPES = {"32": (3, 32, 32), "45": (1, 45, 45), "64": (3, 64, 64), "128": (3, 128, 128), "vec": (100,)}


def build(names: str, size: str) -> Autoencoder:
    return Settings(sheets(*names.split(), f"a/size/{size}")).build("model", input_shape=SHAPES[size])


def count(model: Autoencoder) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("names", "size", "parameters"),
    [
        ("a/conv12 m/ae", "64", 1_022_671),
        ("a/conv12 m/vae", "64", 1_024_219),
        ("a/e/conv12 a/d/strc/12 m/ae", "64", 1_221_967),
        ("a/e/conv12 a/d/strc/6 m/ae", "64", 1_072_591),
        ("a/e/conv12 a/d/strc/4 m/ae", "64", 1_022_799),
        ("a/e/conv12 a/d/strc/3 m/ae", "64", 997_903),
        ("a/e/conv12 a/d/strc/2 m/ae", "64", 973_007),
        ("nosplit a/e/conv12 a/d/strc/12 m/ae", "64", 1_230_415),
        ("a/e/conv12 a/d/strc/12 m/ae nosplit", "64", 1_230_415),
        ("a/conv16 m/ae", "128", 5_311_139),
        ("a/conv16 m/vae", "128", 5_315_267),
        ("a/e/conv16 a/d/strc/16 m/ae", "128", 6_597_411),
        ("nosplit a/e/conv16 a/d/strc/16 m/ae", "128", 6_628_131),
        ("a/hwf m/ae", "45", 569_320 + 569_760),
        ("coord a/conv12 m/ae", "64", 1_025_871),
        ("a/conv12 m/ae residual", "64", 1_022_671),
        ("a/burgess m/vae", "64", 504_055 + 4 * 257 + 2 * 256),
        ("a/qlae m/ae", "64", 7_651_660),
        ("a/qlae adain m/ae", "64", 7_651_660),
        ("a/qlae m/vae", "64", 7_654_744),
        ("a/qlae-small m/ae", "64", 6_958_476 + 7_948_352),
        (
            "a/e/conv a/e/small a/d/conv12 m/ae",
            "64",
            64 * 75 + 64 + 4 * (64 * 64 * 9 + 64) + 5 * 128 + 100_236 + 509_827,
        ),
        ("a/e/qlae a/d/qlae-dense m/ae", "64", 3_684_524 + 37_810_176),
        ("a/e/qlae-small a/d/qlae-style m/ae", "64", 6_958_476 + 3_967_136),
        ("a/d/qlae a/qlae-small m/ae", "64", 6_958_476 + 4_277_664),
        ("a/conv12 m/ae", "vec", 114_416),
        ("a/e/conv12 a/d/strc/12 m/ae", "vec", 210_864),
        ("a/ladder/12 m/vae", "64", 1_046_859),
        ("a/ladder/6 m/vae", "64", 940_299),
        ("a/ladder/4 m/vae", "64", 904_779),
        ("a/ladder/3 m/vae", "64", 887_019),
        ("a/ladder/2 m/vae", "64", 869_259),
        ("a/e/ladder/12 a/d/ladder/12 m/vae", "64", 1_046_859),
        ("a/ladder/16 m/vae", "128", 5_881_763),
        ("a/ladder/12 m/vae", "vec", 158_588),
    ],
)
def test_configs_build_the_published_models(names: str, size: str, parameters: int):
    assert count(build(names, size)) == parameters


PAIRS = [
    name
    for name in LIBRARY.paths
    if name.startswith("a/") and name.count("/") == 1 and name not in ("a/conv16", "a/hwf", "a/pianoroll")
]
ENCODERS = ["small", "abdi-supervised"]
DECODERS = [
    "beta",
    "sbd3",
    "sbd4",
    "sbd5",
    "gt-burgess",
    "gt-abdi",
    "gt-deep",
    "gt-deep-bn",
    "qlae-style",
    "strc/12",
]


@pytest.mark.parametrize(
    "names",
    [
        *PAIRS,
        *(f"a/ladder/{rungs}" for rungs in (2, 3, 4, 6, 12)),
        "a/e/ladder/6 a/d/strc/4",
        *(f"a/conv12 a/e/{one}" for one in ENCODERS),
        *(f"a/conv12 a/d/{one}" for one in DECODERS),
    ],
)
@pytest.mark.parametrize("size", ["32", "64"])
def test_every_architecture_meets_every_size_that_fits(names: str, size: str):
    with torch.device("meta"):
        model = build(f"{names} m/vae", size)
        model.losses(torch.rand(2, *SHAPES[size]), torch.zeros(2, 12))
    assert model.latent_dim == 12
    assert model.encoder.input_shape == model.decoder.output_shape == SHAPES[size]


@pytest.mark.parametrize("names", PAIRS)
def test_every_architecture_takes_vectors_or_refuses_them_with_the_reason(names: str):
    takes_vectors = ("conv", "conv12", "qlae-dense", "higgins", "chen-mlp", "dislib-fc", "leeb-mlp")
    with torch.device("meta"):
        if names.removeprefix("a/") in takes_vectors:
            model = build(f"{names} m/ae", "vec")
            assert model.reconstruct(torch.rand(2, 100)).shape == (2, 100)
            return
        with pytest.raises(CallError, match=r"is for images, the data are vectors of 100|not vectors of 100"):
            build(f"{names} m/ae", "vec")


def test_a_decoder_that_cannot_make_the_images_of_a_dense_encoder_is_refused():
    with pytest.raises(CallError, match="multiples of 16; the data gives 28×28"):
        Settings(sheets("a/e/qlae-dense", "a/d/qlae-style", "m/ae", "a/size/32")).build(
            "model", input_shape=(1, 28, 28)
        )


def test_vectors_learn_faster():
    assert Settings(sheets("a/size/vec")).get("model.optim.lr") == 1e-3


@pytest.mark.parametrize("names", ["hybrid a/conv12 m/ae", "a/conv12 m/ae hybrid"])
def test_hybrid_may_stand_anywhere(names: str):
    assert build(names, "32").sampler.needs_codes


def test_the_command_line_may_set_what_bears_the_name_of_a_component():
    call = ConfigLayer({"model.decoder.split": CliText("no")}, COMMAND_LINE)
    stacked = sheets("a/e/conv12", "a/d/strc/12", "m/ae", "a/size/64")
    assert count(Settings([call, *stacked]).build("model", input_shape=(3, 64, 64))) == 1_230_415


def test_no_other_config_sets_what_the_modifiers_set():
    for name in OURS:
        model = LIBRARY.read(LIBRARY.find(name)).get("model", {})
        assert name in MODIFIERS or "sampler" not in model
        assert name == "nosplit" or "split" not in model.get("decoder", {})


def test_weights_come_from_the_root():
    assert build("m/vae a/conv12", "32").weights(0) == {"reconstruction": 1, "kl": 1}
    root = ConfigLayer({"reg-wt": 4, "latent-dim": 5}, "command line")
    settings = Settings([root, *sheets("m/vae", "a/conv12", "a/size/32")])
    model = settings.build("model", input_shape=(1, 32, 32))
    assert (model.weights(0)["kl"], model.latent_dim, model.encoder.feature_dim) == (4, 5, 10)


@pytest.mark.parametrize("name", OURS)
def test_every_config_says_what_it_is(name: str):
    assert 20 < len(summary(LIBRARY.paths[name])) < 130


@pytest.mark.parametrize("size", sorted(SHAPES))
def test_sizes_set_only_what_some_component_reads(size: str):
    for kind, node in LIBRARY.read(installed_folder() / f"a/size/{size}.yaml")["model"].items():
        if kind in ("encoder", "decoder"):
            components = [catalog.resolve(kind, entry.name) for entry in catalog.entries(kind)]
            known = {key for component in components for key in inspect.signature(component).parameters}
            assert set(node) <= known


def test_a_latent_that_the_transforms_cannot_share_is_refused():
    sheet = ConfigLayer({"latent-dim": 10}, "command line")
    stacked = [sheet, *sheets("a/e/conv12", "a/d/strc/12", "m/ae", "a/size/64")]
    with pytest.raises(CallError, match="a latent of 10 cannot be cut into 12"):
        Settings(stacked).build("model", input_shape=(3, 64, 64))


@pytest.mark.parametrize("names", ["a/ladder/12", "a/e/ladder/12 a/d/conv12", "a/e/conv12 a/d/ladder/12"])
def test_a_latent_that_the_rungs_cannot_share_is_refused(names: str):
    sheet = ConfigLayer({"latent-dim": 10}, "command line")
    stacked = [sheet, *sheets(*names.split(), "m/vae", "a/size/64")]
    with pytest.raises(CallError, match=r"a latent of 10 cannot be cut into 12 .* take another a/ladder/N"):
        Settings(stacked).build("model", input_shape=(3, 64, 64))
