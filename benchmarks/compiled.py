"""A training step with --compile true ÷ the same step as written, and after how many steps it has paid.

    python benchmarks/compiled.py [--device cuda] [--pairs 20] [--only sae-12]

What compiling takes is what the first block takes longer than the others, with empty caches.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from typing import Any

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # read when torch is imported

import torch
from blocks import ours
from calls import chosen, parser
from machine import add_case
from networks import CASES, Case, random_images
from paired import paired_ratio

from disentcli.training.malloc_tuning import disable_malloc_trim


def measure(case: Case, device: str, pairs: int) -> dict[str, Any]:
    """Seconds of a block compiled ÷ as written, those of compiling, and the steps that make up for them."""
    dataset = case.dataset(random_images(case.shape)).to(device)
    torch.manual_seed(0)
    written = ours(case, dataset)
    compiled = ours(case, dataset, compiled=True)
    written()  # warm up
    start = time.perf_counter()
    compiled()
    first = time.perf_counter() - start
    ratio = paired_ratio(compiled, written, pairs=pairs)
    compiling = first - ratio.seconds_a
    gained = (ratio.seconds_b - ratio.seconds_a) / case.block  # seconds a step
    pays_after = round(compiling / gained) if gained > 0 else None
    return {**asdict(ratio), "steps": case.block, "seconds_to_compile": compiling, "pays_after": pays_after}


def main() -> None:
    options = parser(__doc__, pairs=20, only=CASES).parse_args()
    disable_malloc_trim()
    for name in chosen(options, CASES):
        row = measure(CASES[name], options.device, options.pairs)
        path = add_case("compiled", name, row, options.device)
        print(
            f"{name:12}compiled ÷ as written {row['median']:.3f} [{row['low']:.3f}, {row['high']:.3f}]; "
            f"{row['seconds_to_compile']:.0f} s to compile, pays after {row['pays_after'] or '∞'} steps",
            flush=True,
        )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
