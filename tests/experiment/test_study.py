"""A study: its name and folder, what can be told from its scores, its progress, and the page that fills."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from disentcli.config.config_store import ConfigStore
from disentcli.errors import CallError
from disentcli.experiment import study_update, sweep_task
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.executors.executor import TIME_OVER, Executor, Outcome, Task, build_executor
from disentcli.experiment.study_call import StudyCall, read_study
from disentcli.experiment.study_progress import (
    RunTime,
    estimate_left,
    measure_progress,
    most_at_once,
    run_time,
)
from disentcli.experiment.study_results import judge
from disentcli.experiment.study_summary import StudySummary
from disentcli.experiment.study_update import (
    DUE,
    LOCK,
    SubmittedTasks,
    update_after_task,
    update_study,
)
from disentcli.experiment.study_work import complete_tasks, do_study, study_tasks
from disentcli.experiment.sweep_control import show_plan
from disentcli.experiment.sweep_plan import SweepRun
from disentcli.experiment.sweep_states import sweep_states
from disentcli.experiment.sweep_task import sweep_tasks
from disentcli.experiment.task_notes import TaskNotes
from disentcli.experiment.task_state import TaskState
from disentcli.file_lock import FileLock
from disentcli.runs.results import write_results
from disentcli.runs.run import Run
from disentcli.runs.run_index import newest_first
from disentcli.tables.grouping import Group, ScoredRun
from disentcli.training.signals import StopRequest

STUDY = """# A study of two weights
_base: [d/vec, m/vae, base]
budget: 10
seeds: 3
grid: {reg-wt: [1, 4]}
scores: [mig.mig]
"""
SCORES = {"1": (0.1, 0.12, 0.11), "4": (0.4, 0.42, 0.41)}


@pytest.fixture
def asked(tmp_path: Path) -> StudyCall:
    return read(tmp_path)


def read(folder: Path, *words: str) -> StudyCall:
    """The call of the study of this module, with these words behind it."""
    (folder / "mine.yaml").write_text(STUDY)
    store = ConfigStore({"study/mine": folder / "mine.yaml"}, folder)
    argv = ["study", "mine", "--saveroot", str(folder / "runs"), *words]
    return read_study(check_command(argv, store), check=False)


def make(one: SweepRun, root: Path, **info: Any) -> Run:
    """A run of the plan, completed and measured."""
    content = {
        "budget": 10,
        "step": 10,
        "seed": one.seed,
        "plan": one.sweep_key,
        "data": "d",
        "wall_seconds": 60,
    }
    run = Run.create(root, "vec_vae", {"seed": one.seed}, content, when=datetime(2026, 1, 1, 0, one.seed))
    score = SCORES[dict(one.axes)["reg-wt"]][one.seed]
    write_results(run, "m", {"mig": {"mig": score}}, seconds={"mig": 2.0})
    run.update(**{"status": "completed", **info})
    run.lock.release()
    return run


class Fabricating(Executor):
    """Makes up each run, and looks at the page in between; the last one fails."""

    def __init__(self, asked: StudyCall) -> None:
        self.asked, self.pages = asked, list[str]()

    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        outcomes = []
        for task, one in zip(tasks, self.asked.sweep.plan, strict=True):
            self.pages.append((self.asked.folder / "study.html").read_text())
            if task is tasks[-1]:
                task.folder.mkdir(exist_ok=True)
                task.file("error").write_text("no memory <left>")
                outcomes.append(Outcome(task, 1, "no memory <left>"))
                continue
            make(one, self.asked.sweep.saveroot)
            update_study(self.asked, sweep_tasks(self.asked.sweep), self)
            outcomes.append(Outcome(task, 0))
        return outcomes


def test_a_study_is_found_by_its_short_name_and_says_what_it_is(asked: StudyCall) -> None:
    assert asked.name == "mine"
    assert asked.about == ["A study of two weights"]
    assert list(asked.scores) == ["mig.mig"]
    assert len(asked.sweep.plan) == 6
    assert list(asked.sweep.argv[:2]) == ["sweep", "study/mine"]


def test_other_runs_make_another_folder_and_the_executor_does_not(tmp_path: Path) -> None:
    assert read(tmp_path, "--seeds", "1", "--budget", "3").name == "mine_seeds-1_budget-3"
    assert read(tmp_path, "--jobs", "2", "--scores", "sap", "--difference", "0.1").name == "mine"
    assert len(read(tmp_path, "--name", "x" * 200).name) < 100


def test_an_unknown_study_says_what_there_is(tmp_path: Path) -> None:
    store = ConfigStore({}, tmp_path)
    with pytest.raises(CallError, match=r"study 'smal'.*small"):
        read_study(check_command(["study", "smal"], store))
    with pytest.raises(CallError, match="name a study: fig study demo"):
        read_study(check_command(["study"], store))


def test_the_page_fills_and_tells_the_best_from_the_others(
    asked: StudyCall, capsys: pytest.CaptureFixture[str]
) -> None:
    executor = Fabricating(asked)
    assert do_study(asked, sweep_tasks(asked.sweep), executor) == 1
    shown = [re.search(r"(\d) of 6 runs", page) for page in executor.pages]
    assert [found[1] for found in shown if found] == ["0", "1", "2", "3", "4", "5"]
    page = (asked.folder / "study.html").read_text()
    assert "no memory &lt;left&gt;" in page
    assert 'http-equiv="refresh"' not in page
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    summary = (asked.folder / "summary.md").read_text()
    assert "mig: best is 4; all 1 others are told from it." in summary
    assert "| 1 | 3/3 | 0.110 ± 0.025 |" in summary
    assert "| 4 | 2/3 | 0.41 ± 0.13 * |" in summary
    assert "* reg-wt 4, seed 2: no memory <left>" in summary
    assert "6 runs: 5 completed, 1 failed; the completed ones took 5 min in all" in summary
    assert len(newest_first(asked.sweep.saveroot)) == 5  # the folder of studies is none
    screen = capsys.readouterr().out
    assert "study.html" in screen
    half = stats.t.ppf(0.975, 2) * 0.01 / 3**0.5  # of 0.10, 0.12 and 0.11
    shown_as = (screen, page, summary, (asked.folder / "table.md").read_text())
    assert all(f"0.110 ± {half:.3f}" in text for text in shown_as)
    assert all("Mean over seeds ± 95 % t interval of the mean" in text for text in shown_as)


def test_a_page_loads_itself_anew_while_a_run_is_at_work(asked: StudyCall) -> None:
    run = make(asked.sweep.plan[0], asked.sweep.saveroot, status="running", step=5)
    tasks = sweep_tasks(asked.sweep)
    with run.lock:
        summary = update_study(asked, tasks, Fabricating(asked))
    assert summary.status == "running"
    assert 'http-equiv="refresh" content="5"' in (asked.folder / "study.html").read_text()


def test_only_tasks_that_are_submitted_are_the_study_and_write_its_page(asked: StudyCall) -> None:
    one = asked.sweep.plan[0]
    first, *_ = study_tasks(asked, SubmittedTasks())
    assert first.argv[:2] == ("study", "mine")
    assert first.argv[-2:] == ("--task", one.sweep_key)
    assert str(asked.sweep.saveroot) in first.argv
    assert study_tasks(asked, Fabricating(asked))[0].argv[0] == "sweep"  # its process writes the page


def finish(asked: StudyCall, at: int, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> int:
    """Let a submitted task of the study do its run; the exit code."""
    one = asked.sweep.plan[at]

    def train(words: Sequence[str], *_: object, **__: object) -> int:
        if code == 0:
            make(one, asked.sweep.saveroot)
        return code

    monkeypatch.setattr(sweep_task, "run_fig", train)
    return complete_tasks(asked, [one.sweep_key])


def test_the_page_of_a_submitted_study_fills_and_loads_itself_until_the_last_task(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(len(asked.sweep.plan)):
        assert finish(asked, at, monkeypatch) == 0
        page = (asked.folder / "study.html").read_text()
        assert f"{at + 1} of 6 runs" in page
        assert ('http-equiv="refresh"' in page) == (at < 5)  # the others are queued
    assert [path.name for path in asked.folder.glob(".*")] == []


def test_a_task_that_failed_or_was_cancelled_is_not_taken_for_a_queued_one(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = study_tasks(asked, SubmittedTasks())
    assert finish(asked, 0, monkeypatch, code=1) == 1
    assert finish(asked, 1, monkeypatch, code=TIME_OVER) == TIME_OVER  # and goes on
    for task in tasks[3:]:
        task.file("cancel").touch()
    states = sweep_states(asked.sweep, tasks, SubmittedTasks())
    assert [states[task.key].status for task in tasks] == ["failed", "queued", "queued", *["open"] * 3]


def test_a_task_that_has_to_stop_leaves_the_page_to_others(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finish(asked, 0, monkeypatch, code=TIME_OVER) == TIME_OVER
    assert not (asked.folder / "study.html").exists()


def test_a_task_is_done_though_its_page_cannot_be_written(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.folder.parent.mkdir(parents=True)
    asked.folder.write_text("in the way")
    assert finish(asked, 0, monkeypatch) == 0
    assert "the page of mine is not brought up to date" in capsys.readouterr().err


def test_who_writes_the_page_does_so_again_for_a_task_that_ended_meanwhile(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = study_tasks(asked, SubmittedTasks())
    counts: list[int] = []

    def render(summary: StudySummary) -> str:
        counts.append(summary.progress.done)
        if len(counts) == 1:  # while it is written another run ends, whose task finds the lock taken
            make(asked.sweep.plan[1], asked.sweep.saveroot)
            update_after_task(asked, tasks)
            assert (asked.folder / DUE).exists()
        return str(summary.progress.done)

    monkeypatch.setattr(study_update, "render_study_page", render)
    make(asked.sweep.plan[0], asked.sweep.saveroot)
    update_after_task(asked, tasks)
    assert counts == [1, 2]
    assert (asked.folder / "study.html").read_text() == "2"


def test_a_page_that_another_process_holds_for_long_is_written_at_last(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_update, "PATIENCE", 0.1)
    asked.folder.mkdir(parents=True)
    with FileLock(asked.folder / LOCK, "the page", "wait"):
        update_study(asked, sweep_tasks(asked.sweep), Fabricating(asked))
    assert (asked.folder / "study.html").exists()


def write_notes(task: Task, notes: TaskNotes) -> None:
    task.folder.mkdir(exist_ok=True)
    task.file("notes").write_text(json.dumps(asdict(notes)))


def test_what_a_run_took_is_all_of_its_tries(asked: StudyCall) -> None:
    tasks, one = sweep_tasks(asked.sweep), asked.sweep.plan[0]
    run = make(one, asked.sweep.saveroot)
    states = {task.key: TaskState("open") for task in tasks} | {one.sweep_key: TaskState("completed")}
    runs = {one.sweep_key: run}
    progress = measure_progress(asked.sweep.plan, tasks, states, runs)
    assert (progress.seconds, progress.seconds_left) == (62, 5 * 62)  # what the run says itself
    write_notes(tasks[0], TaskNotes(80.0))
    progress = measure_progress(asked.sweep.plan, tasks, states, runs, side_by_side=2)
    assert (progress.seconds, progress.seconds_left) == (80, 5 * 80 / 2)


def test_start_up_is_part_of_the_training_and_of_each_call_after_it(asked: StudyCall) -> None:
    run = make(asked.sweep.plan[0], asked.sweep.saveroot, called={"eval": {}, "figures": {}})
    assert run_time(run, TaskNotes()) == RunTime(60, 2)
    assert run_time(run, TaskNotes(62 + 3 * 6)) == RunTime(66, 14)
    assert run_time(run, TaskNotes(30)) == RunTime(60, 2)  # one of its tries was killed: no time is known


def test_the_time_left_falls_as_time_passes_and_does_not_jump_as_runs_end_and_begin(asked: StudyCall) -> None:
    """Two places, six runs of 100 s: 20 of start-up, 60 of training, 20 of evaluation."""
    plan, tasks, now = asked.sweep.plan, sweep_tasks(asked.sweep), time.time()
    runs = {one.sweep_key: make(one, asked.sweep.saveroot, called={"eval": {}}) for one in plan}

    def look(second: int) -> float:
        """The time left when so many seconds have passed; a place is empty for two seconds between runs."""
        states = {}
        for at, task in enumerate(tasks):
            began = (at // 2) * 102 + 3 * (at % 2)
            age = second - began
            status = "open" if age < 0 else "running" if age < 100 else "completed"
            step = min(max(age - 20, 0) // 6, 10)
            states[task.key] = TaskState(status, "r", step, 10, called=0.0 if 80 <= age < 100 else None)
            shift = now - second
            write_notes(
                task, TaskNotes(100.0 if age >= 100 else 0.0, began=began + shift, ended=began + 100 + shift)
            )
        known = {task.key: runs[task.key] for task in tasks if states[task.key].status != "open"}
        left = measure_progress(plan, tasks, states, known).seconds_left
        assert left is not None
        return left

    left = [look(second) for second in range(101, 300, 3)]
    steps = [after - before for before, after in pairwise(left)]
    assert max(steps) <= 1e-6
    assert min(steps) >= -20
    assert all(abs(one - (307 - second)) <= 25 for one, second in zip(left, range(101, 300, 3), strict=True))


def test_places_are_those_of_tries_that_overlap() -> None:
    assert most_at_once([], 0) == 0
    assert most_at_once([(at, at + 1) for at in range(100)], 100) == 1  # one after another
    assert most_at_once([(0, 10), (0, 10), (0, math.inf)], 11) == 3  # two have just ended
    assert most_at_once([(0, 10), (0, 10), (0, math.inf)], 100) == 0  # long ago


def test_the_plan_shows_how_what_is_open_would_be_done(asked: StudyCall) -> None:
    make(asked.sweep.plan[0], asked.sweep.saveroot)
    running = make(asked.sweep.plan[1], asked.sweep.saveroot, status="running", step=5)
    shown: list[str] = []

    class Preview(Fabricating):
        def states(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
            return {asked.sweep.plan[2].sweep_key: TaskState("queued")}

        def preview(self, tasks: Sequence[Task]) -> str:
            shown.extend(task.key for task in tasks)
            return ""

    with running.lock:
        show_plan(asked.sweep, sweep_tasks(asked.sweep), Preview(asked))
    assert shown == [one.sweep_key for one in asked.sweep.plan[3:]]


def test_the_sbatch_file_of_a_dry_run_is_over_the_open_runs(
    asked: StudyCall, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("submitit", reason="the extra `slurm` is not installed")
    made, *left = asked.sweep.plan
    make(made, asked.sweep.saveroot)
    executor = build_executor({"_type": "slurm"})
    show_plan(asked.sweep, study_tasks(asked, executor), executor)
    script = capsys.readouterr().out.partition("#!/bin/bash")[2]
    assert "#SBATCH --array=0-4%" in script
    assert re.findall(r"^  '?([0-9a-f]{16})'?$", script, re.MULTILINE) == [one.sweep_key for one in left]
    assert "disentcli.cli study mine" in script
    for one in left:
        make(one, asked.sweep.saveroot)
    show_plan(asked.sweep, study_tasks(asked, executor), executor)
    assert "sbatch" not in capsys.readouterr().out.lower()


def test_one_damaged_run_does_not_stop_the_page(asked: StudyCall) -> None:
    runs = [make(one, asked.sweep.saveroot) for one in asked.sweep.plan[:3]]
    (runs[1].path / "run.json").write_text("{")
    summary = update_study(asked, sweep_tasks(asked.sweep), Fabricating(asked))
    assert summary.progress.counts == {"completed": 2, "open": 4}


def group(name: str, values: Sequence[float], data: str = "d") -> Group:
    runs = tuple(
        ScoredRun(f"{name}{seed}", {"mig.mig": value}, seed, data) for seed, value in enumerate(values)
    )
    return Group((name,), runs)


def test_p_values_are_welchs_times_their_number_from_the_smallest_on() -> None:
    best, near, far = (0.5, 0.6, 0.7), (0.45, 0.5, 0.64), (0.1, 0.2, 0.15)
    (verdict,) = judge([group("near", near), group("best", best), group("far", far)], "mig.mig")
    assert verdict.best.labels == ("best",)
    plain = [float(stats.ttest_ind(one, best, equal_var=False).pvalue) for one in (near, far)]
    assert plain[1] < plain[0]
    assert [one.p for one in verdict.others] == pytest.approx([plain[0], 2 * plain[1]])
    assert [one.group.labels for one in verdict.not_told] == [("near",)]


def test_groups_are_judged_beside_the_best_of_their_own_data() -> None:
    groups = [
        group(name, (value, value + 0.01), data)
        for name, value, data in (("a", 0.1, "x"), ("b", 0.2, "x"), ("c", 0.8, "y"), ("d", 0.9, "y"))
    ]
    assert [one.best.labels for one in judge(groups, "mig.mig")] == [("b",), ("d",)]


def test_a_given_difference_has_its_number_of_seeds() -> None:
    groups = [group("a", (0.0, 2**0.5)), group("b", (1.0, 1 + 2**0.5))]  # both deviations are 1
    (verdict,) = judge(groups, "mig.mig", difference=0.5)
    assert verdict.others[0].seeds_needed == 64  # Cohen, 1988


def test_one_seed_is_not_tested() -> None:
    (verdict,) = judge([group("a", (0.1,)), group("b", (0.2,))], "mig.mig")
    assert (verdict.others[0].p, verdict.others[0].seeds_needed) == (None, None)


def test_what_is_left_is_the_median_of_the_cell_for_the_steps_that_are_left(asked: StudyCall) -> None:
    plan = asked.sweep.plan
    states = {one.sweep_key: TaskState("open") for one in plan}
    assert estimate_left(plan, states, {}) is None
    took = {plan[0].sweep_key: RunTime(8.0, 2.0), plan[3].sweep_key: RunTime(24.0, 6.0)}
    states |= {key: TaskState("completed") for key in took}
    states[plan[1].sweep_key] = TaskState("running", step=5, budget=10)
    assert estimate_left(plan, states, took) == (4 + 2) + 10 + 30 + 30
    states[plan[1].sweep_key] = TaskState("running", step=3, budget=10, called=0.5)  # it stopped early
    assert estimate_left(plan, states, took) == 1 + 10 + 30 + 30
