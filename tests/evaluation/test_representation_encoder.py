"""Representations of items: of which images, with which factors beside them, and what is drawn of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from disentcli.data.public.cmnist import ColoredMNIST
from disentcli.data.rendered.sprites import Sprites
from disentcli.data.views.pairs import Pairs
from disentcli.errors import Unsupported
from disentcli.evaluation.representation_encoder import RepresentationEncoder
from disentcli.methods.inference import Inference
from disentcli.metrics.context import MetricContext
from disentcli.metrics.knn import knn
from disentcli.plots.retrieval import combined, draw_retrieval

from ..plots.oracle import Oracle

ROOT = str(Path(__file__).parents[1] / "data")  # holds mnist/: 400 digits to train on and 100 to test on
TRAIN, TEST = np.arange(360), np.arange(400, 500)


class Places(Oracle):
    """Represents an item by the images of its two views, as they are."""

    representation_names: ClassVar = {"X": 0, "Y": 1}

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        self.seen.append(len(batch))
        return {"X": batch[:, 0].flatten(1), "Y": batch[:, 1].flatten(1)}


@cache
def colored(pairing: str = "instance") -> RepresentationEncoder:
    data = ColoredMNIST(ROOT, pairing=pairing)  # type: ignore[arg-type]
    return RepresentationEncoder(Inference(Oracle(), data, 64), TRAIN, TEST, shown=np.arange(400))


def test_codes_stand_beside_the_factors_that_their_own_view_shows() -> None:
    found = colored()(1_000, 1_000)
    assert list(found) == ["S_X", "S_Y", "E_X", "E_Y"]
    assert found["S_X"].factor_names == found["E_X"].factor_names == ("digit", "background_hue")
    assert found["E_Y"].factor_names == ("digit", "digit_hue")
    assert (len(found["S_Y"].codes), len(found["S_Y"].test_codes)) == (360, 100)
    labels = ColoredMNIST(ROOT).factors()
    np.testing.assert_array_equal(found["E_Y"].test_factors, labels[400:, [0, 2]])
    for name, hue in (("E_X", 1), ("E_Y", 2)):  # twelve hues, each of a colour of its own
        colours = np.round(found[name].codes, 4)
        assert len(np.unique(np.column_stack([colours, labels[TRAIN, hue]]), axis=0)) == 12
    assert [labels.size for labels in found["S_X"].labels()] == [10, 12]


def test_partners_of_test_items_are_test_items_and_others_are_not() -> None:
    sprites = Sprites(size=16, shapes=2, scales=2, orientations=2, positions=4)
    pairs = Pairs(sprites, share=["shape"])
    everything = np.arange(len(sprites))
    test, train = everything[::5], np.setdiff1d(everything, everything[::5])
    pairs.set_allowed(train)
    made = RepresentationEncoder(Inference(Places(), pairs, 32), train, test, shown=train)
    found = made(1_000, 1_000)
    images = sprites.batch(torch.from_numpy(everything)).flatten(1).numpy()
    for part, codes in ((train, found["Y"].codes), (test, found["Y"].test_codes)):
        known = {image.tobytes() for image in images[part]}
        assert all(code.astype(np.float32).tobytes() in known for code in codes)
    shape = found["Y"].factor_names.index("shape")
    np.testing.assert_array_equal(found["X"].factors[:, shape], found["Y"].factors[:, shape])
    np.testing.assert_array_equal(found["X"].test_factors, sprites.factors(test))
    assert found["X"].shared == ("shape",)
    drawn = pairs.draw(torch.from_numpy(test)).indices[:, 1].numpy()
    assert np.isin(drawn, train).all(), "it goes on as it was"


def test_each_item_is_encoded_once_whatever_is_drawn() -> None:
    model = Places()
    made = RepresentationEncoder(Inference(model, ColoredMNIST(ROOT), 64), TRAIN, TEST)
    for seed in (0, 1, 0):
        few = made(100, 20, seed)
        assert (len(few["X"].codes), len(few["X"].test_codes)) == (100, 20)
    made(1_000, 1_000)
    assert sum(model.seen) == 460
    assert made.sampling(100, 1_000) == "100 of 360 train items + 100 of 100 test items"


def test_a_model_of_single_images_is_shown_those() -> None:
    class One(Oracle):
        num_views = 1
        representation_names: ClassVar = {"codes": 0}

        def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
            assert batch.shape[1:] == (3, 32, 32)
            return {"codes": batch.mean((2, 3))}

    found = RepresentationEncoder(Inference(One(), ColoredMNIST(ROOT), 64), TRAIN, TEST)(50, 50)
    assert found["codes"].factor_names == ("digit", "background_hue")
    assert found["codes"].ideal_accuracy(found["codes"].labels()[0]) is None


def test_items_that_train_are_not_tested_on() -> None:
    everything = np.concatenate([TRAIN, TEST])
    made = RepresentationEncoder(Inference(Oracle(), ColoredMNIST(ROOT), 64), TRAIN, everything, tested="all")
    with pytest.raises(Unsupported, match="--mode all; choose val, test or held-out"):
        made(10, 10)


def test_an_empty_part_is_said() -> None:
    made = RepresentationEncoder(Inference(Oracle(), ColoredMNIST(ROOT), 64), TRAIN, TEST[:0])
    with pytest.raises(Unsupported, match="the test part of the data is empty"):
        made(10, 10)


def inputs_of(represent: RepresentationEncoder | None) -> MetricContext:
    data = ColoredMNIST(ROOT)
    return MetricContext(
        dataset=data.images, model=None, split=TEST, encode=np.copy, respond=np.copy, represent=represent
    )


def test_metrics_find_what_the_codes_hold() -> None:
    found = knn(inputs_of(colored("class")).representations)
    assert found["E_X.background_hue.1nn"] == found["E_Y.digit_hue.5nn"] == 1
    assert found["E_Y.digit_hue.precision@10"] > 0.6  # eight test items in a hue, on average
    assert found["S_X.digit.1nn"] > 0.6
    assert found["S_X-S_Y.digit.precision@10"] > 0.4
    assert found["S_X.background_hue.5nn"] < 0.25
    with pytest.raises(Unsupported, match="training split"):
        inputs_of(None).representations  # noqa: B018 - asking is what is tested


def test_pictures_of_what_is_retrieved_and_swapped(tmp_path: Path) -> None:
    paths = draw_retrieval(inputs_of(colored()), tmp_path)
    assert [path.name for path in paths] == [
        *("retrieval_1.png", "swapping_1.png", "retrieval_2.png", "swapping_2.png")
    ]
    for path in paths:
        with Image.open(path) as image:
            assert min(image.size) > 300
    again = draw_retrieval(inputs_of(colored()), tmp_path / "again")
    assert again[1].read_bytes() == paths[1].read_bytes()


def test_swapped_codes_are_nearest_to_both_by_brute_force() -> None:
    rng = np.random.default_rng(0)
    shared, exclusive = rng.normal(size=(40, 3)), 100 * rng.normal(size=(40, 2))
    first, second = np.array([3, 5]), np.array([3, 8, 20])
    found = combined(shared, exclusive, first, second)
    for row, a in enumerate(first):
        for column, b in enumerate(second):
            near = [np.linalg.norm(code - shared[a]) for code in shared]
            like = [np.linalg.norm(code - exclusive[b]) for code in exclusive]
            sums = [x / np.mean(near) + y / np.mean(like) for x, y in zip(near, like, strict=True)]
            best = min((one for one in range(40) if one not in (a, b)), key=sums.__getitem__)
            assert found[row, column] == best
