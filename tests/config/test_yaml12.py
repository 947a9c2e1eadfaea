"""Scalars of YAML 1.2's core schema: the examples of its specification, section 10.3.2."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from disentcli.config.yaml12 import parse, read
from disentcli.errors import CallError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("NULL", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("0", 0),
        ("0o7", 7),
        ("0x3A", 58),
        ("-19", -19),
        ("007", 7),
        ("0.", 0.0),
        ("-0.0", -0.0),
        (".5", 0.5),
        ("+12e03", 12000.0),
        ("-2E+05", -200_000.0),
        ("1e-3", 0.001),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
    ],
)
def test_the_specifications_examples(text: str, value: Any) -> None:
    assert parse(text) == value
    assert type(parse(text)) is type(value)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(parse(".NaN"))


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "off", "y", "4:00", "2026-11-21", "1_000", "0b1", "nan", "None"]
)
def test_what_only_yaml_1_1_reads_otherwise_is_text(text: str) -> None:
    assert parse(text) == text


def test_text_that_is_no_yaml_is_text() -> None:
    assert parse("[1, 2") == "[1, 2"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text("abcno:19e-_ ", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
)


@given(values)
def test_what_pyyaml_writes_is_read_as_it_was(value: Any) -> None:
    """A run's config.yaml is written by yaml.safe_dump."""
    assert parse(yaml.safe_dump(value)) == value


def test_a_file_with_an_error_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for content, said in (
        ("a: 1\nb: [\n", "line 3"),
        ("a: 1\na: 2\n", "'a' is there twice"),
        ("- 1\n", "key: value"),
    ):
        path.write_text(content)
        with pytest.raises(CallError, match=said):
            read(path, "a.yaml")
