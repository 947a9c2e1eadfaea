"""Parts that do not go together are refused before a run exists, with the reason and what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from disentcli.config.call_check import check_call
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.console.argv import parse
from disentcli.errors import CallError
from disentcli.methods.method import Method
from disentcli.scripts.train import train

from ..configs import LIBRARY, sheets
from .models import items
from .test_mi_configs import METHODS as MI_METHODS

# words of a call beside its data, what is wrong, what to do
IMAGES = [
    ("m/vae l/quantized", None, None),  # the method's own latent wins: only a warning
    ("l/quantized m/vae", "needs a latent with a KL term, QuantizedLatent has none", "use `gaussian`"),
    ("l/vector-quantized m/vae", "VectorQuantizedLatent has none", "use `gaussian`"),
    ("l/plain m/annealed", "needs a latent with a KL term", "use `gaussian`"),
    ("l/global-quantized m/factorvae", "needs a latent with a KL term", "use `gaussian`"),
    ("l/plain m/hfs", "needs a latent with a KL term", "use `gaussian`"),
    ("l/noisy-clamped m/infovae", "needs a latent with a KL term", "use `gaussian`"),
    ("l/plain m/tcvae", "needs a latent with a KL term", "use `gaussian`"),
    ("l/quantized m/tcvae/mss", "needs a latent with a KL term", "use `gaussian`"),
    ("l/uniform m/dipvae2", "needs a latent with a KL term", "use `gaussian`"),
    ("l/plain m/adagvae view/weak", "needs the Gaussian latent, not PlainLatent", "use `gaussian`"),
    ("l/quantized m/wae", "codes towards a Gaussian", "use `plain` or `gaussian`"),
    ("l/quantized m/swae", "codes towards a Gaussian", "use `plain` or `gaussian`"),
    ("l/plain m/wae/montero", "logvar-wt weighs log-variances", "set it to 0 or use `gaussian`"),
    ("l/gaussian m/ae", "no weight for the kl of GaussianLatent", "use m/vae"),
    ("l/quantized m/ae", "no weight for the quantization and commitment", "use m/qlae"),
    ("l/gaussian m/bioae", "GaussianLatent is another kind", "use the plain latent"),
    ("l/plain m/qlae", "needs a latent with codebooks", "use `quantized`"),
    ("l/gaussian m/vqvae", "needs a latent with codebooks", "`vector-quantized`"),
    ("l/gaussian m/infowgan", "asks for the codes that it drew", "use `uniform` or `quantized`"),
    ("l/plain m/infowgan", "draws its codes from a prior", "use `uniform` or `quantized`"),
    ("l/quantized m/pca", "QuantizedLatent would change the codes", "leave the latent to m/pca"),
    ("a/dislib m/pca", "pca is linear", "leave the networks to m/pca"),
    ("m/infowgan a/kim-bn", "rules batch normalization out", "such as a/qlae"),
    ("m/infowgan a/ladder/12", "reads 13 features", "another encoder"),
    ("codebook m/vae", "GaussianLatent has none", "or stack `hybrid`"),
    ("interpolation m/vqvae", "are tokens", "use `hybrid` or `codebook`"),
    ("m/qlae --model.sampler._type prior", "has a prior of its own", "leave the sampler out"),
    ("a/e/ladder/6 a/d/ladder/4 m/vae", "reads 6 rungs and the decoder has 4", "one a/ladder/N for both"),
    ("a/e/ladder/6 a/d/strc/4 m/vae", None, None),
    ("a/e/ladder/6 m/vqvae", "12 reads 768 features", "or another encoder"),
    ("a/conv16 m/ae", "multiples of 64", "choose another architecture"),
    ("a/hwf m/ae", "sides of 8 n + 13", "choose another architecture"),
    ("a/d/strc/12 m/ae --latent-dim 10", "cannot be cut into 12", "set latent-dim to a multiple"),
    ("m/adagvae", "the data give 1", "a config view/… of 2 images to the left of the data: pairs or weak"),
    ("m/adamlvae view/triplets", "the data give 3", "2 images in place of this one: pairs or weak"),
    ("m/vae view/weak", "1 image at a time, the data give 2", "leave the view out"),
    ("m/vae view/triplets", "1 image at a time, the data give 3", "leave the view out"),
    ("coord a/qlae-dense m/ae", "the encoder qlae-dense has no coord", "leave it out"),
    ("residual a/kim m/ae", "the encoder layers has no residual", "choose other parts"),
    ("residual a/e/conv12 a/d/dislib m/ae", None, None),  # it acts on one of the two
    ("nosplit a/conv12 m/ae", "the decoder conv12 has no split", "choose other parts"),
    ("adain a/conv12 m/ae", "the decoder conv12 has no style-activation", "choose other parts"),
    ("glorot a/burgess m/ae", "the encoder layers has no initialization", "choose other parts"),
    ("a/conv12 distrib-loss m/ae", "the decoder conv12 has no likelihood", "choose other parts"),
    ("l/gaussian-categorical m/vae", "found by decoding, which vae does not", "use m/cascade"),
    ("l/gaussian m/cascade", "has a category beside Gaussian codes", "use `gaussian-categorical`"),
    ("l/gaussian m/lievae", "needs generators of a group, GaussianLatent has none", "use `lie-group`"),
    ("l/lie-group m/factorvae", "regularises what the decoder reads", "use `gaussian`"),
    ("l/lie-group m/wae", "of LieGroupLatent that is not the codes", "use `gaussian`"),
    ("l/lie-group m/vae a/conv12", None, None),
    ("l/quantized m/aae", "those of QuantizedLatent are discrete", "use `plain` or `gaussian`"),
    ("l/lie-group m/aae", "of LieGroupLatent that is not the codes", "use `gaussian`"),
    ("l/plain m/wae-gan", "logvar-wt weighs log-variances", "set it to 0 or use `gaussian`"),
    ("prior/two-moons m/aae --latent-dim 3", "lies in a plane", "set --latent-dim to 2, not 3"),
    ("prior/flower m/aae --latent-dim 1", "lies in two dimensions", "set --latent-dim to 2 or more"),
    ("prior/gaussian m/vae", "the model vae has no prior", "leave it out"),
    ("l/gaussian m/absae", "GaussianLatent draws them", "use `plain`"),
    ("l/quantized m/absae", "takes them from a codebook", "use `plain`"),
    ("m/absae/relational", "is a second stage", "with --shared RUN"),
    ("eval/3ds m/ae", "reads ident or metrics", "leave it out"),
]  # fmt: skip
VECTORS = [
    ("a/dislib m/ae", "dislib is for images", "use conv12"),
    ("a/burgess m/ae", "not vectors of 100 numbers", "use conv12 or qlae-dense"),
    ("a/e/qlae-dense a/d/qlae-style m/ae", "is for images", "use conv12"),
    ("a/e/qlae-dense a/d/sbd4 m/ae", "is for images", "use conv12"),
    ("coord a/conv12 m/ae", "is for images", "use conv12"),
    ("a/d/beta m/ae", "is for images", "use conv12"),
    ("m/pca --latent-dim 500", "directions in", "set --latent-dim lower than 500"),
]


def on(data: str, words: str) -> str:
    """The call with its data, before the first --key."""
    configs, *rest = words.partition(" --")
    return "".join([configs, " ", data, *rest])


CASES = [
    *((on("d/sprites32", words), reason, remedy) for words, reason, remedy in IMAGES),
    *((on("d/vec", words), reason, remedy) for words, reason, remedy in VECTORS),
    ("m/vae d/cmnist --dataset.root tests/data", "1 image at a time, the data give 2", "take other data"),
]
SMALL = {
    "d/sprites32": {"dataset.scales": 2, "dataset.orientations": 3, "dataset.positions": 4},
    "d/vec": {"dataset.count": 400},
}


def called(words: str, data: Path, runs: Path) -> Settings:
    """The settings of `fig train <words>` for one step on little data."""
    typed = parse(["train", *words.split()])
    usual = {"dataroot": str(data), "saveroot": str(runs), "budget": 1, "quiet": True, "device": "cpu"}
    call = {**usual, "dataset.batch-size": 4, **SMALL.get(typed.positionals[-1], {}), **typed.arguments}
    stacked = [ConfigLayer(call, COMMAND_LINE), *sheets(*typed.positionals)]
    return Settings(stacked, script="train", argv=["train"], configs=typed.positionals, library=LIBRARY)


def start(settings: Settings) -> int:
    """The call as it is run: checked whole, then trained."""
    check_call(settings)
    return train(settings)


@pytest.mark.parametrize(("words", "reason", "remedy"), CASES, ids=[words for words, *_ in CASES])
def test_it_is_refused_with_the_reason_and_the_way_out(
    words: str, reason: str | None, remedy: str | None, dataroot: Path, tmp_path: Path
):
    settings = called(words, dataroot, tmp_path)
    if reason is None:
        assert start(settings) == 0
        return
    with pytest.raises(CallError) as refused:
        start(settings)
    assert reason in str(refused.value)
    assert remedy in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_config_that_others_override_is_told(
    dataroot: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    settings = called("m/vae l/quantized a/dislib d/sprites32", dataroot, tmp_path)
    start(settings)
    said = caplog.text
    assert "l/quantized has no effect: config/m/vae.yaml wins over it; put it further left" in said
    assert "m/vae has" not in said
    assert "a/dislib has" not in said


def attempt(names: list[str], shape: tuple[int, ...], ask: Callable[[Method], object]) -> str:
    """`fits`, or the message of the refusal; any other exception is a test's failure."""
    small = {"model": {"discriminator_hidden": [4], "encoder": {"hidden": [4]}, "decoder": {"hidden": [4]}}}
    if len(shape) == 1:
        small["model"]["encoder"]["width"] = small["model"]["decoder"]["width"] = 8
    try:
        stacked = [ConfigLayer(small, "test"), *sheets(*names)]
        ask(Settings(stacked).build("model", input_shape=shape, dataset_size=1000, factor_sizes=(2, 3)))
    except CallError as refused:
        return str(refused)
    return "fits"


