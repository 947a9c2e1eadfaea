"""The table of probes: laid out as in the paper, percentages with their deviation."""

from __future__ import annotations

import doctest

from disentcli.metrics.repeats import Spread, spread_of
from disentcli.scripts import probe_table as module
from disentcli.scripts.probe_table import probe_table


def test_the_example_holds() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_cell_has_its_deviation() -> None:
    spreads: dict[str, Spread] = {
        "S_X.digit": spread_of([0.9, 0.92]),
        "S_X.distance": spread_of([0.11, 0.12]),
    }
    scores: dict[str, float | None] = {"S_X.digit": 0.91, "S_X.hue": None, "S_X.distance": 0.115}
    assert probe_table(scores, spreads) == [
        ["", "digit", "hue", "distance"],
        ["S_X", "91.00 ± 1.41", "–", "0.1150 ± 0.0071"],
    ]


def test_several_factors_of_one_view_alone_keep_their_names() -> None:
    scores: dict[str, float | None] = {"S_X.a": 0.5, "S_X.b": 0.5, "S_Y.c": 0.5}
    assert probe_table(scores)[0] == ["", "a", "b", "c"]


def test_without_probes_there_is_no_table() -> None:
    assert probe_table({}) == [[""]]
