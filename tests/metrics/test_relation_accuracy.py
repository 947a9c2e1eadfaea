"""Relations of models that apply them exactly, to the centroid, or not at all; the judge never errs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from disentcli.errors import Unsupported
from disentcli.metrics import relation_accuracy
from disentcli.metrics.decoded_relations import DecodedRelations
from disentcli.metrics.entity_images import EntityImages
from disentcli.metrics.relation_steps import RelationSteps

from .relation_toys import DIGITS, SYMBOLS, UNARY, ignore, of_symbols, on_grid, to_centroid, translate

FEW = {"samples": 400, "images": 60, "length": 3}


@cache
def scores_of(apply: Any, *, symbols: bool = False) -> dict[str, Any]:
    return dict(relation_accuracy(of_symbols(apply) if symbols else on_grid(apply), **FEW))


def test_exact_relations_have_no_errors() -> None:
    scores = scores_of(translate)
    for name, score in scores.items():
        if isinstance(score, float):
            nothing = "mse" in name and not name.startswith("samples")
            if nothing or name in ("images.bce", "reconstruction.bce"):
                assert score == pytest.approx(0, abs=1e-6) or name.endswith("bce"), name
            elif not name.startswith("samples"):
                assert score == 1, name
    assert scores["samples.accuracy"] == 1
    assert {f"images.accuracy.{name}" for name in UNARY} <= scores.keys()
    assert scores["used"] == {"compared_with": "the image with the factors of the target"}
    assert "reason" not in scores


def test_relations_that_change_nothing_are_right_where_nothing_should_change() -> None:
    """Shapes always turn; half of the images are at the end at which they stay."""
    scores = scores_of(ignore)
    expected = {"turn": 0, "back": 0, "right": 0.5, "left": 0.5}
    for name, share in expected.items():
        assert scores[f"images.accuracy.{name}"] == pytest.approx(share, abs=0.2 if share else 0)
        assert scores[f"samples.accuracy.{name}"] == pytest.approx(share, abs=0.08 if share else 0)
    found = scores["images_by_source"]
    sources = np.arange(6) % 2  # the bin of x, which is numbered fastest
    np.testing.assert_array_equal(found, [np.zeros(6), sources == 1, sources == 0, np.zeros(6)])
    assert scores["images.kept"] == scores["reconstruction.accuracy"] == scores["back.accuracy"] == 1
    assert scores["images.mse"] > 0.01
    assert scores["back.mse"] == 0
    assert scores["iterated_accuracy"][0].tolist() == [0, 0, 1]  # three turns are none


def test_the_centroid_reaches_the_floor_and_a_translation_twice_that() -> None:
    images, options = on_grid(to_centroid), {**FEW, "samples": 10_000}
    scores = relation_accuracy(images, **options)
    model = images.model.inference.model  # type: ignore[attr-defined]
    codes, entities = model.known_codes.double().numpy(), model.known_entities.numpy()
    variance = [0.1 * np.trace(np.cov(codes[entities == k].T)) / 3 for k in range(6)]
    for number, name in enumerate(UNARY):
        floor = np.mean([variance[target] for target in model.relations[number].table])
        assert scores["samples.mse_floor"] == pytest.approx(np.mean(variance), rel=0.02)
        assert scores["samples_mse"][number, 1] == pytest.approx(floor, rel=0.02)
        assert scores[f"samples.mse.{name}"] == pytest.approx(floor, rel=0.05)
    moved = relation_accuracy(on_grid(translate), **options)
    assert moved["samples.mse"] == pytest.approx(2 * np.mean(variance), rel=0.05)


def test_what_the_centroid_loses_is_in_the_errors_of_images() -> None:
    scores = scores_of(to_centroid)
    assert scores["images.accuracy"] == 1
    assert scores["images.mse"] > 0.01
    assert scores["back.mse"] > 0.01
    assert scores["back.mse_reconstruction"] == 0
    assert scores["images.kept.shape"] == scores["images.kept.x"] == 1
    assert scores["images.kept.size"] < 0.6  # one of four sizes is left


def test_accepted_samples_are_as_many_as_the_share_says() -> None:
    scores = relation_accuracy(on_grid(translate), shares=(0.2,), **{**FEW, "samples": 5_000, "images": 10})
    assert scores["samples.accepted.rejecting_20%"] == pytest.approx(0.8, abs=0.02)
    assert scores["samples_accepted"].shape == (4, 1)
    assert scores["samples_accuracy"].shape == (4, 2)


def test_arithmetic_of_images_is_judged_by_the_nearest_symbols() -> None:
    scores = scores_of(translate, symbols=True)
    for name in ("samples.accuracy", "images.accuracy", "images.regions", "iterated.accuracy_3"):
        assert scores[name] == 1, name
    assert scores["random.accuracy_3"] == 1
    assert scores["used"]["compared_with"].startswith("the nearest of 200 training images")
    assert scores["images.mse"] == 0  # what is decoded is such an image
    assert not [name for name in scores if name.startswith(("back.", "images.kept", "iterated.mse"))]
    by_source = scores["images_by_source"][0]
    assert by_source[:DIGITS].tolist() == [1] * DIGITS
    assert np.isnan(by_source[DIGITS:]).all()


def test_without_a_relation_a_sum_is_right_where_nothing_is_added() -> None:
    scores = relation_accuracy(of_symbols(ignore), **{**FEW, "images": 400})
    assert scores["images.accuracy"] == pytest.approx(1 / DIGITS, abs=0.08)
    assert scores["samples.accuracy"] == pytest.approx(1 / DIGITS, abs=0.08)


def test_a_relation_without_images_of_its_operator_has_a_reason() -> None:
    every = of_symbols()
    digits = EntityImages(
        every.dataset,
        every.model,
        every.train,
        every.part[every.dataset.factors()[:, 0] < SYMBOLS - 1],
        every.encode,
    )
    with pytest.raises(Unsupported, match="no val image shows an entity that a relation is defined for"):
        relation_accuracy(digits, **FEW)


def test_one_of_several_relations_without_images_is_null_with_a_reason() -> None:
    once = {"turn": UNARY["turn"], "end": {"factor": "x", "step": 1, "boundary": "undefined"}}
    every = on_grid(relations=once)
    right = every.part[every.dataset.factors()[:, 2] > 2]
    found = relation_accuracy(
        EntityImages(every.dataset, every.model, every.train, right, every.encode, "test"), **FEW
    )
    assert np.isnan(found["images.accuracy.end"])
    assert found["images.accuracy.turn"] == found["images.accuracy"] == 1
    assert found["reason"] == "the test part has no images for end"


def test_undefined_results_are_not_scored_and_random_relations_are_always_defined() -> None:
    ends = {"end": {"factor": "x", "step": 1, "boundary": "undefined"}, "turn": UNARY["turn"]}
    found = relation_accuracy(on_grid(relations=ends), **FEW)
    assert found["iterated_accuracy"][0, 0] == 1
    assert np.isnan(found["iterated_accuracy"][0, 1:]).all()  # there are two bins
    assert found["random.accuracy_3"] == 1


def test_scores_follow_from_the_seed() -> None:
    one, other = (relation_accuracy(on_grid(to_centroid), **FEW) for _ in range(2))
    assert {k: v for k, v in one.items() if isinstance(v, float)} == {
        k: v for k, v in other.items() if isinstance(v, float)
    }


def test_a_trained_judge_gives_scores_of_its_own_errors() -> None:
    scores = relation_accuracy(of_symbols(judged=False), classifier_steps=60, **FEW)
    assert scores["classifier.accuracy"] > 0.9
    assert scores["images.accuracy"] == pytest.approx(scores["classifier.accuracy"], abs=0.1)


def test_models_without_regions_or_relations_are_refused() -> None:
    images = on_grid()
    model = images.model.inference.model  # type: ignore[attr-defined]
    model.relations = ()
    with pytest.raises(Unsupported, match="known has learned no relations"):
        relation_accuracy(images)
    model.is_fitted = False
    with pytest.raises(Unsupported, match="not fitted yet"):
        relation_accuracy(images)
    model.entities = None
    with pytest.raises(Unsupported, match="known has no entities"):
        relation_accuracy(images)


class WrongSize:
    """A judge that never errs, but for the size, which it never reads."""

    def __init__(self, judge: Any) -> None:
        self.judge = judge

    def read(self, images: Tensor) -> Tensor:
        labels: Tensor = self.judge.read(images)
        return labels + torch.tensor([0, 0, 1])


def test_what_is_kept_is_asked_of_the_same_factors_of_the_reconstruction() -> None:
    images = on_grid(ignore)
    steps = RelationSteps(images, np.random.default_rng(0))
    scores = DecodedRelations(steps, WrongSize(images.train_classifier(1)), 200).image_scores()
    for title in ("images", "reconstruction"):
        assert scores[f"{title}.kept.size"] == 0
        assert scores[f"{title}.kept.shape"] == scores[f"{title}.kept.x"] == 1
        # two relations keep x and not the size, two the shape, not the size, and in half of the images x
        assert scores[f"{title}.kept"] == pytest.approx((1 / 2 + 1.5 / 2.5) / 2, abs=0.02)
