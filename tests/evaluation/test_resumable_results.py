"""Evaluations that are killed, or made twice at once: each is one whole, and the same call finishes it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from disentcli.errors import CallError, DisentError
from disentcli.evaluation import plan, run_losses, run_metrics
from disentcli.evaluation.resumable_results import ResultsWriter
from disentcli.report import write_report
from disentcli.runs import checkpoint
from disentcli.runs.results import Results, read_arrays, read_results, write_result_file
from disentcli.runs.run import Run
from disentcli.scripts.eval import evaluate
from disentcli.scripts.eval_metrics import eval_metrics
from disentcli.scripts.figures import draw_figures

from ..scripts.test_evaluation import FEW, call
from ..toy_runs import make_run

METRICS: dict[str, Any] = {"metrics": {"mig": None, "dci": {}}, **FEW}
CALLS = [
    pytest.param(evaluate, {"limit": 6}, run_losses, id="eval"),
    pytest.param(eval_metrics, METRICS, run_metrics, id="eval-metrics"),
]


class Killed(BaseException):
    """The end of a process in the middle of its work."""


def killed(*_: object) -> None:
    raise Killed


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(tmp_path_factory.mktemp("killed"), "vae", method="vae")


def contents(run: Run, ident: str) -> tuple[object, ...]:
    """Scores, arrays and names of pictures."""
    arrays = {name: array.tolist() for name, array in read_arrays(run, ident).items()}
    pictures = sorted(path.name for path in (run.path / "figures" / ident).glob("*"))
    return read_results(run, ident).scores, arrays, pictures


@pytest.mark.parametrize(("script", "values", "module"), CALLS)
def test_killed_before_its_pictures_it_is_finished_by_the_same_call(
    script: Callable[..., int], values: dict[str, Any], module: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = f"{script.__name__}-whole", f"{script.__name__}-cut"
    call(script, run, ident=whole, **values)
    with monkeypatch.context() as patched:
        patched.setattr(module, "draw", killed)
        with pytest.raises(Killed):
            call(script, run, ident=cut, **values)
    assert not (run.path / "figures" / cut).exists()
    with pytest.raises(CallError, match=r"unfinished evaluation of another call .*seed differ"):
        call(script, run, ident=cut, **{**values, "seed": 3})
    with monkeypatch.context() as patched:
        patched.setattr(plan, "evaluate", killed)
        patched.setattr(run_losses, "measure_all", killed)
        call(script, run, ident=cut, **values)
        with pytest.raises(Killed):  # nothing is measured without these two
            call(script, run, ident=f"{cut}-again", **values)
    assert contents(run, cut) == contents(run, whole)
    with pytest.raises(CallError, match=r"exists; .*--ident.*--overwrite"):
        call(script, run, ident=cut, **values)


@pytest.mark.parametrize(("script", "values", "module"), CALLS)
def test_no_picture_of_the_former_evaluation_stays_beside_a_new_one(
    script: Callable[..., int], values: dict[str, Any], module: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = f"{script.__name__}-new"
    call(script, run, ident=ident, **values)
    assert contents(run, ident)[2]
    with monkeypatch.context() as patched:
        patched.setattr(module, "draw", killed)
        with pytest.raises(Killed):
            call(script, run, ident=ident, overwrite=True, **values)
    assert contents(run, ident)[2] == []
    call(script, run, ident=ident, **values)
    assert contents(run, ident)[2]


def test_an_overwritten_evaluation_that_is_killed_while_it_computes_is_the_old_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(evaluate, run, ident="old", limit=6)
    before = contents(run, "old")
    monkeypatch.setattr(run_losses, "collect_examples", killed)
    with pytest.raises(Killed):
        call(evaluate, run, ident="old", limit=5, overwrite=True)
    assert contents(run, "old") == before


def test_of_two_evaluations_of_one_ident_at_once_the_second_is_refused(run: Run) -> None:
    with (
        ResultsWriter(run.results / "twice.json"),
        pytest.raises(DisentError, match=rf"twice\.json is being written by pid {os.getpid()} .*--ident"),
    ):
        call(evaluate, run, ident="twice")
    assert call(evaluate, run, ident="twice", limit=5) == 0
    assert not list(run.path.glob(".*lock"))


def hold(path: Path, held: Any, over: Any) -> None:
    with ResultsWriter(path):
        held.set()
        over.wait(60)


def test_a_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    method = multiprocessing.get_context("spawn")
    held, over = method.Event(), method.Event()
    process = method.Process(target=hold, args=(tmp_path / "scores.json", held, over))
    process.start()
    assert held.wait(60)
    with pytest.raises(DisentError, match=rf"is being written by pid {process.pid} .*--out"):
        ResultsWriter(tmp_path / "scores.json").ensure_free()
    process.kill()
    process.join()
    with ResultsWriter(tmp_path / "scores.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_figures_of_one_folder_are_of_one_step(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The matrices of an evaluation too: of those of another step it is said that they are left out."""
    call(eval_metrics, run, ident="at-5", **METRICS)
    folder = run.path / "figures" / "figures-val"
    call(draw_figures, run, only="matrices,scatter", formats="png")
    assert {path.name for path in folder.glob("at-5*")}
    checkpoint.save(run, 6, {**checkpoint.load(run, 5), "step": 6})
    call(draw_figures, run, only="matrices", formats="png")
    printed = capsys.readouterr().out
    assert "files of an earlier call on another step or split" in printed
    assert "no metric has stored a matrix of step 6 (at-5 is of step 5" in printed
    assert list(folder.iterdir()) == []
    (run.path / checkpoint.file_name(6)).unlink()


def test_a_report_tells_the_step_of_each_picture(run: Run) -> None:
    call(evaluate, run, ident="shown", limit=5)
    page = write_report(run.path / "report.html", [run]).read_text()
    caption = "Images, what is decoded from their codes, and where they differ. Validation images. Step 5."
    assert caption in page


@pytest.mark.parametrize(
    ("scores", "taken"),
    [
        ({"mig": {"mig": None}, "dci": {"completeness": None}}, False),
        ({"mig": {"mig": None}, "dci": {"completeness": 0.5}}, True),
        ({}, True),
    ],
)
def test_an_evaluation_without_a_number_does_not_take_the_name_from_another(
    run: Run, scores: dict[str, dict[str, float | None]], taken: bool
) -> None:
    path = run.results / "named.json"
    run.results.mkdir(exist_ok=True)
    write_result_file(path, Results(scores, {"mig": "choose a representation"}, {"points": 5}))
    if taken:
        with pytest.raises(CallError, match="exists; choose another name"), ResultsWriter(path):
            pass
    else:
        with ResultsWriter(path) as writer:
            assert writer.begin({"points": 7}).scores == {}
    path.unlink()
