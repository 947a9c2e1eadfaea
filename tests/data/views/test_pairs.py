"""Pairs agree in what they share, differ in what must change, and are otherwise uniform."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.data.dataset import Dataset
from disentcli.data.public.published_grids import SHAPES3D
from disentcli.data.views.pairs import Pairs
from disentcli.errors import CallError

from .grids import SPACE, held_out, is_uniform, listed, places


def drawn_pairs(view: Pairs, indices: np.ndarray, draw_step: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Partners, and what is said to have changed."""
    drawn = view.draw(torch.from_numpy(indices), draw_step)
    assert np.array_equal(drawn.indices[:, 0], indices)
    return drawn.indices[:, 1].numpy(), drawn.changed.numpy()


def columns(data: Dataset, names: list[str]) -> list[int]:
    return [data.factor_names.index(name) for name in names]


@pytest.mark.parametrize("share", [["scale"], ["hue", "y", "shape"]])
def test_partners_are_uniform_among_allowed_images_that_agree(share: list[str]) -> None:
    data, allowed = places(), held_out()
    view = Pairs(data, share=share)
    view.set_allowed(allowed)
    partners, changed = drawn_pairs(view, allowed)
    factors, at = data.factors(), columns(data, share)
    assert np.array_equal(changed, factors[allowed] != factors[partners])
    agree = [allowed[(factors[allowed][:, at] == factors[i, at]).all(1)] for i in allowed]
    assert is_uniform(partners, agree)


@pytest.mark.parametrize("change", [["x"], ["shape", "y"]])
def test_exactly_the_named_factors_differ_and_their_classes_are_uniform(change: list[str]) -> None:
    data, allowed = places(), held_out()
    view = Pairs(data, change=change)
    view.set_allowed(allowed)
    partners, changed = drawn_pairs(view, allowed)
    named = np.isin(data.factor_names, change)
    assert (changed == named).all()
    factors = data.factors()
    suitable = [allowed[((factors[allowed] != factors[i]) == named).all(1)] for i in allowed]
    assert is_uniform(partners, suitable)


def test_without_a_suitable_partner_the_agreement_is_kept() -> None:
    data = places()
    one_shape = SPACE.select(lambda at: at["shape"] == 1)
    view = Pairs(data, change=["shape", "hue"])
    view.set_allowed(one_shape)
    partners, changed = drawn_pairs(view, one_shape)
    assert np.isin(partners, one_shape).all()
    assert not changed[:, columns(data, ["shape", "scale", "x", "y"])].any()


def test_images_without_a_grid_are_paired_by_class() -> None:
    data = listed()
    allowed = np.arange(0, 4000, 2)
    view = Pairs(data, share=["kind"])
    view.set_allowed(allowed)
    partners, changed = drawn_pairs(view, allowed)
    kinds = data.factors()[:, 0]
    assert is_uniform(partners, [allowed[kinds[allowed] == kinds[i]] for i in allowed])
    assert not changed[:, 0].any()
    assert 0.6 < changed[:, 1].mean() < 0.73  # two of three tones are others


def test_the_only_image_of_its_class_is_its_own_partner() -> None:
    labels = np.array([[0], [1], [1], [2]])
    rows = np.arange(4, dtype=np.float32)[:, None]
    data = Dataset("few", rows, (1,), labels=labels, factor_names=("kind",), factor_sizes=(3,))
    view = Pairs(data, share=["kind"])
    view.set_allowed(np.array([0, 1, 2]))
    partners, _ = drawn_pairs(view, np.arange(4))
    assert partners[[0, 3]].tolist() == [0, 3]
    assert set(partners[[1, 2]]) <= {1, 2}


def test_hidden_factors_are_drawn_and_never_compared() -> None:
    data = places(hidden=["y"])
    view = Pairs(data, share=["shape", "scale", "hue", "x"])
    partners, changed = drawn_pairs(view, np.arange(len(data)))
    assert changed.shape == (len(data), 4)
    assert not changed.any()
    assert is_uniform(partners, [np.arange(7) + i // 7 * 7 for i in range(len(data))])


def test_pairs_of_3d_shapes_share_scale_shape_and_orientation_while_hues_are_free() -> None:
    view = Pairs(places(SHAPES3D), share=["scale", "shape", "orientation"])
    _, changed = drawn_pairs(view, np.arange(0, 480_000, 37))
    assert not changed[:, 3:].any()
    assert np.allclose(changed[:, :3].mean(0), 0.9, atol=0.01)


def test_wrong_names_say_what_there_is() -> None:
    with pytest.raises(CallError, match=r"no factor 'size'; it has shape, scale, hue, x, y"):
        Pairs(places(), share=["size"])
    with pytest.raises(CallError, match="name the factors to `share` or those to `change`"):
        Pairs(places())
    vectors = np.zeros((3, 1), dtype=np.float32)
    node = Dataset("v", vectors, (1,), labels=vectors, factor_names=("node",), factor_sizes=(0,))
    with pytest.raises(CallError, match="continuous factors of v cannot be shared"):
        Pairs(node, share=["node"])
