"""Representations: which factors can be learned from them, their labels, and the ideal accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.representations import Representation

RNG = np.random.default_rng(0)
TRAIN = np.column_stack([np.arange(40) % 3 * 2, RNG.uniform(size=40), np.full(40, 7), np.arange(40) % 2])
TEST = np.column_stack([[0, 4, 5], [0.5, 0.5, 0.5], [7, 7, 8], [1, 0, 1]])
NAMES = ("digit", "angle", "paper", "ink")


def represented(name: str = "S_X", **changes: object) -> Representation:
    arrays = (RNG.normal(size=(40, 2)), TRAIN, RNG.normal(size=(3, 2)), TEST)
    return Representation(name, *arrays, factor_names=NAMES, **changes)  # type: ignore[arg-type]


def test_labels_are_of_the_factors_with_two_classes_or_more() -> None:
    digit, ink = represented().labels()
    assert (digit.factor, digit.size, ink.factor, ink.size) == ("digit", 3, "ink", 2)
    assert digit.train.tolist() == [k % 3 for k in range(40)]
    assert digit.test.tolist() == [0, 2, -1]  # 5 is never seen in training
    assert represented(sizes=(10, 0, 1, 2)).labels()[0].size == 10


def test_the_other_factors_are_skipped_with_a_reason_each() -> None:
    assert represented().skipped_factors() == {
        "angle": "angle of S_X is continuous and has no classes",
        "paper": "paper of S_X has a single value in these 40 points",
    }


def test_nothing_to_learn_is_unsupported_for_the_reasons_of_all_factors() -> None:
    constant = np.zeros((9, 2))
    with pytest.raises(Unsupported, match=r"factor0 of codes has a single value.*; factor1 of codes has"):
        Representation("codes", constant, constant, constant, constant).labels()


@pytest.mark.parametrize(
    ("name", "shared", "expected"),
    [
        ("S_X", ("digit",), [1.0, 1 / 2]),
        ("E_Y", ("digit",), [1 / 3, 1.0]),
        ("S_X", (), [None, None]),
        ("codes", ("digit",), [None, None]),
    ],
)
def test_the_ideal_is_one_for_what_it_should_hold_and_chance_for_the_rest(
    name: str, shared: tuple[str, ...], expected: list[float | None]
) -> None:
    one = represented(name, shared=shared)
    assert [one.ideal_accuracy(labels) for labels in one.labels()] == expected


def test_codes_that_do_not_fit_their_factors_are_refused() -> None:
    with pytest.raises(CallError, match="40 rows of codes but 39 of factors"):
        Representation("codes", np.zeros((40, 2)), TRAIN[:39], np.zeros((3, 2)), TEST)
