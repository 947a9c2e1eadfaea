"""`fig eval-metrics eval/combination` of a small run with a held-out condition, and of one without."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from disentcli import load_run

from .in_process import Place

SPRITES = "d/sprites --dataset.size 32 --dataset.orientations 1 --dataset.positions 6"
TRAIN = [
    *SPRITES.split(),
    *("--dataset.scales", 3, "--dataset.batch-size", 64, "--logger", "none", "--quiet", "--budget", 40),
]
ENCODER, DECODER = (["--model.encoder._type", "linear"], ["--model.decoder._type", "linear"])
HELD_OUT = ["--split.hold-out.squares", "{shape: square, x_position: {above: 0.5}}"]


@pytest.fixture(scope="module")
def combinations(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with runs: without a condition, and with one, of a model of each kind."""
    folder = tmp_path_factory.mktemp("combinations")
    (folder / "runs").mkdir()
    place = Place(folder / "runs", folder / "data")
    runs = {
        "held": ["m/ae", *TRAIN, *ENCODER, *DECODER, "--latent-dim", 6, *HELD_OUT],
        "random": ["m/ae", *TRAIN, *ENCODER, *DECODER, "--latent-dim", 6],
        "composed": ["m/composition", *TRAIN, *ENCODER, *DECODER, "--latent-dim", 6, *HELD_OUT],
        "labels": ["m/supervised", *TRAIN, *ENCODER, *HELD_OUT],
        "truth": ["m/decoder", *TRAIN, *DECODER, *HELD_OUT],
    }
    for name, words in runs.items():
        answer = place.fig("train", *words, "--name", name)
        assert answer.code == 0, answer.err
    return place


def stored(place: Place, name: str, ident: str) -> dict[str, Any]:
    (run,) = place.runs.glob(f"{name}_*")
    return json.loads((run / "results" / f"{ident}.json").read_text())


def measured(place: Place, name: str, ident: str, *more: str) -> tuple[str, dict[str, Any]]:
    answer = place.fig("eval-metrics", "eval/combination", "--load", name, "--ident", ident, *more)
    assert answer.code == 0, answer.err
    return answer.out, stored(place, name, ident)


def test_each_part_is_scored_and_the_verdict_told(combinations: Place) -> None:
    out, found = measured(combinations, "held", "all-parts")
    scores = found["scores"]
    for part in ("train", "in_distribution", "held_out"):
        assert scores["reconstruction_by_part"][f"{part}.nll_per_image"] > 0
        assert scores["factors_by_part"][f"{part}.r2"] <= 1
        assert scores["combination"][f"{part}.placement_error"] > 0
    assert not any(name.startswith("neither") for name in scores["reconstruction_by_part"])
    assert found["settings"]["used"]["combination"]["condition"] == "shape, x_position"
    lines = out[out.index("by part of the split") :].splitlines()
    assert lines[1].split() == ["train", "in", "distribution", "held", "out"]
    verdict = found["settings"]["used"]["combination"].get("verdict")
    assert (verdict is None) == (scores["combination"]["verdict"] is None)
    assert (verdict is None) == ("on held-out combinations" not in lines[-1])


def test_reconstruction_errors_of_a_part_are_those_of_its_images(combinations: Place) -> None:
    _, found = measured(combinations, "held", "checked")
    (path,) = combinations.runs.glob("held_*")
    run = load_run(path, dataroot=combinations.data)
    images = run.dataset.batch(torch.from_numpy(run.splits.held_out)).numpy().astype(float)
    decoded = run.decode(run.encode(run.splits.held_out)).numpy().astype(float)
    scores = found["scores"]["reconstruction_by_part"]
    assert scores["held_out.mse_per_pixel"] == pytest.approx(((images - decoded) ** 2).mean(), rel=1e-4)
    entropy = -(images * np.log(decoded) + (1 - images) * np.log1p(-decoded))
    assert scores["held_out.nll_per_image"] == pytest.approx(entropy.sum(axis=(1, 2, 3)).mean(), rel=1e-3)


def test_mode_chooses_the_in_distribution_images_and_points_how_many(combinations: Place) -> None:
    _, found = measured(
        combinations, "held", "tested", "--mode", "test", "--points", "50", "--test-points", "20"
    )
    (path,) = combinations.runs.glob("held_*")
    splits = load_run(path, dataroot=combinations.data).splits
    assert found["settings"]["computed_on"]["combination"] == (
        f"50 of {len(splits.train)} train, 20 of {len(splits.test)} in-distribution, "
        f"20 of {len(splits.held_out)} held-out, 20 of {len(splits.val)} neither images"
    )


def test_a_split_that_holds_out_nothing_has_no_verdict_but_errors_of_its_parts(combinations: Place) -> None:
    out, found = measured(combinations, "random", "nothing-held-out")
    assert found["scores"]["combination"] == {}
    assert found["scores"]["reconstruction_by_part"]["held_out.nll_per_image"] is None
    assert found["scores"]["reconstruction_by_part"]["in_distribution.nll_per_image"] > 0
    reason = "the split holds out no combinations of factors"
    assert found["reasons"].pop("composition").startswith("ae composes no images")
    assert set(found["reasons"].values()) == {reason}
    assert f"no combination: {reason}" in out


def test_composed_images_are_scored_for_seen_and_held_out_targets(combinations: Place) -> None:
    out, found = measured(combinations, "composed", "composed", "--metrics.composition.triplets", "40")
    scores = found["scores"]["composition"]
    for part in ("train", "in_distribution", "held_out"):
        assert scores[f"{part}.nll_per_image"] > 0
        assert 0 <= scores[f"{part}.asked"] <= 1
        assert 0 <= scores[f"{part}.others"] <= 1
    assert "composition.asked" in out
    assert "composition" not in found["reasons"]
    _, other = measured(combinations, "held", "not-composed")
    assert other["scores"]["composition"] == {}
    assert other["reasons"]["composition"] == "ae composes no images: it was trained without an operator"


def test_an_encoder_trained_with_labels_is_judged_by_where_it_puts_images(combinations: Place) -> None:
    _, found = measured(combinations, "labels", "encoder-alone")
    scores = found["scores"]["combination"]
    assert scores["held_out.placement_error"] > 0
    assert scores["encoder_fails"] in (0, 1)
    assert scores["decoder_fails"] is None
    assert scores["verdict"] is None
    assert found["reasons"]["combination"] == "supervised has no decoder"
    assert found["reasons"]["reconstruction_by_part"] == "supervised has no decoder"
    assert found["scores"]["factors_by_part"]["held_out.r2"] <= 1


def test_a_decoder_of_true_factors_is_judged_by_what_it_decodes(combinations: Place) -> None:
    _, found = measured(combinations, "truth", "decoder-alone")
    scores = found["scores"]["combination"]
    assert scores["held_out.placement_error"] < 1e-3  # its codes are the factors
    assert scores["encoder_fails"] == 0
    by_part = found["scores"]["reconstruction_by_part"]
    assert by_part["held_out.nll_per_image"] == pytest.approx(scores["held_out.nll_expected"], rel=1e-5)


def test_several_runs_are_shown_side_by_side(combinations: Place) -> None:
    answer = combinations.fig(
        "eval-metrics", "eval/combination", "--load", "[hr]*", "--ident", "several", "--quiet"
    )
    assert answer.code == 0, answer.err
    assert "combination.verdict" in answer.out
