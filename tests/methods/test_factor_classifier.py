"""The classifier that judges decoded images: what it learns, from what, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from disentcli.errors import Unsupported
from disentcli.methods.factor_classifier import FactorClassifier, _balanced_rows, train_factor_classifier

RNG = np.random.default_rng(0)
CLASSES = np.stack([RNG.integers(0, 3, 120), RNG.integers(0, 2, 120)], axis=1)
IMAGES = torch.zeros(120, 1, 8, 8)
for row, (column, side) in enumerate(CLASSES.tolist()):
    IMAGES[row, 0, 4 * side : 4 * side + 4, 2 * column : 2 * column + 3] = 1


def images_of(rows: np.ndarray) -> Tensor:
    return IMAGES[torch.from_numpy(rows)]


def trained(**options: int) -> FactorClassifier:
    return train_factor_classifier(images_of, CLASSES, (3, 2), groups=CLASSES[:, 0], **options)


def test_all_factors_are_read() -> None:
    read = trained(steps=80, batch_size=32).read(IMAGES).numpy()
    assert (read == CLASSES).mean() > 0.98


def test_it_follows_from_the_seed_and_leaves_the_generator_as_it_was() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = (trained(steps=2, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    for a, b, c in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


def test_labels_are_drawn_equally_often() -> None:
    groups = np.array([0] * 90 + [7] * 9 + [3])
    rows = _balanced_rows(groups, (300, 100), seed=0)
    shares = [(groups[rows] == label).mean() for label in (0, 3, 7)]
    np.testing.assert_allclose(shares, 1 / 3, atol=0.01)


def test_vectors_are_refused() -> None:
    with pytest.raises(Unsupported, match="vectors"):
        train_factor_classifier(lambda rows: torch.zeros(len(rows), 5), CLASSES, (3, 2), groups=CLASSES[:, 0])
