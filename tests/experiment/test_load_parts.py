"""One half of a trained model kept, the other drawn anew: parts, commands, and what is refused."""

from __future__ import annotations

import shutil
from math import sqrt
from pathlib import Path

import pytest
import torch
from torch import Tensor

from disentcli.errors import CallError, DisentError
from disentcli.experiment.load_parts import LoadedParts, load_parts
from disentcli.methods.freezing import freeze
from disentcli.runs import checkpoint
from disentcli.runs.run import Run

from ..commands.in_process import Answer, Place
from ..methods.family import small
from ..methods.models import small_ae, small_qlae, small_vae

IMAGE = (1, 32, 32)
DATA = "d/sprites32 --split.subset 400 --dataset.batch-size 16 --logger none"


def parts_of(weights: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name: value for name, value in weights.items() if name.startswith(f"{part}.")}


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_all_is_loaded_into_a_model_of_the_same_parts() -> None:
    model, trained = small_vae(seed=0), small_vae(seed=1).state_dict()
    found = load_parts(model, trained, "RUN", ())
    assert equal(model.state_dict(), trained)
    assert found == LoadedParts(("encoder", "decoder"), (), ())
    assert found.describe("RUN") == ""


@pytest.mark.parametrize(("anew", "kept"), [("encoder", "decoder"), ("decoder", "encoder")])
def test_a_part_that_is_drawn_anew_stays_as_the_model_was_built(anew: str, kept: str) -> None:
    model, trained = small_vae(seed=0), small_vae(seed=1).state_dict()
    found = load_parts(model, trained, "RUN", (anew,))
    assert equal(parts_of(model.state_dict(), kept), parts_of(trained, kept))
    assert equal(parts_of(model.state_dict(), anew), parts_of(small_vae(seed=0).state_dict(), anew))
    assert found.describe("RUN") == f"{kept} from RUN; drawn anew: {anew}"


def test_a_part_inside_a_part_may_be_drawn_anew() -> None:
    model, trained = small_vae(seed=0), small_vae(seed=1).state_dict()
    inner = next(name for name, module in model.encoder.named_children() if [*module.parameters()])
    load_parts(model, trained, "RUN", (f"encoder.{inner}",))
    fresh = small_vae(seed=0).state_dict()
    for name, value in model.state_dict().items():
        source = fresh if name.startswith(f"encoder.{inner}.") else trained
        assert torch.equal(value, source[name]), name


def test_what_the_run_has_beside_the_parts_of_the_model_is_left_out_and_named() -> None:
    model, trained = small_vae(IMAGE, seed=0), small("factorvae", IMAGE, seed=1)
    found = load_parts(model, trained.state_dict(), "RUN", ())
    assert equal(
        model.state_dict(),
        {**parts_of(trained.state_dict(), "encoder")} | parts_of(trained.state_dict(), "decoder"),
    )
    assert found.describe("RUN") == "encoder, decoder from RUN; left out of what it has: discriminator"


def test_a_discriminator_that_the_run_lacks_is_drawn_anew_and_named() -> None:
    model = small("factorvae", IMAGE, seed=0)
    found = load_parts(model, small_vae(IMAGE, seed=1).state_dict(), "RUN", ())
    assert found.describe("RUN") == "encoder, decoder from RUN; drawn anew: discriminator"


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_network_that_the_run_lacks_is_an_error_unless_it_is_to_be_drawn_anew(part: str) -> None:
    trained = {name: one for name, one in small_vae(seed=1).state_dict().items() if not name.startswith(part)}
    model, before = small_vae(seed=0), small_vae(seed=0).state_dict()
    with pytest.raises(CallError, match=rf"RUN has no {part}, which vae needs.*reinitialize \[{part}\]"):
        load_parts(model, trained, "RUN", ())
    assert equal(model.state_dict(), before)
    load_parts(model, trained, "RUN", (part,))


def test_codebooks_that_the_run_lacks_are_an_error() -> None:
    trained = {k: v for k, v in small_qlae(seed=1).state_dict().items() if not k.startswith("latent")}
    with pytest.raises(CallError, match="RUN has no latent"):
        load_parts(small_qlae(seed=0), trained, "RUN", ())


def test_weights_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(DisentError, match="do not fit this model"):
        load_parts(small_vae(), small_ae().state_dict(), "RUN", ())
    with pytest.raises(CallError, match="RUN has none of the parts of vae"):
        load_parts(small_vae(), {"other.weight": torch.zeros(1)}, "RUN", ("encoder", "decoder"))
    with pytest.raises(CallError, match="unknown part 'decodr'"):
        load_parts(small_vae(), small_vae().state_dict(), "RUN", ("decodr",))


