"""`fig eval-metrics eval/weak` and the figures of regions and relations, of a run and of a warm-up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .in_process import Place

DATA = "--dataset.size 32 --dataset.orientations 1 --dataset.positions 4 --dataset.scales 2"
MODEL = "--model.encoder._type linear --model.decoder._type linear --model.relation-learner._type mlp"
TRAIN = [
    *("train", "m/absae", "d/sprites", *DATA.split(), *MODEL.split(), "--latent-dim", 4, "--budget", 12),
    *("--dataset.batch-size", 16, "--model.relation-learner.hidden", "[8]"),
    *("--model.entities.shape", 3, "--model.discriminator-hidden", "[8]", "--split.test-share", 0.5),
    *("--logger", "none", "--quiet"),
]
FEW = {"samples": 40, "images": 20, "length": 2, "classifier-steps": 2}
FASTEST = ["--metrics", "region_accuracy,relation_accuracy,mig"]
METRIC = [word for key, value in FEW.items() for word in (f"--metrics.relation-accuracy.{key}", value)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with a run of both stages, and one of the warm-up alone."""
    folder = tmp_path_factory.mktemp("weak")
    (folder / "runs").mkdir()
    place = Place(folder / "runs", folder / "data")
    for name, steps in {"fitted": 6, "begun": 1000}.items():
        answer = place.fig(*TRAIN, "--model.warm-up-steps", steps, "--name", name)
        assert answer.code == 0, answer.err
    return place


def folder_of(place: Place, name: str) -> Path:
    (found,) = place.runs.glob(f"{name}_*")
    return found


def measured(place: Place, name: str) -> dict[str, Any]:
    answer = place.fig("eval-metrics", "eval/weak", "--load", name, *FASTEST, *METRIC, "--quiet")
    assert answer.code == 0, answer.err
    return json.loads((folder_of(place, name) / "results" / "metrics-weak.json").read_text())


def test_regions_and_relations_of_test_images_are_scored(runs: Place) -> None:
    found = measured(runs, "fitted")
    regions, relations = (found["scores"][name] for name in ("region_accuracy", "relation_accuracy"))
    assert regions["images"] == 48  # half of 96
    assert 0 <= regions["balanced_accuracy"] <= 1
    for name in (
        "samples.accuracy",
        "images.accuracy",
        "images.mse",
        "iterated.accuracy_2",
        "random.accuracy_2",
    ):
        assert 0 <= relations[name] <= 1, name
    assert relations["images.accuracy.next_shape"] == relations["images.accuracy"]
    assert found["settings"]["computed_on"]["relation_accuracy"] == "all 48 test images"
    assert found["scores"]["mig"]["mig"] is not None


def test_in_the_warm_up_scores_are_null_with_the_reason(runs: Place) -> None:
    found = measured(runs, "begun")
    for name in ("region_accuracy", "relation_accuracy"):
        assert found["reasons"][name] == "the regions are not fitted yet: the run is still in its warm-up"
        assert not found["scores"][name]
    assert found["scores"]["mig"]["mig"] is not None


def test_figures_are_drawn_of_fitted_regions(runs: Place) -> None:
    words = [
        "--only",
        "regions,region_samples,relation_strips,relation_arithmetic,composed_relations",
        "--formats",
        "png",
    ]
    answer = runs.fig("figures", "--load", "fitted", *words, "--points", 30)
    assert answer.code == 0, answer.err
    drawn = {path.stem for path in (folder_of(runs, "fitted") / "figures").glob("figures-*/*.png")}
    assert drawn == {"regions", "region_samples", "relation_strips", "composed_relations"}
    assert "relation_arithmetic (no relation of two entities is defined" in answer.out
    left_out = runs.fig("figures", "--load", "begun", *words).out
    (told,) = [line for line in left_out.splitlines() if "the regions are not fitted yet" in line]
    assert all(name in told for name in words[1].split(","))
