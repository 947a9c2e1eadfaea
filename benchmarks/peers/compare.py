"""Images per second of the same VAE, ours ÷ a peer's: same layers, batch and machine, in alternating blocks.

    make bench-peers          (or python benchmarks/peers/compare.py [--only pythae] [--pairs 60])

Each trains the VAE of disentanglement_lib at 3×64×64 in batches of 64 by its own trainer, as its users run
it: images in RAM, logging and bars at their defaults, no checkpoints, data loaded in the process itself. A
block is an epoch of 20 steps. `make bench-peers` makes an environment for it, .venv-peers.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import without_torchvision  # noqa: F401 - before a peer imports torchvision
from blocks import ours
from calls import chosen, parser
from machine import add_case
from networks import CASES, random_images
from paired import Block, Ratio, paired_ratio

from disentcli.training.malloc_tuning import disable_malloc_trim

PEERS = ("pythae", "disent")
STEPS = 20


def measure(peer: str, pairs: int) -> Ratio:
    """Seconds of the peer's block ÷ ours: ours ÷ theirs in images per second."""
    case = replace(CASES["dislib-vae"], block=STEPS)
    images = random_images(case.shape)[: STEPS * case.batch_size]
    with tempfile.TemporaryDirectory() as folder:
        theirs: Block = import_module(f"{peer}_block").block(images, case.batch_size, folder)
        mine = ours(case, case.dataset(images))
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            theirs(), mine()  # warm up
            return paired_ratio(theirs, mine, pairs=pairs)


def main() -> None:
    options = parser(__doc__, device=False, pairs=60, only=PEERS).parse_args()
    disable_malloc_trim()
    logging.disable(logging.WARNING)  # peers speak at every fit
    for peer in chosen(options, PEERS):
        ratio = measure(peer, options.pairs)
        images = STEPS * CASES["dislib-vae"].batch_size
        rates = {"theirs": images / ratio.seconds_a, "ours": images / ratio.seconds_b}
        versions = {name: version(name) for name in import_module(f"{peer}_block").VERSIONS}
        row = {**asdict(ratio), "images_per_second": rates, "versions": versions}
        path = add_case("peers", peer, row)
        print(f"ours ÷ {peer} {ratio}; {rates['ours']:,.0f} and {rates['theirs']:,.0f} images a second")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
