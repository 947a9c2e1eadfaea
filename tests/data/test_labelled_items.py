"""Batches with factors: the same images as without, and the factors of exactly these."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils import _pytree as pytree

from disentcli.data.dataset import Dataset
from disentcli.data.labelled_items import LabelledItemReader, LabelledItems, check_labels, item_reader
from disentcli.data.views.triplets import Triplets
from disentcli.errors import CallError

from .views.grids import places

INDICES = torch.tensor([5, 0, 17, 5])


def test_single_images_come_with_their_factors_and_no_change() -> None:
    data = places()
    items = LabelledItemReader(data).batch(INDICES)
    assert torch.equal(items.observations, data.batch(INDICES))
    assert np.array_equal(items.factors[:, 0], data.factors(INDICES.numpy()))
    assert not items.changed.any()
    assert len(items) == 4


def test_images_of_a_view_come_with_the_factors_of_that_very_draw() -> None:
    view = Triplets(places())
    items = LabelledItemReader(view).batch(INDICES, 3)
    drawn = view.draw(INDICES, 3)
    assert torch.equal(items.observations, view.batch(INDICES, 3))
    assert torch.equal(items.factors, view.item_factors(INDICES, 3))
    assert torch.equal(items.changed, drawn.changed)
    assert torch.equal(items.factors[:, 0] != items.factors[:, 2], items.changed)


def test_listed_factors_are_those_of_the_rows() -> None:
    labels = np.array([[0.5], [1.5], [2.5]])
    data = Dataset("listed", np.zeros((3, 4), np.uint8), (1, 2, 2), labels=labels, factor_names=["x"])
    items = LabelledItemReader(data).batch(torch.tensor([2, 1]))
    assert items.factors.tolist() == [[[2.5]], [[1.5]]]


def test_labelled_items_are_a_pytree_of_tensors() -> None:
    items = LabelledItemReader(places()).batch(INDICES)
    doubled = pytree.tree_map(lambda one: torch.cat([one, one]), items)
    assert isinstance(doubled, LabelledItems)
    assert len(doubled) == 8
    assert torch.equal(doubled.factors[4:], items.factors)


def test_without_factors_a_batch_is_the_images_alone() -> None:
    data = places()
    assert torch.equal(item_reader(data, with_factors=False)(INDICES, 0), data.batch(INDICES))


def test_data_without_factors_are_refused() -> None:
    data = Dataset("plain", np.zeros((3, 4), np.uint8), (1, 2, 2))
    with pytest.raises(CallError, match="composition learns from the factors of images, those of plain have"):
        check_labels("composition", data)
