"""Tables of several runs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from disentcli.runs.results import write_results
from disentcli.runs.run import Run
from disentcli.tables.score_tables import compare_runs
from disentcli.tables.table import csv_table, markdown_table, plain_table, score_text, show_table


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    made = [Run.create(tmp_path, name, {"model": {"note": "<&>"}}) for name in ("one", "two")]
    write_results(made[0], "metrics-x", {"mig": {"mig": 0.25}, "dci": {"completeness": None}})
    write_results(made[1], "metrics-x", {"mig": {"mig": 0.5}})
    write_results(made[1], "eval-val", {"losses": {"kl": 3.0}})
    return made


def test_every_score_of_any_run_is_compared(runs: list[Run]) -> None:
    names, tables = compare_runs(runs)
    assert names == ["mig", "dci.completeness", "losses.kl"]
    assert [table.get("mig") for table in tables] == [0.25, 0.5]
    assert [table.get("losses.kl") for table in tables] == [None, 3.0]


def test_a_score_measured_in_two_ways_is_told_apart(runs: list[Run]) -> None:
    write_results(runs[0], "eval-test", {"losses": {"kl": 5.0}})
    names, tables = compare_runs(runs)
    assert {"eval-test losses.kl", "eval-val losses.kl", "mig"} <= set(names)
    assert tables[0]["eval-test losses.kl"] == 5.0
    assert "eval-test losses.kl" not in tables[1]


def test_a_table_on_the_screen_in_markdown_and_as_csv() -> None:
    header, rows = ("score", "a"), [("mig", "0.5"), ("long, name", "–")]
    assert plain_table([header, *rows]).splitlines() == [
        "score         a",
        "mig         0.5",
        "long, name    –",
    ]
    assert markdown_table(header, rows).splitlines()[:2] == ["| score | a |", "| --- | ---: |"]
    assert list(csv.reader(csv_table(header, rows).splitlines())) == [list(header), *map(list, rows)]


def test_a_table_that_is_piped_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("score", "value"), [("mig", "0.5")], "title")
    assert capsys.readouterr().out == "title\nscore  value\nmig      0.5\n"


def test_scores_are_short_and_null_is_a_dash() -> None:
    assert (score_text(0.123456), score_text(1234.6), score_text(None)) == ("0.1235", "1235", "–")
