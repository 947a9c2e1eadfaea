"""Values made to fit types; whole numbers and text against Python's own, over many inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.config.coercion import (
    CliText,
    DecayRate,
    NonNegativeFloat,
    NonNegativeInt,
    Port,
    PositiveFloat,
    PositiveInt,
    Seed,
    coerce,
    describe,
)
from disentcli.errors import CallError


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        (1e5, int, 100_000),
        (3, float, 3.0),
        ([1, 2], tuple[int, ...], (1, 2)),
        ([1, 2.5], tuple[int, float], (1, 2.5)),
        ((1, 2), list[float], [1.0, 2.0]),
        (None, Optional[int], None),  # noqa: UP045 - both spellings must work
        (None, int | None, None),
        ("val", Literal["val", "test"], "val"),
        (2, Literal[2, 3], 2),
        (7, str, "7"),
        ("a", Path, Path("a")),
        ({"1": [1]}, dict[int, tuple[int, ...]], {1: (1,)}),
        ({"a": 1}, Mapping[str, float], {"a": 1.0}),
        (2, int | str, 2),
        ("x", int | str, "x"),
        (5, Any, 5),
        (CliText("1e5"), int, 100_000),
        (CliText("1e5"), str, "1e5"),
        (CliText("[1, 2]"), tuple[int, ...], (1, 2)),
        (CliText("yes"), bool, True),
        (CliText("yes"), str, "yes"),
        (CliText("none"), float | None, None),
        (CliText("{a: 1}"), dict[str, int], {"a": 1}),
        (CliText("2"), Literal[2, 3], 2),
        (CliText("2"), int | str, 2),
        (1, PositiveInt, 1),
        (0, NonNegativeInt, 0),
        (0, NonNegativeFloat, 0.0),
        (0, DecayRate, 0.0),
        (2**64 - 1, Seed, 2**64 - 1),
        (CliText("[64, 1]"), tuple[PositiveInt, ...], (64, 1)),
        (2, PositiveInt | str, 2),
        ("x", PositiveInt | str, "x"),
    ],
)
def test_a_value_that_fits_gets_its_type(value: Any, wanted: Any, expected: Any) -> None:
    fitted = coerce(value, wanted, "key")
    assert fitted == expected
    assert type(fitted) is type(expected)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1.5, int),
        (True, int),
        (True, float),
        ("1", float),
        (1, bool),
        ("maybe", bool),
        (None, int),
        (3, list[int]),
        ([1], tuple[int, int]),
        ([[1]], tuple[int, ...]),
        ("train", Literal["val", "test"]),
        ([1], str),
        (CliText("abc"), int),
        (CliText(".nan"), int),
        (CliText(".nan"), float),
        (CliText("-.inf"), float | None),
        ([1.0, float("nan")], tuple[float, float]),
        (0, PositiveInt),
        (CliText("0"), PositiveInt | None),
        (-1, NonNegativeInt),
        (0.0, PositiveFloat),
        (-1e-9, NonNegativeFloat),
        (1.0, DecayRate),
        ([0.9, 2], tuple[DecayRate, DecayRate]),
        ([3, 0], tuple[PositiveInt, ...]),
        (-1, Seed),
        (2**64, Seed),
        (70000, Port),
        (CliText("inf"), int),
    ],
)
def test_a_misfit_names_key_wanted_and_got(value: Any, wanted: Any) -> None:
    with pytest.raises(CallError, match=r"some\.key: expected "):
        coerce(value, wanted, "some.key")


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_survive_their_text(number: int) -> None:
    assert coerce(CliText(str(number)), int, "key") == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_their_text(number: float) -> None:
    assert coerce(CliText(repr(number)), float, "key") == number


@given(st.text())
def test_text_is_never_changed(text: str) -> None:
    assert coerce(CliText(text), str, "key") == text


def test_types_are_described_in_words() -> None:
    assert describe(int | None) == "a whole number or null"
    assert describe(Literal["val", "test"]) == "one of val, test"
    assert describe(tuple[int, ...]) == "a list of whole numbers"
    assert describe(tuple[PositiveInt, ...]) == "a list of whole numbers of at least 1"
    assert describe(DecayRate | None) == "a number of at least 0 and below 1 or null"
