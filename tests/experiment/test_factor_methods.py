"""`m/supervised` and `m/decoder` by their commands: trained, resumed, evaluated, drawn, and refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli import load_run
from disentcli.errors import Unsupported
from disentcli.runs import checkpoint
from disentcli.runs.run import Run

from ..commands.in_process import Answer, Place

DATA = "d/sprites32 --split.subset 500 --dataset.batch-size 16 --logger none --quiet"
METHODS = ["m/supervised", "m/decoder"]
CLASSES = "--model.latent.targets classes --model.latent.factor shape"
CALLS = {
    "regression": f"train a/e/kim m/supervised {DATA}",
    "classes": f"train a/e/kim m/supervised {DATA} {CLASSES}",
    "decoder": f"train a/d/kim-bn m/decoder {DATA} --model.input-noise 0.1 --model.latent.one-hot [shape]",
}
FACTORS = ["shape", "scale", "orientation", "x_position", "y_position"]


def fig(place: Place, words: str) -> Answer:
    answer = place.fig(*words.split())
    assert answer.code == 0, answer.err
    return answer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """A run of each kind, of four steps."""
    place = Place(tmp_path_factory.mktemp("labelled"), dataroot)
    for name, words in CALLS.items():
        fig(place, f"{words} --budget 4 --name {name}")
    return place


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A copy that a test may change."""
    shutil.copytree(made.runs, tmp_path / "runs")
    return Place(tmp_path / "runs", made.data)


def state(place: Place, name: str) -> dict[str, Any]:
    return checkpoint.load(Run.find(place.runs, name))


def scores(place: Place, name: str, ident: str) -> dict[str, Any]:
    return json.loads((Run.find(place.runs, name).results / f"{ident}.json").read_text())


@pytest.mark.parametrize("name", CALLS)
def test_it_resumes_to_the_bit(name: str, place: Place) -> None:
    fig(place, f"train --resume {name} --budget 7 --quiet")
    fig(place, f"{CALLS[name]} --budget 7 --name whole")
    resumed, whole = state(place, name), state(place, "whole")
    for part, value in resumed["model"].items():
        assert torch.equal(value, whole["model"][part]), part
    assert torch.equal(resumed["noise"]["state"], whole["noise"]["state"])


