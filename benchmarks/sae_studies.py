"""The studies of structural autoencoders on rendered rooms, one run at a time, for as long as there is time.

    python benchmarks/sae_studies.py [--minutes 300] [--steps 100000] [--study study/sae-responses-room]
                                     [--saveroot DIR] [--dataroot DIR] [--list]

Runs and measurements are those of `fig sweep STUDY`: SAE-12, AE, VAE and AdaAE-12 with every seed of the
study, the other models with seed 0. Each run becomes a row in benchmarks/results (--results DIR); what has
a row there is not repeated, even where its run is gone. SIGTERM, Ctrl-C and the end of the minutes stop a
training with a checkpoint, from which the next call continues it. OMP_NUM_THREADS sets the threads.
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
from typing import Any

from machine import RESULTS
from sae_rows import MAIN_MODELS, Rows, row_of_run

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.sweep_call import check_next
from disentcli.experiment.sweep_plan import SweepRun, parse_seeds, plan_runs
from disentcli.experiment.sweep_runs import existing_runs, next_step

PROJECT = Path(__file__).parents[1]


def planned_runs(study: str, steps: int, library: ConfigStore) -> list[SweepRun]:
    """The runs of a study: seed 0 of the main models, of the others, then the main models' other seeds."""
    grid, seeds = (setting_of(study, key, library) for key in ("grid", "seeds"))
    plan = plan_runs([study], {"budget": str(steps)}, grid, parse_seeds(str(seeds)), library.knows)
    wanted = [run for run in plan if run.seed == 0 or run.grid_cell[0] in MAIN_MODELS]
    return sorted(wanted, key=lambda run: (run.seed, run.grid_cell[0] not in MAIN_MODELS))


def setting_of(study: str, key: str, library: ConfigStore) -> Any:
    """What a study's config says, or one that it builds on."""
    return next(layer[key] for layer in library.lineage(study) if key in layer)


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

    def complete(self, one: SweepRun, saveroot: Path, then: Sequence[Sequence[str]]) -> str:
        """Train or continue a run and measure it: `done`, `stopped` or `failed`."""
        run = existing_runs(saveroot).get(one.sweep_key)
        if next_step(run) != "completed":
            words = ["train", "--resume", run.name] if run else [*one.argv, "--plan", one.sweep_key]
            trained = self.fig(*words, "--time-limit", f"{self.minutes_left():.2f}")
            run = existing_runs(saveroot).get(one.sweep_key)
            if run is None or run.status() != "completed":
                return "stopped" if trained or self.stopped else "failed"
        assert run is not None
        if all(self.fig(*words, "--load", run.name) for words in then):
            return "done"
        return "stopped" if self.stopped else "failed"


def main() -> int:
    """Complete what has no row yet; 1 if something failed."""
    options = _parser().parse_args()
    library = ConfigStore({}, PROJECT)
    rows = Rows.of_study(options.study, options.results)
    plan = planned_runs(options.study, options.steps, library)
    left = [one for one in plan if not rows.has(one, options.steps)]
    if options.list:
        return _show(left, options.saveroot)
    then = [check_next(str(call), library) for call in setting_of(options.study, "then", library)]
    roots = ["--saveroot", str(options.saveroot), "--dataroot", str(options.dataroot)]
    job = Job(roots, time.monotonic() + 60 * options.minutes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, job.on_signal)
    outcomes = []
    for one in left:
        if job.minutes_left() > 0:
            outcomes.append(job.complete(one, options.saveroot, then))
            print(f"{outcomes[-1]}: {one.grid_cell[0]}, seed {one.seed}", flush=True)
            if outcomes[-1] == "done":
                rows.add(row_of_run(one, existing_runs(options.saveroot)[one.sweep_key]))
    return int("failed" in outcomes)


def _show(plan: Sequence[SweepRun], saveroot: Path) -> int:
    """A line for each run: what would be done with it."""
    runs = existing_runs(saveroot)
    for one in plan:
        print(f"{next_step(runs.get(one.sweep_key)):9}  fig {shlex.join(one.argv)}")
    return 0


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--study", default="study/sae-responses-room")
    parser.add_argument("--steps", type=int, default=100_000, help="of each run")
    parser.add_argument("--minutes", type=float, default=10**6, help="after which nothing is begun")
    parser.add_argument("--results", type=_folder, default=RESULTS, help="folder of the rows")
    parser.add_argument("--saveroot", type=_folder, default=PROJECT / "trained_nets")
    parser.add_argument("--dataroot", type=_folder, default=PROJECT / "local_data")
    parser.add_argument("--list", action="store_true", help="show what there is to do, and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
