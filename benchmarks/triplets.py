"""Triplets a second that `view/triplets` draws and reads, against those that the training step consumes.

    python benchmarks/triplets.py [--device cuda] [--blocks 20] [--root local_data]

The view is that of the published condition on the sprites of `d/sprites` (rendered first where they are
missing): squares in the right half are held out. The appetite is that of a CompositionNet with network
`abdi`, `linear` operator and batches of 64 (Montero et al., NeurIPS 2022), the batch being ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from calls import parser
from machine import machine, write_result

from disentcli.config.instantiate import build
from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.labelled_items import LabelledItemReader
from disentcli.data.rendered.sprites import Sprites
from disentcli.data.views.triplets import Triplets
from disentcli.training.malloc_tuning import disable_malloc_trim
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

BATCH = 64
STEPS = 10  # of a block


def seconds_of(block: Callable[[], None], view: Triplets) -> float:
    """How long a block takes, with what it leaves to the device."""
    start = time.perf_counter()
    block()
    if view.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def composition_net(view: Triplets) -> TrainingState:
    """The published network at its beginning."""
    network = {"_type": "layers", "network": "abdi"}
    operator = {"_type": "linear"}
    latent = {"_type": "gaussian"}
    node = {"_type": "vae", "latent": latent, "encoder": network, "decoder": network, "operator": operator}
    known = {"input_shape": view.shape, "factor_sizes": view.factor_sizes, "latent_dim": 10}
    model, _ = build("method", node, where="model", inferred=known)
    model.to(view.device, memory_format=torch.channels_last)
    return TrainingState(model, adam(lr=1e-4), budget=10**9)


def measure(view: Triplets, shown: np.ndarray, blocks: int) -> dict[str, Any]:
    """Rates of drawing alone, of drawing and reading, and of training, in alternating blocks."""
    order = SeededBatchSampler(shown, BATCH, 0, device=view.index_device)
    read, state = LabelledItemReader(view).batch, composition_net(view)
    ready = read(order.batch(0), 1)

    def draw() -> None:
        for step in range(STEPS):
            view.draw(order.batch(step), step + 1)

    def draw_and_read() -> None:
        for step in range(STEPS):
            read(order.batch(step), step + 1)

    def train() -> None:
        for _ in range(STEPS):
            state.step_batch(ready)

    parts = {"draw": draw, "draw and read": draw_and_read, "train": train}
    for block in parts.values():
        block()  # warm up
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(blocks):
        for name, block in parts.items():
            times[name].append(seconds_of(block, view))
    medians = {name: float(np.median(of_part)) for name, of_part in times.items()}
    rates = {name: STEPS * BATCH / seconds for name, seconds in medians.items()}
    return {"triplets_per_second": rates, "ratio": medians["train"] / medians["draw and read"]}


def main() -> None:
    call = parser(__doc__)
    call.add_argument("--blocks", type=int, default=20)
    call.add_argument("--root", default="local_data")
    options = call.parse_args()
    disable_malloc_trim()
    sprites = Sprites(options.root).to(options.device)
    grid = sprites.grid
    assert grid is not None
    shown = grid.select(lambda at: (at["shape"] != 0) | (at["x_position"] < 16))
    view = Triplets(sprites)
    view.set_allowed(shown)
    view.to(options.device)
    found = measure(view, shown, options.blocks)
    rates = found["triplets_per_second"]
    print(", ".join(f"{name}: {rate:,.0f} triplets a second" for name, rate in rates.items()))
    print(f"drawn and read {found['ratio']:.1f} times as fast as the network learns from them")
    result = {"machine": machine(options.device), **found}
    print(f"written to {write_result('triplets', result, options.device)}")


if __name__ == "__main__":
    main()