def test_a_part_that_is_drawn_anew_cannot_be_frozen() -> None:
    model = small_vae()
    freeze(model, ["decoder"], 10)
    with pytest.raises(CallError, match="decoder is drawn anew and frozen"):
        load_parts(model, small_vae().state_dict(), "RUN", ("decoder",))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """A VAE of four steps, and its decoder trained anew for four."""
    place = Place(tmp_path_factory.mktemp("retrained"), dataroot)
    fig(place, f"train a/kim m/vae {DATA} --budget 4 --name first --quiet")
    fig(place, "train retrain/decoder --load first --seed 3 --budget 4 --logger none --name anew --quiet")
    return place


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A copy that a test may change."""
    shutil.copytree(made.runs, tmp_path / "runs")
    return Place(tmp_path / "runs", made.data)


def fig(place: Place, words: str) -> Answer:
    answer = place.fig(*words.split())
    assert answer.code == 0, answer.err
    return answer


def weights(place: Place, name: str, step: int | str = "last") -> dict[str, Tensor]:
    return checkpoint.load(Run.find(place.runs, name), step)["model"]


def test_the_frozen_half_is_kept_and_the_other_drawn_from_the_seed_and_trained(made: Place) -> None:
    for step in (0, 4):
        kept = parts_of(weights(made, "anew", step), "encoder")
        assert equal(kept, parts_of(weights(made, "first"), "encoder"))
    start, end = (parts_of(weights(made, "anew", step), "decoder") for step in (0, 4))
    changed = [name for name in start if not torch.equal(start[name], end[name])]
    assert changed == list(start)
    run, info = Run.find(made.runs, "anew"), Run.find(made.runs, "anew").info()
    assert run.config()["model"]["reinitialize"] == ["decoder"]
    assert run.config()["model"]["frozen"] == ["encoder", "latent"]
    assert info["loaded"] == {"run": Run.find(made.runs, "first").name, "step": 4}


def test_new_layers_are_those_of_a_new_run_of_the_seed_drawn_as_published(place: Place) -> None:
    """He's uniform distribution, of weights within √(6 / fan-in), and PyTorch's own biases."""
    fig(place, f"train a/kim m/vae {DATA} --budget 0 --seed 3 --name fresh --quiet")
    anew = parts_of(weights(place, "anew", 0), "decoder")
    assert equal(anew, parts_of(weights(place, "fresh"), "decoder"))
    matrix = anew["decoder.layers.2.weight"]  # linear, from 256
    bound = sqrt(6 / 256)
    assert 0.99 * bound < matrix.abs().max() <= bound
    assert anew["decoder.layers.2.bias"].abs().max() <= 1 / sqrt(256)


def test_retraining_resumes_to_the_bit(place: Place) -> None:
    fig(place, "train --resume anew --budget 7 --quiet")
    fig(place, "train retrain/decoder --load first --seed 3 --budget 7 --logger none --name whole --quiet")
    assert equal(weights(place, "anew"), weights(place, "whole"))
    answer = place.fig("train", "retrain/encoder", "--resume", "anew", "--budget", "9")
    assert answer.refused("model.", "['encoder'", "--load"), answer.err


def test_a_run_from_a_retrained_one_draws_nothing_anew_unless_the_call_says_so(place: Place) -> None:
    fig(place, "train --load anew --budget 0 --logger none --name more --quiet")
    assert equal(weights(place, "more"), weights(place, "anew"))
    assert "reinitialize" not in Run.find(place.runs, "more").config()["model"]
    said = fig(place, "train retrain/encoder --load anew --budget 2 --logger none --name other")
    assert "decoder from anew_" in said.out
    assert "drawn anew: encoder" in said.out
    assert equal(parts_of(weights(place, "other"), "decoder"), parts_of(weights(place, "anew"), "decoder"))


def test_a_run_of_another_method_gives_the_parts_that_both_have(place: Place) -> None:
    fig(place, "train m/factorvae --load first --budget 0 --logger none --name adversarial --quiet")
    said = fig(place, "train retrain/decoder m/vae --load adversarial --budget 1 --logger none --name back")
    assert "left out of what it has: discriminator" in said.out
    assert equal(parts_of(weights(place, "back"), "encoder"), parts_of(weights(place, "first"), "encoder"))


def test_a_supervised_encoder_starts_from_that_of_a_vae(place: Place) -> None:
    words = "train m/supervised --load first --budget 1 --logger none --name labelled"
    assert place.fig(*words.split()).code == 1  # the last layer has other outputs
    said = fig(place, f"{words} --model.reinitialize encoder.head")
    assert "encoder from first_" in said.out
    assert Run.find(place.runs, "labelled").config()["model"]["encoder"]["feature_dim"] == 5


def test_a_composition_network_gives_its_vae_alone(place: Place) -> None:
    fig(place, f"train a/kim m/composition {DATA} --budget 2 --name composing --quiet")
    said = fig(place, "train retrain/encoder m/vae --load composing --budget 2 --logger none --name alone")
    assert "decoder from composing_" in said.out
    assert "left out of what it has: operator" in said.out
    assert equal(
        parts_of(weights(place, "alone"), "decoder"), parts_of(weights(place, "composing"), "decoder")
    )
    config = Run.find(place.runs, "alone").config()
    assert "view" not in config
    assert config["model"]["operator"] is None
    said = fig(place, "train m/composition --load first --budget 2 --logger none --name other")
    assert "drawn anew: operator" in said.out


def test_the_view_of_another_method_is_left_out(place: Place) -> None:
    fig(place, f"train view/weak a/kim m/adagvae {DATA} --budget 0 --name pairs --quiet")
    fig(place, "train m/vae --load pairs --budget 1 --logger none --name single --quiet")
    assert "view" not in Run.find(place.runs, "single").config()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (f"retrain/decoder a/kim m/vae {DATA}", ("decoder is drawn anew", "--load")),
        ("--load first --model.reinitialize [decodr]", ("unknown part 'decodr'", "did you mean decoder")),
        ("--load first --model.reinitialize 3", ("unknown part '3'", "encoder")),
        ("freeze/decoder --load first --model.reinitialize decoder", ("drawn anew and frozen",)),
    ],
)
def test_what_cannot_be_drawn_anew_is_refused(place: Place, words: str, names: tuple[str, ...]) -> None:
    before = place.names()
    answer = place.fig("train", *words.split(), "--budget", "3")
    assert answer.refused(*names), answer.err
    assert place.names() == before
