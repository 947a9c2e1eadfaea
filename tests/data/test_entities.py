"""Entities: every combination of bins has its number, as numpy numbers them, and no other image has one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentcli.data.entities import Entities
from disentcli.data.rendered.sprites import SpriteGrid
from disentcli.errors import CallError

from ..configs import sheets

NAMES, SIZES = ("shape", "scale", "x_position"), (3, 6, 8)


def configured(name: str, names: tuple[str, ...], sizes: tuple[int, ...]) -> Entities:
    """The entities that relations/NAME describes, of factors of these names and sizes."""
    (model,) = [layer["model"] for layer in sheets(f"relations/{name}")]
    return Entities(model["entities"], names, sizes)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_bin_for_each_class_numbers_as_numpy_does(sizes: list[int]) -> None:
    names = [f"f{k}" for k in range(len(sizes))]
    entities = Entities(dict(zip(names, sizes, strict=True)), names, sizes)
    factors = np.array(list(product(*(range(size) for size in sizes))))
    expected = np.ravel_multi_index(tuple(factors.T), sizes)
    assert np.array_equal(entities.of_factors(torch.from_numpy(factors)), expected)
    assert np.array_equal(entities.bins_of(torch.from_numpy(expected)), factors)
    assert entities.count == np.prod(sizes)


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))))
def test_bins_of_equal_width_differ_by_one_class_at_most(numbers: tuple[int, int]) -> None:
    size, bins = numbers
    found = Entities({"f": bins}, ["f"], [size]).of_factors(torch.arange(size)[:, None])
    counts = found.bincount(minlength=bins)
    assert (found.diff() >= 0).all()
    assert set(counts.tolist()) <= {size // bins, -(-size // bins)}
    assert len(counts) == bins


def test_a_class_in_no_bin_shows_no_entity() -> None:
    entities = Entities({"x-position": [[0, 1], [7]], "shape": [2, 0]}, NAMES, SIZES)
    shown = torch.tensor([[2, 5, 1], [0, 5, 7], [1, 5, 7], [0, 5, 2], [0, -1, 0], [-1, 0, 0]])
    assert entities.of_factors(shown).tolist() == [0, 3, -1, -1, 1, -1]
    assert entities.names == ("x_position", "shape")
    assert entities.bins_of(torch.tensor([[0, 3], [-1, 1]])).tolist() == [
        [[0, 0], [1, 1]],
        [[-1, -1], [0, 1]],
    ]


def test_factors_of_any_shape_and_type_are_read() -> None:
    entities = Entities({"symbol": 13}, ("symbol", "slant"), (13, 0))
    factors = torch.tensor([[[4.0, 0.3]], [[12.0, -0.1]]])
    assert entities.of_factors(factors).tolist() == [[4], [12]]


def test_the_published_images_of_dsprites_are_450_of_each_of_27_entities() -> None:
    grid = SpriteGrid().space
    factors = torch.from_numpy(grid.factors(np.arange(grid.size)))
    published = (factors[:, 1] >= 2) & (factors[:, 1] <= 4)
    published &= torch.isin(factors[:, 2], torch.tensor([0, 1, 2, 37, 38, 39]))
    found = configured("dsprites", grid.names, grid.sizes).of_factors(factors[published])
    assert (found >= 0).sum() == 12_150
    assert found[found >= 0].bincount(minlength=27).tolist() == [450] * 27


def test_labels_are_words_where_a_bin_is_one_word() -> None:
    entities = Entities({"shape": 3, "scale": [[0, 1], [5]]}, NAMES, SIZES)
    values = (("square", "ellipse", "heart"), tuple(np.linspace(0.5, 1, 6)), ())
    assert entities.label(3) == "shape 1, scale 1"
    assert entities.label(3, values) == "shape ellipse, scale 1"
    coarse = Entities({"shape": [[0, 1], [2]]}, NAMES, SIZES)
    assert coarse.label(0, values) == "shape 0"


@pytest.mark.parametrize(
    ("bins", "message"),
    [
        ({}, "name the factors that matter"),
        ({"shap": 3}, "entities: unknown factor 'shap'; did you mean shape"),
        ({"x-position": 2, "x_position": 2}, "a factor is named twice"),
        ({"shape": 4}, "entities.shape: 3 classes make 1 to 3 bins, not 4"),
        ({"shape": 0}, "entities.shape: 3 classes make 1 to 3 bins, not 0"),
        ({"shape": "all"}, "entities.shape: expected a number of bins, or the classes of each"),
        ({"scale": [[0, 1], [1, 2]]}, "entities.scale: class 1 is in two bins"),
        ({"scale": [[0], []]}, "entities.scale: bin 1 has no class"),
        ({"scale": [[0], [6]]}, "entities.scale: there is no class 6; the classes are 0 to 5"),
        ({"scale": [[0], [-1]]}, "entities.scale: there is no class -1; the classes are 0 to 5"),
    ],
)
def test_wrong_bins_are_refused(bins: dict, message: str) -> None:
    with pytest.raises(CallError) as refused:
        Entities(bins, NAMES, SIZES)
    assert message in str(refused.value)


def test_continuous_factors_and_other_factors_are_refused() -> None:
    with pytest.raises(CallError, match=r"entities\.slant: the factor is continuous"):
        Entities({"slant": 3}, ("slant",), (0,))
    with pytest.raises(CallError, match="expected the factors shape, scale, x_position, got 2"):
        Entities({"shape": 3}, NAMES, SIZES).of_factors(torch.zeros(4, 2, dtype=torch.int64))
