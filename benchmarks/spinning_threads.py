"""How long OpenMP's threads spin while they wait: a step of a small network alone, and of two side by side.

    python benchmarks/spinning_threads.py [--repeats 5]

`default` is GNU OpenMP as it comes, `passive` OMP_WAIT_POLICY=PASSIVE, `fig` what `fig` sets. All of them in
turn, so that what else the machine does meets each alike; medians and extremes in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import defaultdict
from statistics import median

from machine import add_case

from disentcli.console.omnifig_plugin import SPINS

STEP = """
import sys, time
import torch
from torch import nn
mlp = nn.Sequential(nn.Linear(640, 512), nn.ReLU(), nn.Linear(512, 640))
convs = nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 4, 2, 1)
conv = nn.Sequential(*convs, nn.Flatten(), nn.Linear(2048, 1024))
net, shape = {"mlp": (mlp, (128, 640)), "conv": (conv, (64, 1, 32, 32))}[sys.argv[1]]
images, optimizer = torch.rand(shape), torch.optim.Adam(net.parameters())
for step in range(120):
    if step == 20:
        began = time.perf_counter()
    optimizer.zero_grad()
    net(images).square().mean().backward()
    optimizer.step()
print((time.perf_counter() - began) * 10)
"""
SETTINGS: dict[str, dict[str, str]] = {
    "default": {},
    "passive": {"OMP_WAIT_POLICY": "PASSIVE"},
    "fig": {"GOMP_SPINCOUNT": str(SPINS)},
}


def milliseconds(network: str, setting: dict[str, str], processes: int) -> list[float]:
    """The time of a step in each of so many processes at once."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
    command = [sys.executable, "-c", STEP, network]
    started = [
        subprocess.Popen(command, env=environment | setting, stdout=subprocess.PIPE) for _ in range(processes)
    ]
    return [float(one.communicate()[0]) for one in started]


def main() -> None:
    """Measure each network alone and twice at once, and add the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    for network in ("mlp", "conv"):
        for processes in (1, 2):
            times: dict[str, list[float]] = defaultdict(list)
            for _ in range(repeats):
                for name, setting in SETTINGS.items():
                    times[name] += milliseconds(network, setting, processes)
            found = {name: [min(all_), median(all_), max(all_)] for name, all_ in times.items()}
            shown = ", ".join(
                f"{name} {low:.2f}/{mid:.2f}/{high:.2f}" for name, (low, mid, high) in found.items()
            )
            print(f"{network}, {processes} at once: {shown} ms (least/median/most)", flush=True)
            add_case("spinning_threads", f"{network}-{processes}", {"milliseconds": found})


if __name__ == "__main__":
    main()
