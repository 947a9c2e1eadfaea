"""A sweep of trainings that only wait, in real processes: `python -m tests.experiment.stub_sweep ROOT …`.

`local` and `in-process` make all of it, `--task KEY` one run, `train` is what a run calls. Each training
writes a line into ROOT/started, which so tells what was started how often, and lasts while ROOT/hold names
its seed.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.console.argv import parse
from disentcli.experiment import sweep_control, sweep_task
from disentcli.experiment.executors import local
from disentcli.experiment.executors.executor import build_executor
from disentcli.experiment.sweep_call import SweepCall, read_sweep
from disentcli.experiment.sweep_task import complete, sweep_tasks
from disentcli.runs.run import Run
from disentcli.training.signals import handle_signals

from ..configs import LIBRARY

SEEDS = 3


def planned(root: Path) -> SweepCall:
    """The sweep as a command line gives it; nothing of it is checked."""
    roots = ["--saveroot", str(root), "--dataroot", str(root)]
    argv = ["sweep", "m/vae", "d/vec", "--seeds", str(SEEDS), *roots]
    call = parse(argv)
    layers = [ConfigLayer(call.arguments, COMMAND_LINE)]
    settings = Settings(
        layers, script="sweep", words=call.positionals, argv=argv, root=LIBRARY.root, library=LIBRARY
    )
    return read_sweep(settings, check=False)


def command(root: Path, words: Sequence[str]) -> list[str]:
    """The command line of a process that does this."""
    return [sys.executable, "-m", "tests.experiment.stub_sweep", str(root), *words]


def held(root: Path) -> list[str]:
    """The seeds whose trainings are to last."""
    file = root / "hold"
    return file.read_text().split() if file.exists() else []


def train(root: Path, words: Sequence[str]) -> int:
    """What a training leaves: a run that is completed, or interrupted by a signal."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    if "--resume" in words:
        run = Run(root / words[words.index("--resume") + 1])
        run.lock.acquire()
    else:
        seed, key = (words[words.index(word) + 1] for word in ("--seed", "--plan"))
        run = Run.create(root, f"stub-{seed}", {}, {"plan": key, "seed": int(seed), "budget": 2})
    run.update(status="running")
    with open(root / "started", "a", encoding="utf-8") as file:
        file.write(f"{run.info()['plan']}\n")
    while not stopped and str(run.info()["seed"]) in held(root):
        time.sleep(0.02)
    run.update(status="interrupted" if stopped else "completed", step=1 if stopped else 2)
    run.lock.release()
    return 128 + stopped[0] if stopped else 0


def main(root: Path, words: Sequence[str]) -> int:
    """What the words say."""
    local.fig_command = sweep_task.fig_command = partial(command, root)
    if words[0] == "train":
        return train(root, words)
    asked = planned(root)
    with handle_signals(None) as stop:
        if "--task" in words:
            (one,) = [one for one in asked.plan if one.sweep_key == words[-1]]
            return complete(one, asked, stop)
        jobs = {"jobs": 2} if words[0] == "local" else {}
        executor = build_executor({"_type": words[0], **jobs})
        return sweep_control.run_all(asked, sweep_tasks(asked), executor, stop, None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
