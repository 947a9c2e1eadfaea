"""The update stage after extrapolation: `fig train freeze/… ex/update --load RUN`, on all of RUN's images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.config.settings import Settings
from disentcli.runs import checkpoint
from disentcli.runs.load import LoadedRun, load_run
from disentcli.runs.run import Run

from ..commands.in_process import Place
from ..configs import sheets

ROOMS = (
    "d/room-small --dataset.scales 2 --dataset.orientations 2 --dataset.floor-hues 2 --dataset.wall-hues 2"
)
KEYS = "--dataset.batch-size 16 --viz.freq 0 --logger none --quiet"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """A run without spheres, with a schedule, and three that start from it."""
    place = Place(tmp_path_factory.mktemp("update"), dataroot)
    fig(
        place, f"train scheduler a/e/dislib a/d/dislib m/vae ex/shape {ROOMS} {KEYS} --budget 12 --name first"
    )
    for name, freeze in (("encoder", "freeze/decoder"), ("decoder", "freeze/encoder"), ("both", "")):
        fig(place, f"train {freeze} ex/update --load first --budget 6 --name {name} --quiet")
    return place


def fig(place: Place, words: str) -> str:
    answer = place.fig(*words.split())
    assert answer.code == 0, answer.err
    return answer.out


def loaded(place: Place, name: str) -> LoadedRun:
    return load_run(name, saveroot=place.runs, dataroot=place.data)


def test_it_trains_on_all_that_is_not_for_testing_and_keeps_the_name_of_what_was_held_out(
    place: Place,
) -> None:
    before, after = loaded(place, "first").splits, loaded(place, "both").splits
    factors = loaded(place, "first").dataset.factors()[before.held_out]
    assert len(before.held_out)
    assert set(factors[:, 4]) == {2}
    assert np.array_equal(before.held_out, after.held_out)
    assert set(after.train) == set(before.train) | set(before.held_out)
    assert np.array_equal(before.val, after.val)
    assert np.array_equal(before.test, after.test)


@pytest.mark.parametrize(
    ("name", "learn"),
    [("encoder", {"encoder"}), ("decoder", {"decoder"}), ("both", {"encoder", "decoder"})],
)
def test_the_named_part_is_updated_from_the_weights_of_the_first_stage(
    place: Place, name: str, learn: set[str]
) -> None:
    first, run = Run.find(place.runs, "first"), Run.find(place.runs, name)
    start, end = checkpoint.load(first)["model"], checkpoint.load(run)["model"]
    moved = {key.partition(".")[0] for key, one in start.items() if not torch.equal(one, end[key])}
    assert moved == learn
    assert run.config()["scheduler"]["steps"] == 6
    assert run.config()["split"]["train_held_out"] is True
    assert "train_held_out" not in first.config()["split"]


def test_both_stages_are_evaluated_on_the_same_images_and_the_second_says_what_they_are(place: Place) -> None:
    settings = []
    for name in ("first", "decoder"):
        fig(place, f"eval --load {name} --mode held-out --limit 20 --quiet")
        path = Run.find(place.runs, name).results / "eval-held-out.json"
        settings.append(json.loads(path.read_text())["settings"])
    first, second = settings
    assert first["images"] == second["images"] == 20
    assert second["sampling"] == f"{first['sampling']}, which an update stage trained on"
    assert "which an update stage trained on" not in str(first)


def test_the_update_stage_has_a_length_of_its_own(place: Place) -> None:
    fig(place, "train ex/update --load first --time-limit 0.0001 --name long --quiet")
    assert Run.find(place.runs, "long").info()["budget"] == 20_000


def test_more_of_an_update_stage_is_the_same_and_that_cannot_be_changed(place: Place) -> None:
    fig(place, "train --resume both --budget 8 --quiet")
    assert Run.find(place.runs, "both").config()["split"]["train_held_out"] is True
    for name, value in (("both", "false"), ("first", "true")):
        answer = place.fig("train", "--resume", name, "--budget", "20", "--split.train-held-out", value)
        assert answer.refused("split.train-held-out is", "--load"), answer.err


@pytest.mark.parametrize("name", ["ex/update", "ex/load-3ds"])
def test_its_own_budget_wins_over_that_of_the_run_and_the_split_is_the_runs(name: str) -> None:
    held = {"shape": {"shape": "sphere"}}
    stored = {"budget": 80_000, "split": {"_type": "standard", "hold_out": held, "filter_test": False}}
    settings = Settings(sheets(name), script="train").with_base(stored)
    assert settings.get("budget") == 20_000
    assert settings.node("split") == {**stored["split"], "train_held_out": True}
