"""The studies of structural autoencoders on rendered rooms, one run at a time, for as long as there is time.

    python benchmarks/sae_studies.py [--study study/sae-responses-room] [--minutes 300] [--steps 25000]
                                     [--saveroot DIR] [--dataroot DIR] [--list]

Runs and measurements are those of `fig sweep STUDY`: SAE-12, AE, VAE and AdaAE-12 with seeds 0 to 2, the
other models with seed 0; a later stage of study/sae-extrapolation-room has a quarter of the steps. Each run
becomes a row in benchmarks/results (--results DIR); what has a row there is not repeated, even where its run
is gone. SIGTERM, Ctrl-C and the end of the minutes stop a training with a checkpoint, from which the next
call continues it. OMP_NUM_THREADS sets the threads.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from machine import RESULTS
from sae_rows import Rows, row_of_run

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.sweep_call import SweepCall, check_next, read_sweep
from disentcli.experiment.sweep_plan import SweepRun
from disentcli.experiment.sweep_runs import existing_runs, next_step
from disentcli.runs.run import Run

PROJECT = Path(__file__).parents[1]
MAIN_MODELS = ("paper/sae/sae12", "paper/sae/ae", "paper/sae/vae", "paper/sae/adaae12")
STEPS = 25_000  # of the published 100,000: those that the slowest model takes in 90 minutes on two cores
SEEDS = 3  # of the main models
LEAST = 0.001  # minutes, of a time limit
UPDATE_SHARE = 4  # the update stage of Leeb et al. (code of 2021) has 20,000 steps after 80,000


def read_study(words: Sequence[str], steps: int, roots: Sequence[str] = ()) -> SweepCall:
    """The runs of a study, each of these steps, and what follows them; the most important run first.

    Seed 0 of the main models, then of the others, then the main models' other seeds. A run of a later stage
    follows the one that it starts from, and has a quarter of its steps.
    """
    call = ["sweep", *words, "--seeds", str(SEEDS), "--budget", str(steps), *roots]
    asked = read_sweep(check_command(call, ConfigStore({}, PROJECT)))
    wanted = [one for one in asked.plan if one.seed == 0 or dict(one.axes)["model"] in MAIN_MODELS]
    first_come_first = sorted(wanted, key=lambda one: (one.seed, dict(one.axes)["model"] not in MAIN_MODELS))
    return replace(asked, plan=[_with_steps(one, steps // UPDATE_SHARE) for one in first_come_first])


def _with_steps(one: SweepRun, steps: int) -> SweepRun:
    """The run itself where it is a first one, else with these steps."""
    if one.start is None:
        return one
    return replace(one, arguments=tuple({**dict(one.arguments), "budget": str(steps)}.items()))


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
        calls = (check_next(call, asked.library) for call in asked.calls_after(one))
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


def _run_of(one: SweepRun, asked: SweepCall) -> Run | None:
    return existing_runs([one], asked.saveroot).get(one.sweep_key)


def main() -> int:
    """Complete what has no row yet; 1 if something failed."""
    options = _parser().parse_args()
    roots = ["--saveroot", str(options.saveroot), "--dataroot", str(options.dataroot)]
    asked = read_study(options.study, options.steps, roots)
    rows = Rows.of_study(options.study, options.results)
    left = [one for one in asked.plan if not rows.has(one)]
    if options.list:
        for one in left:
            print(f"{next_step(_run_of(one, asked)):9}  fig {shlex.join(one.argv)}")
        return 0
    job = Job(roots, time.monotonic() + 60 * options.minutes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, job.on_signal)
    outcomes = [job.complete(one, asked, rows) for one in left if job.minutes_left() > 0]
    return int("failed" in outcomes)


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--study", nargs="+", default=["study/sae-responses-room"], help="as for fig sweep")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of each run [{STEPS}]")
    parser.add_argument("--minutes", type=float, default=10**6, help="after which nothing is begun")
    parser.add_argument("--results", type=_folder, default=RESULTS, help="folder of the rows")
    parser.add_argument("--saveroot", type=_folder, default=PROJECT / "trained_nets")
    parser.add_argument("--dataroot", type=_folder, default=PROJECT / "local_data")
    parser.add_argument("--list", action="store_true", help="show what there is to do, and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
