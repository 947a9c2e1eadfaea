"""Merging, without omnifig: laws that hold for any configs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.config.config_layers import ConfigLayer, MergedConfig
from disentcli.config.keys import VALUE_KEY, flatten, get_path
from disentcli.errors import CallError

keys = st.sampled_from(["a", "b-c", "d_e", "f"])
configs = st.recursive(
    st.dictionaries(keys, st.integers() | st.lists(st.integers(), max_size=2), max_size=3),
    lambda inner: st.dictionaries(keys, inner | st.integers(), max_size=3),
)


def stacked(*contents: dict[str, Any]) -> MergedConfig:
    return MergedConfig(ConfigLayer(content, f"file {number}") for number, content in enumerate(contents))


@given(configs)
def test_a_config_over_itself_or_over_nothing_is_itself(config: dict[str, Any]) -> None:
    alone = stacked(config).values
    assert stacked(config, config).values == alone
    assert stacked({}, config).values == stacked(config, {}).values == alone


@given(configs, configs)
def test_every_value_is_that_of_its_source(first: dict[str, Any], second: dict[str, Any]) -> None:
    merged = stacked(first, second)
    for path, value in flatten(merged.values):
        if value != {}:
            source = merged.origins[path]
            assert get_path(merged.layers[int(source[-1])], path) == value


def test_a_value_and_a_group_of_one_name_live_together() -> None:
    """`--checkpoint best` beside `checkpoint: {freq: 10}`, in either order."""
    expected = {"checkpoint": {VALUE_KEY: "best", "freq": 10}}
    assert stacked({"checkpoint": "best"}, {"checkpoint": {"freq": 10}}).values == expected
    assert stacked({"checkpoint": {"freq": 10}}, {"checkpoint": "best"}).values == expected
    assert stacked({"checkpoint": "best", "checkpoint.freq": 10}).values == expected
    assert stacked({"checkpoint.freq": 10, "checkpoint": "best"}).values == expected


def test_dotted_keys_are_nested_ones() -> None:
    assert stacked({"a.b-c": 1, "a": {"d": 2}}).values == {"a": {"b_c": 1, "d": 2}}


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(CallError, match="file 0: the key 'b_c' is given twice"):
        stacked({"b-c": 1, "b_c": 2})
    with pytest.raises(CallError, match="given twice"):
        stacked({"a": 1, "a.b": 2})
