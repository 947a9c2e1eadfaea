"""Predicates mean what a plain loop over all images says they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.splits.factor_columns import GridColumns, LabelColumns, factor_columns
from disentcli.data.splits.predicates import evaluate_predicate as mask_of
from disentcli.errors import CallError

from .stand_ins import SPACES, stand_in

SPACE = FactorSpace(
    ("shape", "x_position", "turn", "hue"),
    (3, 5, 4, 1),
    (("square", "ellipse", "heart"), (0.0, 0.1, 0.2, 0.1 + 0.2, 0.7), (-30.0, 0.0, 30.0, 60.0), (0.5,)),
)
NUMBERS = {"x_position": ("0", "0.1", "0.2", "0.3", "0.7"), "turn": ("-30", "0", "30", "60")}
BOUNDS = {"above": "__gt__", "below": "__lt__", "at-least": "__ge__", "at-most": "__le__"}


def truth(predicate: Any, classes: dict[str, int]) -> bool:
    """The meaning of a predicate for one image, on decimals as they are written."""
    if isinstance(predicate, list):
        return any(truth(one, classes) for one in predicate)
    return all(
        not truth(condition, classes) if key == "not" else fits(condition, key, classes[key])
        for key, condition in predicate.items()
    )


def fits(condition: Any, factor: str, chosen: int, *, as_class: bool = False) -> bool:
    if isinstance(condition, list):
        return any(fits(one, factor, chosen, as_class=as_class) for one in condition)
    if isinstance(condition, dict):
        return all(applied(key, one, factor, chosen, as_class) for key, one in condition.items())
    if condition in ("even", "odd"):
        return chosen % 2 == (condition == "odd")
    if as_class:
        return chosen == condition
    return SPACE.values[0][chosen] == condition if factor == "shape" else number(factor, chosen) == condition


def applied(key: str, operand: Any, factor: str, chosen: int, as_class: bool) -> bool:
    if key == "not":
        return not fits(operand, factor, chosen, as_class=as_class)
    if key == "classes":
        return fits(operand, factor, chosen, as_class=True)
    return bool(getattr(float(chosen) if as_class else number(factor, chosen), BOUNDS[key])(float(operand)))


def number(factor: str, chosen: int) -> float:
    return float(NUMBERS[factor][chosen])


classes = st.integers(0, 2) | st.sampled_from(["even", "odd"])
class_conditions = classes | st.lists(classes, min_size=1, max_size=3)
bounds = st.sampled_from(sorted(BOUNDS))


def conditions(factor: str) -> st.SearchStrategy[Any]:
    of_classes = st.fixed_dictionaries(
        {"classes": class_conditions | st.dictionaries(bounds, st.integers(0, 3), min_size=1)}
    )
    if factor == "shape":
        leaf = st.sampled_from(SPACE.values[0]) | of_classes
    else:
        values = st.sampled_from([float(one) for one in NUMBERS[factor]])
        leaf = values | st.dictionaries(bounds, values | st.floats(-50, 80), min_size=1) | of_classes
    return st.recursive(
        leaf,
        lambda inner: st.fixed_dictionaries({"not": inner}) | st.lists(inner, min_size=1, max_size=3),
        max_leaves=4,
    )


clauses = st.fixed_dictionaries(
    {}, optional={factor: conditions(factor) for factor in ("shape", "x_position", "turn")}
).filter(bool)
predicates = st.recursive(
    clauses,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.fixed_dictionaries({"not": inner, "shape": conditions("shape")})
    ),
    max_leaves=4,
)


@given(predicates)
def test_a_predicate_holds_where_a_loop_says(predicate: Any) -> None:
    rows = SPACE.factors(np.arange(SPACE.size))
    expected = [truth(predicate, dict(zip(SPACE.names, row, strict=True))) for row in rows.tolist()]
    assert mask_of(predicate, GridColumns(SPACE), "here").tolist() == expected
    table = LabelColumns(rows, SPACE.names, SPACE.sizes, SPACE.values)
    assert mask_of(predicate, table, "here").tolist() == expected


def test_continuous_factors_are_compared_number_by_number() -> None:
    labels = np.array([[0.1 + 0.2, 1], [0.3, 0], [0.5, 1], [-1e-17, 0]])
    table = LabelColumns(labels, ("weight", "male"), (0, 2))
    assert mask_of({"weight": 0.3}, table, "").tolist() == [True, True, False, False]
    assert mask_of({"weight": {"above": 0.3}}, table, "").tolist() == [False, False, True, False]
    assert mask_of({"weight": {"at-most": 0.3}, "male": 1}, table, "").tolist() == [
        True,
        False,
        False,
        False,
    ]
    assert mask_of({"weight": {"not": {"below": 0.4}}}, table, "").tolist() == [
        False,
        False,
        True,
        False,
    ]
    single = LabelColumns(np.float32([[0.3], [0.7]]), ("weight",), (0,))
    assert mask_of({"weight": {"above": 0.3}}, single, "").tolist() == [False, True]


def test_the_difference_of_two_factors_is_bounded() -> None:
    """In tenths, by whole numbers, on a grid and in a table; as floats 0.3 − 0.1 is not quite 0.2."""
    space = FactorSpace(("x", "y"), (5, 3), ((0.0, 0.1, 0.2, 0.3, 0.7), (0.1, 0.3, 0.5)))
    tenths = np.array([[abs(x - y) for y in (1, 3, 5)] for x in (0, 1, 2, 3, 7)]).ravel()
    table = LabelColumns(space.factors(np.arange(space.size)), space.names, space.sizes, space.values)
    for columns in (GridColumns(space), table):
        for bound, method in BOUNDS.items():
            mask = mask_of({"difference": {"factors": ["x", "y"], bound: 0.2}}, columns, "")
            assert mask.tolist() == [bool(getattr(int(one), method)(2)) for one in tenths]
        both = {"difference": {"factors": ["y", "x"], "above": 0.1, "at_most": 0.3}, "x": {"below": 0.3}}
        expected = (tenths > 1) & (tenths <= 3) & (np.arange(15) < 9)
        assert np.array_equal(mask_of(both, columns, ""), expected)


def test_dashes_and_underscores_are_one() -> None:
    one = mask_of({"x-position": {"at_least": 0.3}}, GridColumns(SPACE), "")
    assert np.array_equal(one, mask_of({"x_position": {"at-least": 0.3}}, GridColumns(SPACE), ""))


def test_hidden_factors_can_be_named() -> None:
    dataset = stand_in(SPACE, hidden=("turn",))
    assert "turn" not in dataset.factor_names
    assert mask_of({"turn": 30}, factor_columns(dataset), "").sum() == SPACE.size / 4


def test_values_as_messages_print_them_are_recognised() -> None:
    """Six digits of k/31 are enough to mean it."""
    for value in SPACES["circles"].values[0]:
        assert mask_of({"x": float(f"{value:.6g}")}, GridColumns(SPACES["circles"]), "").sum() == 32


@pytest.mark.parametrize(
    ("predicate", "message"),
    [
        ({"shap": "square"}, "here: unknown factor 'shap'; did you mean shape?"),
        ({"not": {"turns": 0}}, "here.not: unknown factor 'turns'; did you mean turn?"),
        (
            {"shape": "sqare"},
            "here.shape: unknown value 'sqare'; did you mean square?\nThere is: square, elli",
        ),
        ({"shape": {"not": "ring"}}, "here.shape.not: unknown value 'ring'"),
        ({"x_position": 0.4}, "here.x_position: there is no value 0.4; the values are 0, 0.1, 0.2, 0.3, 0.7"),
        ({"x_position": "left"}, "expected a number, got 'left'; the values are 0, 0.1"),
        ({"x_position": {"over": 0.4}}, "here.x_position: unknown operator 'over'"),
        ({"x_position": {"at-lest": 0.4}}, "did you mean at-least or at-most?"),
        ({"x_position": {"above": "left"}}, "here.x_position.above: expected a number, got 'left'"),
        ({"shape": {"above": 1}}, "above compares numbers, and the values are words: square, ellipse, heart"),
        (
            {"shape": {"classes": 3}},
            "here.shape.classes: there is no class 3; the classes are 0 to 2, even, odd",
        ),
        (
            {"shape": {"classes": "uneven"}},
            "expected a number, got 'uneven'; the classes are 0 to 2, even, odd",
        ),
        ({"shape": []}, "here.shape: the condition is empty"),
        ({"shape": {}}, "here.shape: the condition is empty"),
        ({"shape": None}, "unknown value 'None'"),
        ({}, "here: expected factors with conditions"),
        ([], "here: expected factors with conditions"),
        ("square", "here: expected factors with conditions, as {shape: square}, got 'square'"),
        (
            {"difference": {"factors": ["turn"], "above": 1}},
            "here.difference: expected {factors: [one, other]",
        ),
        ({"difference": {"factors": ["turn", "hue"]}}, "here.difference: expected {factors: [one, other]"),
        ({"difference": "turn"}, "here.difference: expected {factors: [one, other], above: 0.2}, got 'turn'"),
        (
            {"difference": {"factors": ["turn", "hues"], "above": 1}},
            "here.difference.factors: unknown factor 'hues'",
        ),
        (
            {"difference": {"factors": ["turn", "shape"], "above": 1}},
            "here.difference.factors: the values of 'shape' are words",
        ),
        ({"difference": {"factors": ["turn", "hue"], "over": 1}}, "here.difference: unknown operator 'over'"),
        (
            {"difference": {"factors": ["turn", "hue"], "above": "far"}},
            "here.difference.above: expected a number, got 'far'",
        ),
        ({"above": 0.5}, "above is where a factor should be, as in {x_position: {above: 0.5}}"),
    ],
)
def test_a_wrong_predicate_is_refused(predicate: Any, message: str) -> None:
    with pytest.raises(CallError) as caught:
        mask_of(predicate, GridColumns(SPACE), "here")
    assert message in str(caught.value)


def test_many_values_are_told_by_their_ends() -> None:
    with pytest.raises(CallError, match=r"no value 0.5; the values are 0, 0.0322581 … 1"):
        mask_of({"x": 0.5}, GridColumns(SPACES["circles"]), "")


def test_continuous_factors_have_no_classes() -> None:
    table = LabelColumns(np.zeros((3, 1)), ("weight",), (0,))
    with pytest.raises(CallError, match="the factor is continuous, it has no classes; use above, below"):
        mask_of({"weight": {"classes": 1}}, table, "")


def test_a_dataset_without_factors_is_refused() -> None:
    dataset = Dataset("photos", np.zeros((4, 1, 1, 1), dtype=np.uint8), (1, 1, 1))
    with pytest.raises(CallError, match="photos has no factors by which images could be chosen"):
        factor_columns(dataset)
