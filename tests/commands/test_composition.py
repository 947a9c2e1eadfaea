"""CompositionNets by commands: trained, continued, evaluated, reported, and refused with the way out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.splits.splits import subsample_evenly
from disentcli.data.views.triplets import composition_triplets
from disentcli.methods.inference import Inference
from disentcli.runs import checkpoint
from disentcli.runs.load import load_run
from disentcli.runs.run import Run

from .in_process import Place

DATA = ("a/dislib", "d/sprites32")
SMALL = ("--dataset.scales", 2, "--dataset.orientations", 4, "--dataset.positions", 4)
SPLIT = "split/sprites/sqr2tx"
OFTEN = ("--dataset.batch-size", 8, "--checkpoint.freq", 5, "--validation.freq", 5, "--quiet")
FACTORVAE = f"composition m/factorvae hybrid {SPLIT}"
TINY = ("--model.discriminator-hidden", "[8,8]")


def trained(place: Place, name: str, configs: str, *more: object) -> Run:
    """The run of a call that must end well."""
    answer = place.fig("train", *configs.split(), *DATA, *SMALL, *OFTEN, "--name", name, *more)
    assert answer.code == 0, answer.err
    return Run.find(place.runs, name)


@pytest.fixture(scope="module")
def run(place: Place) -> Run:
    """A FactorVAE that composes, without squares in the right half."""
    return trained(place, "whole", FACTORVAE, *TINY, "--budget", 12)


def test_a_run_that_is_continued_ends_bit_for_bit_as_one_that_was_not(place: Place, run: Run) -> None:
    first = trained(place, "parts", FACTORVAE, *TINY, "--budget", 7)
    answer = place.fig("train", "--resume", first.name, "--budget", 12, "--quiet")
    assert answer.code == 0, answer.err
    ends = [checkpoint.load(one) for one in (run, first)]
    for key in ("model", "losses"):
        assert all(torch.equal(ends[0][key][name], one) for name, one in ends[1][key].items())
    assert {name.partition(".")[0] for name in ends[0]["model"]} == {
        *("encoder", "decoder", "operator", "discriminator", "sampler")
    }


@pytest.mark.parametrize("part", ["val", "held-out"])
def test_an_evaluation_scores_composed_images_against_the_true_ones(
    place: Place, run: Run, part: str
) -> None:
    answer = place.fig("eval", "--load", run.name, "--mode", part, "--limit", 40, "--seed", 3)
    assert answer.code == 0, answer.err
    found = json.loads((run.results / f"eval-{part}.json").read_text())["scores"]["composition"]
    loaded = load_run(run.path)
    indices = loaded.splits.part(part, len(loaded.dataset))
    indices = subsample_evenly(indices, 40)
    drawn = composition_triplets(loaded.dataset, loaded.splits.trainable, indices, len(indices), 3)
    assert np.isin(drawn.indices[:, :2], loaded.splits.trainable).all()
    assert np.isin(drawn.indices[:, 2], indices).all()
    reference, command, target = (loaded.dataset.batch(one) for one in drawn.indices.T)
    with torch.no_grad():
        images = loaded.model.eval().compose(reference, command, drawn.changed).double().numpy()
    truth = target.double().numpy()
    squares = ((images - truth) ** 2).sum((1, 2, 3))
    entropies = -(truth * np.log(images) + (1 - truth) * np.log(1 - images)).sum((1, 2, 3))
    assert found["mse_per_image"] == pytest.approx(squares.mean(), rel=1e-5)
    assert found["mse_per_pixel"] == pytest.approx(squares.mean() / 1024, rel=1e-5)
    assert found["bce_per_image"] == pytest.approx(entropies.mean(), rel=1e-5)


def test_a_composing_model_is_measured_encoded_and_reported_as_a_vae_is(
    place: Place, run: Run, tmp_path: Path
) -> None:
    calls = (
        ("eval", "--load", run.name, "--mode", "train", "--limit", 20),
        ("eval-metrics", "--load", run.name, "--metrics", "mig", "--points", 60, "--test-points", 30),
        ("encode", "--load", run.name, "--mode", "held-out", "--out", tmp_path / "codes.npz"),
        ("report", run.name),
    )
    for words in calls:
        answer = place.fig(*words)
        assert answer.code == 0, answer.err
    assert "composition.mse_per_image" in (run.path / "report.html").read_text()
    loaded = load_run(run.path)
    inference = Inference(loaded.model, loaded.items)
    codes = inference.encode(np.arange(5))
    assert inference.respond(codes).shape == codes.shape
    assert loaded.model.generate(3).shape == (3, 1, 32, 32)


@pytest.mark.parametrize("operator", ["interp", "fixint", "mlp"])
def test_an_operator_is_chosen_by_name(place: Place, operator: str) -> None:
    run = trained(place, operator, "m/composition", "--model.operator", operator, "--budget", 1)
    assert run.config()["model"]["operator"]["_type"] == operator
    assert run.config()["view"]["_type"] == "triplets"


def test_the_task_of_2021_has_its_triplets_and_its_objective(place: Place) -> None:
    words = ("--model.operator.trained", "composed", "--budget", 1)
    config = trained(place, "role", "view/triplets-any m/composition", *words).config()
    assert (config["view"]["command"], config["model"]["operator"]["trained"]) == ("any", "composed")


def test_published_objectives_and_networks_stack_with_it(place: Place) -> None:
    for name, method in (("vae", "vae"), ("wae", "wae"), ("factorvae", "factorvae"), ("increased", "vae")):
        answer = place.fig(*f"show composition paper/montero/{name} d/sprites {SPLIT}".split())
        assert answer.code == 0, answer.err
        assert f"_type: {method}" in answer.out


def test_data_without_factors_are_refused(place: Place, tmp_path: Path) -> None:
    np.savez(tmp_path / "plain.npz", images=np.zeros((60, 32, 32, 1), np.uint8))
    words = ("m/composition", "d/array", "--path", tmp_path / "plain.npz", "--budget", 1)
    answer = place.fig("train", *words)
    assert answer.refused("view triplets needs a full grid of factors"), answer


def test_single_images_are_refused_with_the_config_to_stack(place: Place) -> None:
    answer = place.fig("train", "m/vae", *DATA, *SMALL, "--model.operator", "linear", "--budget", 1)
    assert answer.refused("composition-vae learns from 3 images at a time", "view/", "triplets")


def test_too_few_dimensions_for_fixint_are_refused(place: Place) -> None:
    words = ("m/composition", *DATA, *SMALL, "--model.operator", "fixint", "--latent-dim", 3, "--budget", 1)
    assert place.fig("train", *words).refused("fixint", "--latent-dim to 5 or more")
