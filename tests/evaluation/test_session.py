"""Where the results of a run go, and how an evaluation is shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from disentcli.errors import CallError, DisentError
from disentcli.evaluation.session import results_path, show
from disentcli.metrics.evaluate import EvaluationResult
from disentcli.metrics.score_stats import summarize
from disentcli.runs.run import Run


def test_results_are_in_the_run_under_their_ident(tmp_path: Path) -> None:
    assert results_path(Run(tmp_path), "metrics-fast") == tmp_path / "results" / "metrics-fast.json"
    with pytest.raises(CallError, match=r"\.\./elsewhere"):
        results_path(Run(tmp_path), "../elsewhere")


def test_a_run_of_someone_else_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == tmp_path and mode == os.W_OK))
    with pytest.raises(DisentError, match=f"the results belong into {tmp_path}, which you may not write"):
        results_path(Run(tmp_path), "metrics-fast")


def test_an_evaluation_is_shown_with_reasons_warnings_and_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = EvaluationResult(
        scores={"mig": {"mig": 0.123456}, "dci": {"disentanglement": None}},
        reasons={"dci": "a single factor"},
        warnings={"mig": ["few points"]},
    )
    figures = [tmp_path / "a.png", tmp_path / "b.png"]
    show("run, step 5", found, tmp_path / "x.json", figures)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "run, step 5"
    assert [line.split() for line in lines[1:4]] == [
        ["score", "value"],
        ["mig", "0.1235"],
        ["dci.disentanglement", "–"],
    ]
    assert lines[4:] == [
        "no dci: a single factor",
        "warning: mig: few points",
        f"results: {tmp_path / 'x.json'}",
        f"figures: {tmp_path} (a.png, b.png)",
    ]


def test_repeated_scores_are_shown_with_deviation_and_interval(capsys: pytest.CaptureFixture[str]) -> None:
    stats = summarize([0.25, 0.5, 0.75])
    show("", EvaluationResult({"mig": {"mig": 0.5}}, stats={"mig": {"mig": stats}}), None)
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["score", "mean", "std", "95", "%", "from", "to"]
    assert row.split() == ["mig", "0.5", "0.25", f"{stats['low']:.4g}", f"{stats['high']:.4g}"]
