"""Tests over several groups: Holm's correction by hand, after Holm (1979)."""

from __future__ import annotations

import pytest

from disentcli.tables.significance import holm


def test_the_smallest_p_counts_as_often_as_there_are_tests() -> None:
    assert holm([0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_a_corrected_p_is_no_smaller_than_one_before_it_and_at_most_one() -> None:
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([]) == []
