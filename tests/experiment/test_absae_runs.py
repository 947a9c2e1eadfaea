"""`m/absae` by its commands: trained, resumed in either stage, from a run, evaluated, drawn, and refused."""

from __future__ import annotations

import json
import multiprocessing
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli import load_run
from disentcli.methods.absae import AbsAE
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run

from ..commands.in_process import Answer, Place
from .killed_fig import killed_before_step

METHODS = ["m/absae", "m/absae/relational"]
IMAGES = (
    "d/sprites32 --dataset.scales 2 --dataset.orientations 3 --dataset.positions 4 --dataset.batch-size 16 "
    "--latent-dim 3 --logger none --quiet"
)
NETWORKS = (
    "--model.relation-learner._type mlp --model.relation-learner.hidden [8] --model.discriminator-hidden [8] "
    "--model.entities.shape 3 --model.entities.x-position 2"
)
DATA = f"{IMAGES} {NETWORKS}"
STAGES = "--model.warm-up-steps 4"
FIRST = f"train a/conv12 m/absae {DATA} {STAGES}"
CALLS = {
    "usual": f"{FIRST} --model.refit-interval 3 --split.labels 100",
    "true": f"{FIRST} --model.label-policy true --model.pairing transport",
    "frozen": f"{FIRST} --model.freeze-encoder yes --model.relation-learner._type residual --split.labels 90",
}
BUDGET = 9
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.experiment.killed_fig"])


def fig(place: Place, words: str) -> Answer:
    answer = place.fig(*words.split())
    assert answer.code == 0, answer.err
    return answer


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """A run of each kind, through both stages."""
    made = Place(tmp_path_factory.mktemp("absae"), dataroot)
    for name, words in CALLS.items():
        fig(made, f"{words} --budget {BUDGET} --name {name}")
    return made


def found(place: Place, name: str) -> Run:
    return Run.find(place.runs, name)


def model(place: Place, name: str) -> tuple[AbsAE, object]:
    run = load_run(found(place, name).path, dataroot=place.data)
    assert isinstance(run.model, AbsAE)
    return run.model, run


@pytest.mark.parametrize("stopped", [2, 4, 8], ids=["warm-up", "switch", "relational"])
def test_it_resumes_to_the_bit_in_either_stage(stopped: int, place: Place) -> None:
    name = f"stopped-{stopped}"
    fig(place, f"{CALLS['usual']} --budget {stopped} --name {name}")
    fig(place, f"train --resume {name} --budget {BUDGET} --quiet")
    assert_ended_alike(place, "usual", name)


@pytest.mark.kill
@pytest.mark.parametrize(
    ("killed", "kept"), [(3, 2), (4, 4), (7, 6)], ids=["warm-up", "switch", "relational"]
)
def test_killed_in_either_stage_it_resumes_to_the_bit(killed: int, kept: int, place: Place) -> None:
    name = f"killed-{killed}"
    words = f"{CALLS['usual']} --budget {BUDGET} --checkpoint.freq 2 --name {name}"
    process = SERVER.Process(target=killed_before_step, args=(killed, place.runs, place.data, words))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    run = found(place, name)
    assert (run.status(), checkpoint.steps(run)[-1]) == ("killed", kept)
    fig(place, f"train --resume {name} --quiet")
    assert run.status() == "completed"
    assert_ended_alike(place, "usual", name)


def assert_ended_alike(place: Place, *names: str) -> None:
    """Both runs have the same weights, moments of the optimisers and noise to the bit."""
    whole, resumed = (checkpoint.load(found(place, one)) for one in names)
    assert whole["model"].keys() == resumed["model"].keys()
    for part, value in whole["model"].items():
        assert torch.equal(value, resumed["model"][part]), part
    torch.testing.assert_close(whole["optimizers"], resumed["optimizers"], rtol=0, atol=0)
    assert torch.equal(whole["noise"]["state"], resumed["noise"]["state"])


