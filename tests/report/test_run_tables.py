"""Scores, config and environment of a run as the page shows them."""

from __future__ import annotations

import doctest

import pytest

from disentcli.report import run_tables, templating
from disentcli.runs.results import Results, write_result_file, write_results

from .conftest import Maker
from .reading import Page


@pytest.mark.parametrize("module", [run_tables, templating])
def test_examples_hold(module) -> None:
    assert doctest.testmod(module).attempted
    assert not doctest.testmod(module).failed


def test_scores_stand_with_the_reason_of_those_that_are_null(bare: Maker) -> None:
    run = bare()
    found = {"mig": {"mig": 0.123456, "ceiling": 1.0}, "dci": {"completeness": None}}
    write_results(
        run, "metrics-x", found, {"dci": "one factor <only>", "samples": "no prior"}, {"points": 50}
    )
    page = Page(str(run_tables.render_scores(run)))
    assert page.rows == [
        ["score", "value"],
        ["mig", "0.1235"],
        ["mig.ceiling", "1"],
        ["dci.completeness", "– one factor <only>"],
    ]
    assert "No samples: no prior" in page.text
    assert "points 50" in page.text


def test_repeated_measurements_have_their_spread(bare: Maker) -> None:
    run = bare()
    spread = {"mean": 0.5, "std": 0.1, "low": 0.4, "high": 0.6, "values": [0.4, 0.6]}
    run.results.mkdir()
    results = Results({"mig": {"mig": 0.5, "ceiling": 1.0}}, repeats={"mig": {"mig": spread}})
    write_result_file(run.results / "m.json", results)
    assert Page(str(run_tables.render_scores(run))).rows[1:] == [
        ["mig", "0.5", "0.1", "0.4", "0.6"],
        ["mig.ceiling", "1", "–", "–", "–"],
    ]


def test_warnings_stand_below_the_scores(bare: Maker) -> None:
    run = bare()
    run.results.mkdir()
    results = Results({"mig": {"mig": 0.5}}, warnings={"mig": ["an outlier", "few points: 24 for 20 bins"]})
    write_result_file(run.results / "m.json", results)
    assert "Warning: mig: few points: 24 for 20 bins" in Page(str(run_tables.render_scores(run))).text


def test_damaged_results_are_said_to_be_so_and_the_others_are_shown(bare: Maker) -> None:
    run = bare()
    write_results(run, "good", {"mig": {"mig": 0.5}})
    (run.results / "bad.json").write_text("{")
    page = Page(str(run_tables.render_scores(run)))
    assert "bad.json is damaged" in page.text
    assert ["mig", "0.5"] in page.rows


def test_few_runs_are_columns_and_many_are_rows(bare: Maker) -> None:
    runs = [bare(f"r{n}") for n in range(5)]
    for n, run in enumerate(runs):
        write_results(run, "m", {"mig": {"mig": n / 8}})
    few, many = (Page(str(run_tables.render_comparison(some))).rows for some in (runs[:2], runs))
    assert few == [["score", runs[0].name, runs[1].name], ["mig", "0", "0.125"]]
    assert many == [["run", "mig"], *([run.name, f"{n / 8:.4g}"] for n, run in enumerate(runs))]


def test_runs_that_were_measured_on_different_parts_are_said_to_be(bare: Maker) -> None:
    runs = [bare(f"part{n}") for n in range(2)]
    for run, mode in zip(runs, ("val", "test"), strict=True):
        write_results(run, "m", {"mig": {"mig": 0.5}}, settings={"mode": mode, "step": 3})
    assert "m: measured with different mode: val, test" in Page(str(run_tables.render_comparison(runs))).text
    assert "different" not in Page(str(run_tables.render_comparison(runs[:1]))).text


def test_the_config_lies_open_value_by_value(bare: Maker) -> None:
    run = bare(model={"_type": "vae", "encoder": {"_type": "mlp", "hidden": [64, 32]}}, note="<script>")
    rows = Page(str(run_tables.render_config(run))).rows
    assert ["note", "<script>"] in rows
    assert [row for row in rows if row[0].startswith(("encoder", "_type"))] == [
        ["_type", "vae"],
        ["encoder", "mlp"],
        ["encoder.hidden", "64, 32"],
    ]


def test_the_environment_is_what_run_json_says(bare: Maker) -> None:
    run = bare()
    with run.lock:
        run.update(versions={"torch": "2.13"}, threads=2)
    page = Page(str(run_tables.render_environment(run)))
    assert ["versions.torch", "2.13"] in page.rows
    assert ["threads", "2"] in page.rows
    assert "fig train a" in page.text


@pytest.mark.parametrize("status", ["created", "running", "failed", "completed"])
def test_a_run_says_how_it_is(bare: Maker, status: str) -> None:
    run = bare()
    run.lock.acquire()
    run.update(status=status, step=1200, budget=5000)
    assert Page(str(run_tables.render_status(run))).text == f"{status} at step 1,200 of 5,000"
    run.lock.release()
    killed = "killed" if status == "running" else status
    assert Page(str(run_tables.render_status(run))).text.startswith(killed)


def test_a_failure_is_told_with_its_traceback(bare: Maker) -> None:
    run = bare()
    run.write_error("Traceback …\nNotFinite: the <loss> is nan\n")
    page = Page(str(run_tables.render_status(run)))
    assert page.text.count("NotFinite: the <loss> is nan") == 2