def compute_every_term(model: Method) -> None:
    """Each player's losses for one batch have weights, and are scalars."""
    shape = model.encoder.input_shape if hasattr(model, "encoder") else model.decoder.output_shape
    x = items(model, shape, 4)
    noise = model.noise(4 * model.codes_per_item, torch.Generator().manual_seed(0))
    for player in model.player_parameters():
        terms = model.losses(x, noise, player)
        assert set(terms) <= set(model.weights(0))
        assert all(term.ndim == 0 for term in terms.values())


def of(prefix: str) -> list[str]:
    """The configs of a group, those of folders within it as well."""
    return [name for name in LIBRARY.paths if name.startswith(f"{prefix}/")]


AUTOENCODERS = [name for name in of("m") if name not in MI_METHODS]


@pytest.mark.parametrize("method", AUTOENCODERS)
def test_a_method_takes_a_latent_or_refuses_it(method: str):
    for latent in of("l"):
        found = attempt([latent, method, "a/conv12", "a/size/vec"], (12,), compute_every_term)
        remedies = "use (`|m/|the plain latent)|leave the (latent|base out)"
        assert found == "fits" or re.search(remedies, found), (latent, found)
    assert attempt([method, "a/conv12", "a/size/vec"], (12,), compute_every_term) == "fits"


@pytest.mark.parametrize("sampler", ["hybrid", "codebook", "interpolation"])
def test_a_sampler_takes_a_method_or_refuses_it(sampler: str):
    for method in AUTOENCODERS:
        found = attempt([sampler, method, "a/conv12", "a/size/vec"], (12,), lambda model: None)
        remedies = "stack `hybrid`|use `hybrid` or `codebook`"
        assert found == "fits" or (sampler != "hybrid" and re.search(remedies, found)), (method, found)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 64, 64), (1, 45, 45), (12,)], ids=str)
@pytest.mark.parametrize("encoder", of("a/e"))
def test_an_encoder_meets_a_decoder_and_a_method_or_refuses_them(encoder: str, shape: tuple[int, ...]):
    size = "vec" if len(shape) == 1 else str(shape[1])
    others = [
        *([decoder, "m/vae"] for decoder in of("a/d")),
        *(["a/d/qlae-dense", one] for one in AUTOENCODERS),
    ]
    with torch.device("meta"):
        for names in others:
            found = attempt([encoder, *names, f"a/size/{size}"], shape, lambda model: None)
            assert found == "fits" or any(word in found for word in ("use ", "choose ", "take ", "leave "))
