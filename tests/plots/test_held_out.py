"""Reconstructions and compositions by part: which images are shown, their errors, and when there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import mean_squared_error

from disentcli.data.splits.splits import Splits
from disentcli.errors import Unsupported
from disentcli.methods.inference import Inference
from disentcli.plots.drawing import save
from disentcli.plots.figure_context import FigureContext
from disentcli.plots.gallery.held_out import (
    SHOWN,
    draw_compositions,
    draw_reconstructions_by_part,
    error_ranks,
    sorted_block,
    squared_errors,
)
from disentcli.plots.image_blocks import ImageBlock, block_figure
from disentcli.runs.load import load_run

from ..configs import trained

SMALL = {"latent-dim": 6, "budget": 2, "device": "cpu", "validation.freq": 2}
BY_PART = ["training", "in-distribution hold-out", "held-out combinations"]


def context_of(folder: Path, *names: str, **options: object) -> FigureContext:
    run = trained(*names, data=folder / "data", runs=folder / "runs", **SMALL, **options)
    loaded = load_run(run.path, dataroot=folder / "data")
    inference = Inference(loaded.model, loaded.items)
    return FigureContext(run, inference, loaded.splits.val, loaded.step, splits=loaded.splits)


@pytest.fixture(scope="module")
def composing(tmp_path_factory: pytest.TempPathFactory) -> FigureContext:
    """A model with an operator, on sprites whose squares on the right are held out."""
    folder = tmp_path_factory.mktemp("composing")
    call = {"model.operator": "fixint"}
    return context_of(folder, "m/composition", "split/sprites/sqr2tx", "d/sprites32", **call)


def titles(figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def shown_errors(figure, block: int) -> list[float]:
    return [float(label.get_text().split("\n")[0]) for label in figure.axes[block].get_xticklabels()]


def test_ranks_run_from_the_best_to_the_worst_through_the_median() -> None:
    errors = np.random.default_rng(0).random(101)
    ranks = error_ranks(errors, 5)
    expected = np.quantile(errors, [0, 0.25, 0.5, 0.75, 1], method="nearest")
    np.testing.assert_array_equal(errors[ranks], expected)
    assert error_ranks(np.array([3.0, 1.0]), 9).tolist() == [1, 0]


def test_errors_are_those_of_scikit_learn() -> None:
    images, truth = np.random.default_rng(0).random((2, 4, 3, 5, 5))
    expected = [mean_squared_error(a.ravel(), b.ravel()) for a, b in zip(truth, images, strict=True)]
    np.testing.assert_allclose(squared_errors(images, truth), expected)


def test_reconstructions_are_of_each_part_and_sorted_by_error(composing: FigureContext) -> None:
    (drawn,) = draw_reconstructions_by_part(composing)
    assert drawn.name == "reconstructions_by_part"
    assert [title.partition(":")[0] for title in titles(drawn.figure)] == BY_PART
    for block in range(3):
        errors = shown_errors(drawn.figure, block)
        assert errors == sorted(errors)
        assert len(errors) == SHOWN
        axes = drawn.figure.axes[block]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["original", "reconstruction"]
        assert [text.get_text() for text in axes.texts if text.get_text()] == ["best", "median", "worst"]


def test_the_last_block_shows_held_out_squares_alone(composing: FigureContext) -> None:
    dataset, splits = composing.dataset, composing.splits
    shape, place = (dataset.factor_names.index(name) for name in ("shape", "x_position"))
    held_out = dataset.factors(composing.parts["held-out combinations"])
    assert len(held_out) == len(splits.held_out)
    assert set(held_out[:, shape]) == {0}
    assert held_out[:, place].min() == dataset.factor_sizes[place] // 2
    drawn = composing.draw_images(splits.held_out, 20)
    assert len(set(drawn.tolist())) == 20
    assert np.isin(drawn, splits.held_out).all()


def test_combinations_in_the_test_part_are_held_out_too(composing: FigureContext) -> None:
    splits = composing.splits
    tested = Splits(splits.train, splits.val, splits.held_out, splits.test, tested_held_out=splits.held_out)
    context = FigureContext(composing.run, composing.inference, splits.val, composing.step, splits=tested)
    (drawn,) = draw_reconstructions_by_part(context)
    assert [title.partition(":")[0] for title in titles(drawn.figure)] == BY_PART


def test_compositions_show_reference_command_result_and_truth(composing: FigureContext) -> None:
    (drawn,) = draw_compositions(composing)
    assert [title.partition(":")[0] for title in titles(drawn.figure)] == BY_PART
    axes = drawn.figure.axes[2]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["reference", "command", "result", "truth"]
    asked = {label.get_text().partition("\n")[2] for label in axes.get_xticklabels()}
    assert asked <= {"shape", "x\nposition"}  # what else is there differs from no training image alone
    errors = shown_errors(drawn.figure, 2)
    assert errors == sorted(errors)


def test_the_composed_images_are_those_of_the_model(composing: FigureContext) -> None:
    inference = composing.inference
    references, commands = np.array([3, 50, 7]), np.array([9, 1, 70])
    actions = np.eye(len(composing.dataset.factor_names), dtype=bool)[[0, 3, 4]]
    found = inference.compose(references, commands, actions)
    codes = [inference.encode(references), inference.encode(commands)]
    codes[0][np.arange(3), [0, 3, 4]] = codes[1][np.arange(3), [0, 3, 4]]  # what fixint does
    np.testing.assert_allclose(found, inference.decode(codes[0]), atol=1e-5)


def test_where_a_value_is_never_trained_on_its_compositions_are_left_out(composing: FigureContext) -> None:
    place = composing.dataset.factor_names.index("x_position")
    right = composing.dataset.factors()[:, place] >= 4
    splits = Splits(np.flatnonzero(~right), np.empty(0, int), np.empty(0, int), np.flatnonzero(right))
    extrapolating = FigureContext(
        composing.run, composing.inference, splits.train, composing.step, splits=splits
    )
    (drawn,) = draw_compositions(extrapolating)
    assert [title.partition(":")[0] for title in titles(drawn.figure)] == ["training"]
    assert "not composable of training images: held-out combinations" in (
        drawn.figure.get_supxlabel().replace("\n", " ")
    )


def test_without_held_out_combinations_or_an_operator_there_is_a_reason(composing: FigureContext) -> None:
    plain = FigureContext(composing.run, composing.inference, composing.indices, composing.step)
    with pytest.raises(Unsupported, match="holds out no combinations of factors"):
        draw_reconstructions_by_part(plain)
    with pytest.raises(Unsupported, match="no image of the data can be composed"):
        draw_compositions(plain)


def test_blocks_have_all_their_texts_inside_the_picture(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    blocks = [
        sorted_block(
            name, {"one": rng.random((12, 3, 8, 8)), "two": rng.random((12, 3, 8, 8))}, rng.random(12)
        )
        for name in ("training", "held out")
    ]
    blocks.append(ImageBlock("third", [rng.random((2, 3, 8, 8))], ["a"], ["", ""], ["x\ny", "z"]))
    picture = block_figure(blocks, title="Blocks", foot="a foot")
    path = save(picture, tmp_path / "blocks.png")
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"))
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 255).all(), "something is cut at the edge of the picture"
