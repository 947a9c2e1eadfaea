"""The table of probes: laid out as in the paper, percentages with their deviation."""

from __future__ import annotations

import doctest

import pytest

from disentcli.tables import probe_table as module
from disentcli.tables.grouping import Group, ScoredRun
from disentcli.tables.probe_table import probe_table, show_probes_of_seeds


def test_the_example_holds() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_cell_has_its_deviation() -> None:
    deviations = {"S_X.digit": 0.0141, "S_X.distance": 0.0071}
    scores: dict[str, float | None] = {"S_X.digit": 0.91, "S_X.hue": None, "S_X.distance": 0.115}
    assert probe_table(scores, deviations) == [
        ["", "digit", "hue", "distance"],
        ["S_X", "91.00 ± 1.41", "–", "0.1150 ± 0.0071"],
    ]


def test_several_factors_of_one_view_alone_keep_their_names() -> None:
    scores: dict[str, float | None] = {"S_X.a": 0.5, "S_X.b": 0.5, "S_Y.c": 0.5}
    assert probe_table(scores)[0] == ["", "a", "b", "c"]


def test_without_probes_there_is_no_table() -> None:
    assert probe_table({}) == [[""]]


def test_a_sweep_has_the_table_of_its_seeds_for_each_ident(capsys: pytest.CaptureFixture[str]) -> None:
    weak, strong = "weak probes.S_X.digit", "strong probes.S_X.digit"
    names = [weak, strong, "weak probes.E_X.digit", "strong probes.E_X.digit", "mig"]
    runs = [{name: 0.9 + 0.02 * seed + 0.01 * (name == strong) for name in names} for seed in range(2)]
    group = Group(("l1-wt=0",), tuple(ScoredRun(str(seed), dict(run), seed) for seed, run in enumerate(runs)))
    show_probes_of_seeds(group, names)
    spread = "; mean ± standard deviation over seeds"
    first, second = capsys.readouterr().out.strip().split("\n\n")
    assert first.splitlines()[0] == f"l1-wt=0 weak, seeds 0, 1: {module.TITLE}{spread}"
    assert second.splitlines()[0] == f"l1-wt=0 strong, seeds 0, 1: {module.TITLE}{spread}"
    assert first.splitlines()[2].split() == ["S_X", "91.00", "±", "1.41"]
    assert second.splitlines()[2].split() == ["S_X", "92.00", "±", "1.41"]


def test_a_sweep_without_probes_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    show_probes_of_seeds(Group(("all",), (ScoredRun("a", {"mig": 0.1}, 0),)), ["mig"])
    assert not capsys.readouterr().out
