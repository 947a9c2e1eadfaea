"""A job over a study: its runs one at a time, each measured and kept as a row, for as long as there is time.

What is a study's own is which runs there are and which come first: benchmarks/sae_studies.py and
benchmarks/combination_study.py.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from machine import RESULTS
from study_rows import Rows, row_of_run

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.sweep_call import SweepCall, read_sweep
from disentcli.experiment.sweep_plan import SweepRun, call_words
from disentcli.experiment.sweep_runs import existing_runs, next_step
from disentcli.runs.run import Run

PROJECT = Path(__file__).parents[1]
LEAST = 0.001  # minutes, of a time limit


def read_call(words: Sequence[str]) -> SweepCall:
    """What `fig sweep` with these words asks for, all of it checked."""
    return read_sweep(check_command(["sweep", *words], ConfigStore({}, PROJECT)))


@dataclass
class Job:
    """Commands of `fig`, one after another, until the time is over or a signal comes."""

    roots: Sequence[str]
    deadline: float
    stopped: bool = False
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Hand the signal on to the command at work, and begin no other one."""
        self.stopped = True
        if self.child is not None:
            self.child.send_signal(signal.SIGTERM)

    def minutes_left(self) -> float:
        """Until the job is to end; 0 after a signal."""
        return 0.0 if self.stopped else max(self.deadline - time.monotonic(), 0.0) / 60

    def fig(self, *words: str) -> bool:
        """Call `fig` as a process of its own; whether it succeeded."""
        if self.stopped:
            return False
        print(f"$ fig {shlex.join(words)}", flush=True)
        command = [sys.executable, "-m", "disentcli.cli", *words, *self.roots]
        self.child = subprocess.Popen(command, cwd=PROJECT)
        code = self.child.wait()
        self.child = None
        return code == 0

    def train(self, one: SweepRun, asked: SweepCall) -> str:
        """Train or continue a run, and first the one that it starts from: `done`, `stopped` or `failed`."""
        if one.start is not None and (outcome := self.train(one.start, asked)) != "done":
            return outcome
        run = _run_of(one, asked)
        if next_step(run) == "completed":
            return "done"
        words = ["train", "--resume", run.name] if run else [*one.argv, "--plan", one.sweep_key]
        if not run and one.start is not None:
            start = _run_of(one.start, asked)
            assert start is not None
            words += ["--load", start.name]
        if self.minutes_left() <= 0:
            return "stopped"
        succeeded = self.fig(*words, "--time-limit", f"{max(self.minutes_left(), LEAST):.3f}")
        if next_step(_run_of(one, asked)) == "completed":
            return "done"
        return "stopped" if succeeded or self.stopped else "failed"

    def measure(self, one: SweepRun, asked: SweepCall) -> str:
        """Make the calls that follow a run: `done`, `stopped` or `failed`."""
        run = _run_of(one, asked)
        assert run is not None
        calls = map(call_words, asked.calls_after(one))
        if all(self.fig(*words, "--load", run.name) for words in calls):
            return "done"
        return "stopped" if self.stopped else "failed"

    def complete(self, one: SweepRun, asked: SweepCall, rows: Rows) -> str:
        """Train a run, measure it, and add its row: `done`, `stopped` or `failed`."""
        outcome = self.train(one, asked)
        if outcome == "done":
            outcome = self.measure(one, asked)
        run = _run_of(one, asked)
        if outcome == "done" and run is not None:
            rows.add(row_of_run(one, run))
        print(f"{outcome}: {', '.join(value for _, value in one.axes)}, seed {one.seed}", flush=True)
        return outcome


def work_on(asked: SweepCall, rows: Rows, options: argparse.Namespace) -> int:
    """Complete the runs that have no row yet, or list them; 1 if something failed."""
    left = [one for one in asked.plan if not rows.has(one)]
    if options.list:
        for one in left:
            print(f"{next_step(_run_of(one, asked)):9}  fig {shlex.join(one.argv)}")
        return 0
    job = Job(roots_of(options), time.monotonic() + 60 * options.minutes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, job.on_signal)
    outcomes = [job.complete(one, asked, rows) for one in left if job.minutes_left() > 0]
    return int("failed" in outcomes)


def roots_of(options: argparse.Namespace) -> list[str]:
    """The folders of runs and data as words of each call."""
    return ["--saveroot", str(options.saveroot), "--dataroot", str(options.dataroot)]


def job_parser(description: str | None, study: str) -> argparse.ArgumentParser:
    """The options that every study has; `study` is the one that is meant where none is named."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--study", nargs="+", default=[study], help="as for fig sweep")
    parser.add_argument("--minutes", type=float, default=10**6, help="after which nothing is begun")
    parser.add_argument("--results", type=_folder, default=RESULTS, help="folder of the rows")
    parser.add_argument("--saveroot", type=_folder, default=PROJECT / "trained_nets")
    parser.add_argument("--dataroot", type=_folder, default=PROJECT / "local_data")
    parser.add_argument("--list", action="store_true", help="show what there is to do, and stop")
    return parser


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _run_of(one: SweepRun, asked: SweepCall) -> Run | None:
    return existing_runs([one], asked.saveroot).get(one.sweep_key)
