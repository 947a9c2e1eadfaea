"""One planned run of a sweep brought to its end: trained or continued, then the calls that follow it."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from ..config.keys import cli_key, split
from ..config.settings import Settings
from ..console.argv import parse
from ..console.fig_process import fig_command, fig_environment
from ..console.terminal import echo
from ..errors import CallError, DisentError
from ..file_lock import FileLock
from ..runs.roots import save_root
from ..runs.run import Run
from ..training.signals import StopRequest, handle_signals
from .executors.executor import CANCELLED, OUT_OF_TIME, TIME_OVER, Outcome, Task
from .executors.process import POLL, wait_for
from .sweep_call import SweepCall, as_words, read_sweep
from .sweep_plan import KEYS_OF_A_CALL, PLAN_KEYS, SweepRun, call_words, is_of_sweep
from .sweep_runs import existing_runs, next_step, was_called
from .sweep_states import error_line
from .task_notes import is_requeued, note_end, note_start

FOLDER = ".sweeps"  # in the folder of runs, whose listing leaves out hidden names

Call = Callable[[Sequence[str], Sequence[str]], int]  # runs `fig` with words, and with others not shown


def sweep_tasks(sweep: SweepCall, plan: Sequence[SweepRun] | None = None) -> list[Task]:
    """A task for each planned run, or for those of a part of the plan."""
    return [_task(one, sweep) for one in (sweep.plan if plan is None else plan)]


def _task(one: SweepRun, sweep: SweepCall) -> Task:
    return Task(
        one.sweep_key,
        task_name(one),
        (*words_of_plan(sweep.argv), *sweep.common, "--task", one.sweep_key),
        save_root(sweep.saveroot) / FOLDER,
        (one.start.sweep_key,) if one.start else (),
        partial(complete, one, sweep),
    )


def words_of_plan(argv: Sequence[str]) -> list[str]:
    """The words of a sweep that say which runs there are and what follows them, not how they are made.

    >>> words_of_plan(["sweep", "m/vae", "--seeds", "3", "--executor", "slurm", "--slurm.time", "60"])
    ['sweep', 'm/vae', '--seeds', '3']
    """
    call = parse(argv)
    said = {cli_key(split(key)): value for key, value in call.arguments.items()}
    kept = {key: value for key, value in said.items() if key in PLAN_KEYS or not is_of_sweep(key)}
    return [*([call.script] if call.script else []), *call.positionals, *as_words(kept)]


def complete_tasks(settings: Settings) -> int:
    """Do the runs of a sweep that --task names by their keys, `K1,K2`; exit code as of `complete_keys`."""
    return complete_keys(read_sweep(settings, check=False), settings.get("task").split(","))


def complete_keys(sweep: SweepCall, wanted: Sequence[str]) -> int:
    """Do the runs of a sweep that have these keys, one after another.

    Returns:
        The exit code: 128 + n where signal n stopped one, TIME_OVER where the time of one was over, though
        others have failed, for these are to go on; else the first that is not 0.
    """
    unknown = set(wanted).difference(one.sweep_key for one in sweep.plan)
    if unknown:
        raise CallError(f"--task {','.join(sorted(unknown))}: no run of this sweep has this key")
    codes = []
    with handle_signals(None) as stop:
        for one in sweep.plan:
            if one.sweep_key in wanted and not stop.requested():
                codes.append(complete(one, sweep, stop))
    if stop.signal and codes[-1:] != [1]:
        return 128 + stop.signal
    return TIME_OVER if TIME_OVER in codes else next(filter(None, codes), 0)


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

    def stopped() -> int:
        return 128 + request.signal if request.signal else CANCELLED

    with claimed(task, stop_requested) as held:
        if stop_requested():
            return stopped()
        notes = note_start(task, _run_of(one, sweep))
        if notes.stuck and is_requeued():  # beside others of its task that do get further
            return _fail(task, notes.stuck)
        task.file("error").unlink(missing_ok=True)
        code = _steps(one, sweep, partial(run_fig, stop_requested=stop_requested, held=held))
        code = stopped() if code and stop_requested() else code
        return _conclude(task, _run_of(one, sweep), code, notes.began)


def _run_of(one: SweepRun, sweep: SweepCall) -> Run | None:
    return existing_runs([one], sweep.saveroot).get(one.sweep_key)


def _conclude(task: Task, run: Run | None, code: int, began: float) -> int:
    """Note how a try ended that began at this time; its exit code, 1 where another one is not to be made."""
    notes = note_end(task, run, code)
    if Outcome(task, code).status == "failed":
        return _fail(task, failure_reason(task, run, code, began))
    return _fail(task, notes.stuck) if notes.stuck and code in OUT_OF_TIME else code


def _fail(task: Task, reason: str) -> int:
    task.file("error").write_text(f"{reason}\n", encoding="utf-8")
    return 1


@contextmanager
def claimed(task: Task, stop_requested: Callable[[], bool]) -> Iterator[FileLock]:
    """Hold the claim on a task, which no two processes do; waits until it is free, or a stop is requested."""
    lock = FileLock(task.file("claim"), f"the run {task.name}", "wait for it")
    told = False
    while not lock.held and not stop_requested():
        try:
            lock.acquire()
        except DisentError as error:
            if not task.is_claimed:
                raise
            if not told:
                echo(str(error))
            told = True
            time.sleep(POLL)
    try:
        yield lock
    finally:
        lock.release()


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
    configs, done = sweep.configs_after(call), dict(run.info().get("called", {}))
    if was_called(call, done, configs):
        return 0
    code = fig([*call_words(call), "--load", run.name], sweep.common)
    if code == 0:
        with run.lock:
            run.update(called={**done, call: configs})
    return code


def run_fig(
    words: Sequence[str], common: Sequence[str], stop_requested: Callable[[], bool], held: FileLock
) -> int:
    """Show a command, and run it as its own process, which holds the claim too; its exit code."""
    echo(f"$ fig {shlex.join(words)}")
    child = subprocess.Popen(fig_command([*words, *common]), env=fig_environment(), pass_fds=[held.fileno()])
    return wait_for(child, stop_requested)


def failure_reason(task: Task, run: Run | None, code: int, since: float) -> str:
    """Why a run failed with this exit code, in a line: as its log says, or its error.txt."""
    if code > 128:
        return f"killed by signal {code - 128}"
    log = task.file("log")
    if log.exists() and log.stat().st_mtime >= since:
        errors = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("error: ")]
        if errors:
            return errors[-1].removeprefix("error: ")
    return (error_line(run) if run else "") or "the screen says why, or the command when it is called alone"
