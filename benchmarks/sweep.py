"""A sweep of small runs one after another, and side by side on the cores of this machine.

    python benchmarks/sweep.py [--runs 8] [--jobs 2] [--steps 600] [--pairs 3]

Both make the same runs from nothing, alternately; the processor's seconds of all their processes stand beside
the wall time, and the load of the machine before each. OpenMP's variables are left to `fig`.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from calls import parser
from machine import machine, write_result

from disentcli.console.fig_process import fig_command, fig_environment

ROOT = Path(__file__).parent.parent
#: an MLP of two hidden layers on 24 small images: a step of a few milliseconds
RUN = ("m/vae", "a/leeb-mlp", "d/sprites32", "--dataset.scales", "1", "--dataset.orientations", "1")
QUIET = ("--quiet", "--viz.freq", "0", "--logger", "none")
OF_THREADS = ("OMP_", "MKL_", "OPENBLAS_", "NUMBA_")


def swept(words: list[str], dataroot: Path) -> dict[str, Any]:
    """Make a sweep in a new folder: its seconds, those of the processor, and the load before."""
    environment = {key: value for key, value in fig_environment().items() if not key.startswith(OF_THREADS)}
    with tempfile.TemporaryDirectory() as folder:
        command = fig_command(["sweep", *words, "--saveroot", folder, "--dataroot", str(dataroot)])
        load, cpu, start = os.getloadavg()[0], _cpu_seconds(), time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        return {"seconds": time.perf_counter() - start, "cpu": _cpu_seconds() - cpu, "load": load}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    call = parser(__doc__, device=False)
    call.add_argument("--runs", type=int, default=8)
    call.add_argument("--jobs", type=int, default=2)
    call.add_argument("--steps", type=int, default=600)
    call.add_argument("--pairs", type=int, default=3)
    options = call.parse_args()
    rows: dict[str, list[dict[str, Any]]] = {"serial": [], "side by side": []}
    with tempfile.TemporaryDirectory() as data:
        swept([*RUN, *QUIET, "--budget", "1"], Path(data))  # renders the sprites
        words = [*RUN, *QUIET, "--budget", str(options.steps), "--seeds", str(options.runs)]
        for _ in range(options.pairs):
            for name, more in (("serial", []), ("side by side", ["--jobs", str(options.jobs)])):
                rows[name].append(swept([*words, *more], Path(data)))
                print(name, {key: round(value, 1) for key, value in rows[name][-1].items()}, flush=True)
    ratios = [a["seconds"] / b["seconds"] for a, b in zip(*rows.values(), strict=True)]
    result = {"runs": options.runs, "jobs": options.jobs, "steps": options.steps, "speed-up": median(ratios)}
    print(result)
    write_result("sweep", {**result, "calls": rows, "machine": machine()})


if __name__ == "__main__":
    main()
