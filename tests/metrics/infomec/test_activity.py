"""Pruning rules."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.metrics.infomec.ratios import ActivityRule


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("range/8", [True, True, False, False]),
        ("range/20", [True, True, True, False]),
        ("range>0", [True, True, True, False]),
        ("range > 2", [True, False, False, False]),
        ("iqr/10", [True, True, False, False]),
        ("iqr>0.7", [True, True, False, False]),
        ("iqr>0.8", [True, False, False, False]),
    ],
)
def test_rules(rule: str, expected: list[bool]) -> None:
    ramp = np.linspace(0, 1, 101)
    spike = np.where(np.arange(101) == 50, 0.9, 0.0)  # it has a range, but its quartiles are equal
    codes = np.stack([10 * ramp, 1.5 * ramp, spike, np.full(101, 3.0)], axis=1)
    assert ActivityRule.parse(rule).active(codes).tolist() == expected


def test_constant_codes_are_never_active() -> None:
    for rule in ("range/8", "range>0", "iqr/10", "iqr>0.1"):
        assert not ActivityRule.parse(rule).active(np.ones((10, 3))).any()


@pytest.mark.parametrize("text", ["range", "range/0.5", "std/3", "range<8", "", "8"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(CallError, match="is no pruning rule; write range/20"):
        ActivityRule.parse(text)
