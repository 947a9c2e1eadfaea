"""One planned run of a sweep brought to its end: trained or continued, then the calls that follow it."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial

from ..config.settings import Settings
from ..console.fig_process import fig_command, fig_environment
from ..console.terminal import echo
from ..errors import CallError, DisentError
from ..file_lock import FileLock
from ..runs.roots import save_root
from ..runs.run import Run
from ..training.signals import StopRequest, handle_signals
from .executors.executor import TIME_OVER, Task
from .executors.process import POLL, wait_for
from .sweep_call import SweepCall, as_words, check_next, read_sweep
from .sweep_plan import KEYS_OF_A_CALL, SweepRun, changed_configs, fingerprints
from .sweep_runs import existing_runs, next_step

FOLDER = ".sweeps"  # in the folder of runs, whose listing leaves out hidden names

Call = Callable[[Sequence[str], Sequence[str]], int]  # runs `fig` with words, and with others not shown


def sweep_tasks(sweep: SweepCall, plan: Sequence[SweepRun] | None = None) -> list[Task]:
    """A task for each planned run, or for those of a part of the plan."""
    return [_task(one, sweep) for one in (sweep.plan if plan is None else plan)]


def _task(one: SweepRun, sweep: SweepCall) -> Task:
    return Task(
        one.sweep_key,
        task_name(one),
        (*sweep.argv, *sweep.common, "--task", one.sweep_key),
        save_root(sweep.saveroot) / FOLDER,
        (one.start.sweep_key,) if one.start else (),
        partial(complete, one, sweep),
    )


def complete_one(settings: Settings) -> int:
    """Do the one run of a sweep that --task names by its key; the exit code is that of `complete`."""
    sweep = read_sweep(settings, check=False)
    found = [one for one in sweep.plan if one.sweep_key == settings.get("task")]
    if not found:
        raise CallError(
            f"--task {settings.get('task')}: no run of this sweep has this key; its configs changed"
        )
    with handle_signals(None) as stop:
        return complete(found[0], sweep, stop)


def task_name(one: SweepRun) -> str:
    """Where a run stands on the axes, in letters that a job's name may have: `reg-wt=4,seed=0`."""
    axes = [f"{key}={value}" for key, value in one.axes] or [".".join(one.configs)]
    return re.sub(r"[^\w.=,+-]+", ".", ",".join([*axes, f"seed={one.seed}"])).strip(".")


def complete(one: SweepRun, sweep: SweepCall, stop: StopRequest | None = None) -> int:
    """Do what is left of a planned run; where another process is at it, first wait for that one.

    Returns:
        The exit code: 0 if all is done, 128 + n where signal n stopped it, TIME_OVER, else 1 and the reason
        in the task's file `error`.
    """
    task, request = _task(one, sweep), stop or StopRequest()
    task.folder.mkdir(parents=True, exist_ok=True)

    def stop_requested() -> bool:
        return request.requested() or task.is_cancelled

    with claim(task, stop_requested) as held:
        if stop_requested():
            return 128 + (request.signal or 15)
        task.file("error").unlink(missing_ok=True)
        began = time.time()
        fig = partial(run_fig, stop_requested=stop_requested, held=held)
        code = _steps(one, sweep, fig)
        if code and not stop_requested() and code != TIME_OVER:
            reason = failure_reason(task, existing_runs([one], sweep.saveroot).get(one.sweep_key), began)
            task.file("error").write_text(f"{reason}\n", encoding="utf-8")
            return 1
        return 128 + (request.signal or 15) if code and stop_requested() else code


def claim(task: Task, stop_requested: Callable[[], bool]) -> FileLock:
    """Take the claim on a task, which no two processes hold; waits until it is free, or a stop is wanted."""
    lock = FileLock(task.file("claim"), f"the run {task.name}", "wait for it")
    told = False
    while not stop_requested():
        try:
            return lock.acquire()
        except DisentError as error:
            if not task.is_claimed:
                raise
            if not told:
                echo(f"{error}")
            told = True
            time.sleep(POLL)
    return lock


def _steps(one: SweepRun, sweep: SweepCall, fig: Call) -> int:
    """Train or continue a run, and make the calls that follow it; the first exit code that is not 0."""
    plan = [one, one.start] if one.start else [one]
    runs = existing_runs(plan, sweep.saveroot)
    run, start = runs.get(one.sweep_key), runs.get(one.start.sweep_key) if one.start else None
    if one.start and next_step(start) != "completed":
        return 1
    if next_step(run) != "completed":
        words = [*one.argv, "--plan", one.sweep_key, *(["--load", start.name] if start else [])]
        if run:
            of_call = {key: value for key, value in one.arguments if key in KEYS_OF_A_CALL}
            words = ["train", "--resume", run.name, *as_words(of_call)]
        code = fig(words, sweep.common)
        run = existing_runs(plan, sweep.saveroot).get(one.sweep_key)
        if code or run is None or next_step(run) != "completed":
            return code or TIME_OVER
    assert run is not None
    return next((code for call in sweep.calls_after(one) if (code := _call_after(call, run, sweep, fig))), 0)


def _call_after(call: str, run: Run, sweep: SweepCall, fig: Call) -> int:
    """One call on a completed run, unless it was made before with configs that are still the same."""
    words = check_next(call, sweep.library)
    layers = sweep.library.lineage(*filter(sweep.library.knows, words))
    done = dict(run.info().get("called", {}))
    if call in done and not changed_configs(done[call], layers):
        return 0
    code = fig([*words, "--load", run.name], sweep.common)
    if code == 0:
        with run.lock:
            run.update(called={**done, call: fingerprints(layers)})
    return code


def run_fig(
    words: Sequence[str], common: Sequence[str], stop_requested: Callable[[], bool], held: FileLock
) -> int:
    """Show a command, and run it as its own process, which holds the claim too; its exit code."""
    echo(f"$ fig {shlex.join(words)}")
    child = subprocess.Popen(fig_command([*words, *common]), env=fig_environment(), pass_fds=[held.fileno()])
    return wait_for(child, stop_requested)


def failure_reason(task: Task, run: Run | None, since: float) -> str:
    """Why a run failed, in a line: as its log says, or its error.txt."""
    log = task.file("log")
    if log.exists() and log.stat().st_mtime >= since:
        errors = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("error: ")]
        if errors:
            return errors[-1].removeprefix("error: ")
    text = run.path / "error.txt" if run else None
    if text is not None and text.exists():
        return text.read_text(errors="replace").strip().rpartition("\n")[2]
    return "the screen says why, or calling the command alone"
