"""A study: its name and folder, what can be told from its scores, its progress, and the page that fills."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from disentcli.config.config_store import ConfigStore
from disentcli.errors import CallError
from disentcli.experiment import sweep_task
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.executors.executor import Executor, Outcome, Task
from disentcli.experiment.study_call import StudyCall, read_study
from disentcli.experiment.study_progress import estimate_left, measure_progress
from disentcli.experiment.study_results import judge
from disentcli.experiment.study_work import complete_tasks, do_study, study_tasks, update_study
from disentcli.experiment.sweep_control import show_plan
from disentcli.experiment.sweep_plan import SweepRun
from disentcli.experiment.sweep_task import sweep_tasks
from disentcli.experiment.task_notes import note_try
from disentcli.experiment.task_state import TaskState
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
    assert all(f"0.110 ± {half:.3f}" in text for text in (screen, page, summary))


def test_a_page_loads_itself_anew_while_a_run_is_at_work(asked: StudyCall) -> None:
    run = make(asked.sweep.plan[0], asked.sweep.saveroot, status="running", step=5)
    tasks = sweep_tasks(asked.sweep)
    with run.lock:
        summary = update_study(asked, tasks, Fabricating(asked))
    assert summary.status == "running"
    assert 'http-equiv="refresh" content="5"' in (asked.folder / "study.html").read_text()


def test_a_task_elsewhere_is_the_study_too_and_writes_the_page_at_its_end(
    asked: StudyCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, *_), one = study_tasks(asked), asked.sweep.plan[0]
    assert first.argv[:2] == ("study", "mine")
    assert first.argv[-2:] == ("--task", one.sweep_key)
    assert str(asked.sweep.saveroot) in first.argv

    def train(words: Sequence[str], *_: object, **__: object) -> int:
        make(one, asked.sweep.saveroot)
        return 0

    monkeypatch.setattr(sweep_task, "run_fig", train)
    assert complete_tasks(asked, [one.sweep_key]) == 0
    page = (asked.folder / "study.html").read_text()
    assert re.search(r"1\b.*completed", page)
    assert [path.name for path in asked.folder.glob(".*")] == []


def test_what_a_run_took_is_all_of_its_tries(asked: StudyCall) -> None:
    tasks, one = study_tasks(asked), asked.sweep.plan[0]
    run = make(one, asked.sweep.saveroot)
    states = {task.key: TaskState("open") for task in tasks} | {one.sweep_key: TaskState("completed")}
    runs = {one.sweep_key: run}
    progress = measure_progress(asked.sweep.plan, tasks, states, runs)
    assert (progress.seconds, progress.seconds_left) == (62, 5 * 62)  # what the run says itself
    tasks[0].folder.mkdir()
    note_try(tasks[0], run, 80.0, out_of_time=False)
    progress = measure_progress(asked.sweep.plan, tasks, states, runs, side_by_side=2)
    assert (progress.seconds, progress.seconds_left) == (80, 5 * 80 / 2)


def test_the_plan_shows_how_what_is_open_would_be_done(asked: StudyCall) -> None:
    make(asked.sweep.plan[0], asked.sweep.saveroot)
    shown: list[str] = []

    class Preview(Fabricating):
        def preview(self, tasks: Sequence[Task]) -> str:
            shown.extend(task.key for task in tasks)
            return ""

    show_plan(asked.sweep, study_tasks(asked), Preview(asked))
    assert shown == [one.sweep_key for one in asked.sweep.plan[1:]]


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
    took = {plan[0].sweep_key: 10.0, plan[3].sweep_key: 30.0}
    states |= {key: TaskState("completed") for key in took}
    states[plan[1].sweep_key] = TaskState("running", step=5, budget=10)
    assert estimate_left(plan, states, took) == 5 + 10 + 30 + 30