def test_real_numbers_are_predicted_and_decoded_in_units_of_training_images(place: Place) -> None:
    data = "d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --logger none --quiet"
    fig(place, f"train a/e/conv12 m/supervised {data} --budget 2 --name numbers")
    fig(
        place, f"train a/d/conv12 m/decoder {data} --model.latent.inputs normalized --budget 2 --name vectors"
    )
    for name in ("numbers", "vectors"):
        run = load_run(Run.find(place.runs, name).path, dataroot=place.data)
        factors = run.dataset.factors(run.splits.train)
        assert run.dataset.factor_sizes == (0,) * factors.shape[1]
        np.testing.assert_allclose(run.model.latent.mean, factors.mean(0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(run.model.latent.range, np.ptp(factors, axis=0), rtol=1e-5)
    fig(place, "eval --load numbers --quiet")
    found = scores(place, "numbers", "eval-val")
    assert found["scores"]["factors"]["accuracy"] is None
    assert "real number" in found["reasons"]["factors.accuracy.node_0"]
    assert found["scores"]["factors"]["r2.node_0"] is not None


@pytest.mark.parametrize("name", CALLS)
def test_it_learns(name: str, place: Place) -> None:
    fig(place, f"train --resume {name} --budget 40 --validation.freq 20 --quiet")
    assert Run.find(place.runs, name).info()["best_step"] > 4


@pytest.mark.parametrize("name", ["regression", "decoder"])
def test_data_without_factors_are_refused_with_the_reason(name: str, place: Place) -> None:
    np.savez(place.runs / "images.npz", images=np.full((300, 32, 32, 1), 9, dtype=np.uint8))
    words = CALLS[name].replace(
        DATA, f"d/array --path {place.runs / 'images.npz'} --dataset.batch-size 16 --quiet"
    )
    answer = place.fig(*words.split(), "--budget", "1")
    assert answer.refused("factors", "take data with factors"), answer.err


def test_predictions_are_scored_factor_by_factor(place: Place) -> None:
    fig(place, "eval --load regression --mode test --quiet")
    found = scores(place, "regression", "eval-test")["scores"]["factors"]
    assert list(found) == [
        *("r2", *(f"r2.{name}" for name in FACTORS)),
        *("accuracy", *(f"accuracy.{name}" for name in FACTORS)),
    ]
    run = load_run(Run.find(place.runs, "regression").path, dataroot=place.data)
    indices = run.splits.test
    outputs, factors = run.encode(indices).double().numpy(), run.dataset.factors(indices)
    sizes = np.array(run.dataset.factor_sizes)
    for k, name in enumerate(FACTORS):  # of numbers that are evenly spaced: classes in any unit
        place_of = outputs[:, k] * (sizes[k] - 1) + (sizes[k] - 1) / 2
        error = np.square(place_of - factors[:, k]).mean() / factors[:, k].var()
        assert found[f"r2.{name}"] == pytest.approx(1 - error, abs=1e-4)
        nearest = np.abs(place_of[:, None] - np.arange(sizes[k])).argmin(axis=1)
        assert found[f"accuracy.{name}"] == pytest.approx((nearest == factors[:, k]).mean())
    assert found["r2"] == pytest.approx(np.mean([found[f"r2.{name}"] for name in FACTORS]))


def test_classes_are_scored_by_the_most_probable_one(place: Place) -> None:
    fig(place, "eval --load classes --mode test --quiet")
    found = scores(place, "classes", "eval-test")["scores"]["factors"]
    assert list(found) == ["r2", "r2.shape", "accuracy", "accuracy.shape"]
    run = load_run(Run.find(place.runs, "classes").path, dataroot=place.data)
    right = run.encode(run.splits.test).numpy().argmax(axis=1) == run.dataset.factors(run.splits.test)[:, 0]
    assert found["accuracy.shape"] == pytest.approx(right.mean())


def test_a_factor_with_one_value_in_the_part_has_no_r2_and_the_reason_is_there(place: Place) -> None:
    words = CALLS["regression"].replace("d/sprites32", "split/sprites/sqr2tx d/sprites32")
    fig(place, f"{words} --budget 2 --name held")
    fig(place, "eval --load held --mode held-out --quiet")
    found = scores(place, "held", "eval-held-out")
    assert found["scores"]["factors"]["r2.shape"] is None
    assert found["scores"]["factors"]["accuracy.shape"] is not None
    assert "single value in these images" in found["reasons"]["factors.r2.shape"]
    others = [found["scores"]["factors"][f"r2.{name}"] for name in FACTORS[1:]]
    assert found["scores"]["factors"]["r2"] == pytest.approx(np.mean(others))


def test_a_supervised_run_has_what_needs_no_decoder_and_says_why_the_rest_is_missing(place: Place) -> None:
    said = fig(place, "eval --load regression --quiet").out
    assert "no reconstruction: supervised has no decoder" in said
    fig(place, "eval-metrics --load regression --metrics mig,responses --mode val --preset fast --quiet")
    found = scores(place, "regression", "metrics-fast-val")
    assert found["scores"]["mig"]["mig"] is not None
    assert "supervised has no decoder" in found["reasons"]["responses"]
    said = fig(place, "figures --load regression --only projection,reconstructions --quiet").out
    assert "reconstructions (supervised has no decoder" in said


def test_a_decoder_is_scored_and_drawn_from_true_factors(place: Place) -> None:
    fig(place, "eval --load decoder --mode test --quiet")
    found = scores(place, "decoder", "eval-test")["scores"]
    run = load_run(Run.find(place.runs, "decoder").path, dataroot=place.data)
    indices = run.splits.test
    factors = run.dataset.factors(indices)
    assert np.array_equal(run.encode(indices).numpy(), factors)
    images = run.dataset.batch(torch.from_numpy(indices)).numpy()
    error = np.square(run.decode(factors.astype(np.float32)).numpy() - images).sum((1, 2, 3)).mean()
    assert found["reconstruction"]["mse_per_image"] == pytest.approx(error, rel=1e-4)
    losses = found["losses"]["reconstruction"], found["reconstruction"]["bce_per_image"]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)  # evaluation is without noise
    drawn = place.fig("figures", "--load", "decoder", "--only", "reconstructions,swaps,interpolations")
    assert drawn.code == 0, drawn.err
    assert "no " not in drawn.out.partition("\n")[2]


def test_the_codes_of_a_decoder_are_disentangled_by_definition(place: Place) -> None:
    fig(place, "eval-metrics --load decoder --metrics dci,responses --mode val --preset fast --quiet")
    found = scores(place, "decoder", "metrics-fast-val")
    assert found["scores"]["dci"]["disentanglement"] == pytest.approx(1, abs=1e-3)
    assert "decoder has no encoder" in found["reasons"]["responses"]
    run = load_run(Run.find(place.runs, "decoder").path, dataroot=place.data)
    with pytest.raises(Unsupported, match="its codes are the true factors"):
        run.encode(np.zeros((2, 1, 32, 32), dtype=np.float32))


@pytest.mark.parametrize("name", ["regression", "decoder"])
def test_reports_and_network_tables_are_made(name: str, place: Place) -> None:
    fig(place, f"report {name}")
    assert "parameters" in fig(place, f"show --load {name}").out
