"""Tables of several runs, and the page that holds everything."""

from __future__ import annotations

import csv
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from disentcli.analysis.comparison import compare_runs
from disentcli.analysis.figures import draw_samples
from disentcli.analysis.report import write_report
from disentcli.analysis.table import csv_table, markdown_table, plain_table, score_text, show_table
from disentcli.runs.results import write_results
from disentcli.runs.run import Run


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    made = [Run.create(tmp_path, name, {"model": {"note": "<&>"}}) for name in ("one", "two")]
    write_results(made[0], "metrics-x", {"mig": {"mig": 0.25}, "dci": {"completeness": None}})
    write_results(made[1], "metrics-x", {"mig": {"mig": 0.5}})
    write_results(made[1], "eval-val", {"losses": {"kl": 3.0}})
    draw_samples(np.zeros((10, 1, 8, 8)), "prior", made[1].path / "figures" / "eval-val" / "samples.png")
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


def test_the_page_holds_scores_pictures_and_configs_and_asks_for_nothing(
    runs: list[Run], tmp_path: Path
) -> None:
    sources: list[str] = []

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            sources.extend(value or "" for name, value in attrs if name in ("src", "href"))

    path = write_report(tmp_path / "report.html", runs)
    Page().feed(text := path.read_text())
    assert [source[:22] for source in sources] == ["data:image/png;base64,"]
    assert "&lt;&amp;&gt;" in text
    assert "<td>0.25</td><td>0.5</td>" in text
    assert runs[0].name in text


def test_tables_in_three_dresses() -> None:
    header, rows = ("score", "a"), [("mig", "0.5"), ("long, name", "–")]
    assert plain_table(header, rows).splitlines() == ["score         a", "mig         0.5", "long, name    –"]
    assert markdown_table(header, rows).splitlines()[:2] == ["| score | a |", "| --- | ---: |"]
    assert list(csv.reader(csv_table(header, rows).splitlines())) == [list(header), *map(list, rows)]


def test_a_table_that_is_piped_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("score", "value"), [("mig", "0.5")], "title")
    assert capsys.readouterr().out == "title\nscore  value\nmig      0.5\n"


def test_scores_are_short_and_null_is_a_dash() -> None:
    assert (score_text(0.123456), score_text(1234.6), score_text(None)) == ("0.1235", "1235", "–")
