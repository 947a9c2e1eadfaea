"""The most memory that training takes: ours beside the bare loop, each in a process of its own.

    python benchmarks/memory.py [--device cuda]

On a CPU it is the largest resident set of the process after a few steps, on a GPU what was allocated there.
"""

from __future__ import annotations

import resource
import subprocess
import sys

import torch
from blocks import by_hand, ours
from calls import chosen, parser
from machine import add_case
from networks import CASES, random_images

from disentcli.training.malloc_tuning import disable_malloc_trim

STEPS = 3
NAMES = ("dislib-vae", "sae-12", "qlae", "sdim")


def peak(device: str) -> float:
    """Bytes."""
    if device.startswith("cuda"):
        return float(torch.cuda.max_memory_allocated(device))
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def train(name: str, side: str, device: str) -> None:
    """A few steps in this process; prints its peak."""
    case, images = CASES[name], random_images(CASES[name].shape)
    run = ours(case, case.dataset(images).to(device)) if side == "ours" else by_hand(case, images, device)
    for _ in range(STEPS):
        run()
    print(peak(device))


def measured(name: str, side: str, device: str) -> float:
    """The peak of a new process."""
    call = [sys.executable, __file__, "--device", device, "--only", name, "--side", side]
    return float(subprocess.run(call, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    call = parser(__doc__, only=NAMES)
    call.add_argument("--side", choices=("ours", "bare"), help="train in this process")
    options = call.parse_args()
    names = chosen(options, NAMES)
    if options.side:
        disable_malloc_trim()
        train(names[0], options.side, options.device)
        return
    for name in names:
        found = {side: measured(name, side, options.device) for side in ("ours", "bare")}
        row = {**found, "ratio": found["ours"] / found["bare"]}
        add_case("memory", name, row, options.device)
        print(f"{name:12}ours {found['ours'] / 1e6:,.0f} MB, bare {found['bare'] / 1e6:,.0f} MB", flush=True)


if __name__ == "__main__":
    main()