def test_regions_are_fitted_to_the_labelled_images_alone(place: Place) -> None:
    of, run = model(place, "frozen")  # whose encoder is that of the switch
    labelled = run.splits.labelled
    assert len(labelled) == 90
    codes = run.encode(np.sort(labelled)).double()
    entities = of.entities.of_factors(torch.from_numpy(run.dataset.factors(np.sort(labelled))))
    assert of.is_fitted
    for k in range(of.entities.count):
        torch.testing.assert_close(
            of.prior.means[k].double(), codes[entities == k].mean(0), atol=1e-5, rtol=1e-5
        )


def test_losses_of_both_stages_are_recorded(place: Place) -> None:
    fig(place, f"{CALLS['usual']} --budget {BUDGET} --name recorded --records.freq 1 --validation.freq 1")
    rows = read_scalars(found(place, "recorded").records)
    of_stage = [{key.partition("/")[2] for key in rows[step] if key.startswith("val/")} for step in (3, 4)]
    game = {"loss", "reconstruction", "generator/loss", "generator/adversarial"}
    game |= {"discriminator/loss", "discriminator/cross_entropy"}
    relations = {"relations/loss", "relations/relation", "relations/floor"}
    assert of_stage == [game, game | relations]
    floors = [rows[step]["train/relations/floor"] for step in range(4, BUDGET)]
    assert floors[0] == floors[2] != floors[3] == floors[4]  # fitted again after three steps
    assert found(place, "recorded").info()["best_step"] > 4


@pytest.mark.parametrize("first", ["m/absae", "m/ae"])
def test_the_second_stage_goes_on_from_a_run(first: str, place: Place) -> None:
    name = first.replace("/", "-")
    data = DATA if first == "m/absae" else IMAGES
    fig(place, f"train a/conv12 {first} {data} --budget 3 --name first-{name}")
    second = f"train a/conv12 m/absae/relational {DATA} --shared first-{name}"
    fig(place, f"{second} --budget 1 --name second-{name}")
    before, after = (checkpoint.load(found(place, f"{one}-{name}"))["model"] for one in ("first", "second"))
    of, _ = model(place, f"second-{name}")
    assert of.is_fitted
    assert "shared" not in found(place, f"second-{name}").config()
    running = [part for part in before if part.startswith("decoder.")]
    assert running
    assert all((before[part] - after[part]).abs().max() < 1e-3 for part in running)  # one step away
    fig(place, f"train --resume second-{name} --budget 2 --quiet")


def test_a_second_stage_needs_a_run(place: Place) -> None:
    answer = place.fig(*f"train a/conv12 m/absae/relational {DATA} --budget 1".split())
    assert answer.refused("second stage", "m/absae or another autoencoder", "--shared RUN"), answer.err
    answer = place.fig(*f"{FIRST} --shared usual --budget 1".split())
    assert answer.refused("--shared usual", "m/absae/relational"), answer.err


def test_data_without_factors_are_refused_with_the_reason(place: Place) -> None:
    np.savez(place.runs / "images.npz", images=np.full((300, 32, 32, 1), 9, dtype=np.uint8))
    words = f"train a/conv12 m/absae d/array --path {place.runs / 'images.npz'} --budget 1 --quiet"
    answer = place.fig(*words.split())
    assert answer.refused("absae learns from the factors", "take data with factors"), answer.err


def test_too_few_labels_are_refused_before_anything_is_trained(place: Place) -> None:
    answer = place.fig(*f"{FIRST} --split.labels 8 --budget 1 --name few".split())
    assert answer.refused("labelled images or more", "of 8", "--split.labels"), answer.err
    assert not list(place.runs.glob("few_*"))


def test_results_figures_and_reports_are_made(place: Place) -> None:
    fig(place, "eval --load usual --quiet")
    scores = json.loads((found(place, "usual").results / "eval-val.json").read_text())["scores"]
    assert scores["losses"]["relations/floor"] > 0
    fig(place, "eval-metrics --load usual --metrics mig --mode val --preset fast --quiet")
    fig(place, "figures --load usual --only reconstructions,samples --quiet")
    fig(place, "report usual")
    assert "parameters" in fig(place, "show --load usual").out
