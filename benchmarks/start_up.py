"""Seconds until a command does its work: `fig -h`, and `fig train` until its first step is made.

    python benchmarks/start_up.py [--repeats 5]

Each is a new process; medians are reported. The first step is counted from the start of the process, and from
the moment when torch and all of our modules that training needs are imported, beside `import torch` alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from calls import parser
from machine import machine, write_result

ROOT = Path(__file__).parent.parent
HELP = [sys.executable, "-m", "disentcli.cli", "-h"]
TORCH = [sys.executable, "-c", "import torch"]
FIRST_STEP = """
import os, sys, time
import disentcli.experiment.setup, disentcli.training.loop
from disentcli.training.state import TrainingState
from disentcli.cli import main

step_batch, imported = TrainingState.step_batch, time.perf_counter()

def take_one_step(state, *batch):
    step_batch(state, *batch)
    print(time.perf_counter() - imported, flush=True)
    os._exit(0)

TrainingState.step_batch = take_one_step
sys.argv = ["fig", "train", "m/vae", "d/sprites32", *sys.argv[1:]]
main()
"""


def seconds(command: list[str]) -> tuple[float, str]:
    """How long the process takes, and the last line that it prints."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, (done.stdout.splitlines() or [""])[-1]


def main() -> None:
    call = parser(__doc__, device=False)
    call.add_argument("--repeats", type=int, default=5)
    options = call.parse_args()
    rows: dict[str, list[float]] = {"fig -h": [], "import torch": [], "first step": [], "after imports": []}
    with tempfile.TemporaryDirectory() as folder:
        roots = ["--saveroot", folder, "--dataroot", folder, "--quiet"]
        train = [sys.executable, "-c", FIRST_STEP, *roots]
        seconds(train)  # renders the sprites
        for _ in range(options.repeats):
            rows["fig -h"].append(seconds(HELP)[0])
            rows["import torch"].append(seconds(TORCH)[0])
            whole, after_imports = seconds(train)
            rows["first step"].append(whole)
            rows["after imports"].append(float(after_imports))
    medians = {name: round(float(np.median(found)), 3) for name, found in rows.items()}
    for name, found in medians.items():
        print(f"{name:14}{found:7.2f} s")
    path = write_result("start_up", {"machine": machine(), "seconds": medians})
    print(f"written to {path}")


if __name__ == "__main__":
    main()
