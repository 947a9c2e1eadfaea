"""Tables on the screen: the examples, and what a wide one becomes."""

from __future__ import annotations

import doctest

from disentcli.tables import table


def test_the_examples_hold() -> None:
    assert doctest.testmod(table).attempted
    assert not doctest.testmod(table).failed


def test_a_wide_table_has_a_line_for_each_column() -> None:
    lines = [["run", *map(str, range(20))], ["a", *"abcdefghijklmnopqrst"]]
    assert table.narrow(lines) == [
        ["run", "a"],
        *([str(at), letter] for at, letter in enumerate(lines[1][1:])),
    ]
    assert table.narrow([line[:14] for line in lines]) == [line[:14] for line in lines]
