"""Images per second of random batches: from RAM, from the accelerator, and from files that RAM does not hold.

    python benchmarks/data.py [--device cuda] [--pairs 60] [--root local_data]

Resident data are compared with `torch.index_select` on a tensor that holds the same images ready-made:
float32, channels first. Ours gathers uint8 rows, four times smaller, and converts them. The gather alone is
compared with index_select on the same bytes.

Mapped data are the full `d/room` (5.9 GB; rendered first where it is missing), dropped from the page cache
before each block, so that nearly every image is read from the disk; the measure is the appetite of the VAE of
disentanglement_lib at batch 64, in images per second on this machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from calls import parser
from machine import machine, write_result
from networks import dislib_vae
from paired import paired_ratio

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.data.rendered.room.dataset import Room
from disentcli.training.malloc_tuning import disable_malloc_trim
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState

BATCH = 128
RESIDENT = 20_000  # images of 3×64×64: 246 MB, as floats 983 MB
BLOCK = 40  # batches
COLD = 100  # batches of a block from the disk


def batches(dataset: Dataset, *, seed: int = 0) -> Iterator[torch.Tensor]:
    """Random batches of indices without end, where the rows are."""
    order = SeededBatchSampler(np.arange(len(dataset)), BATCH, seed, device=dataset.index_device)
    step = 0
    while True:
        yield order.batch(step)
        step += 1


def blocks_of(
    gather: Callable[[torch.Tensor], torch.Tensor], dataset: Dataset, count: int
) -> Callable[[], None]:
    """A block that gathers so many batches, and waits for the device."""
    stream = batches(dataset)

    def block() -> None:
        for _ in range(count):
            gather(next(stream))
        if dataset.device.type == "cuda":
            torch.cuda.synchronize()

    return block


def resident(device: str, pairs: int) -> dict[str, Any]:
    """index_select ÷ ours in seconds, which is ours ÷ index_select in images per second."""
    rows = np.random.default_rng(0).integers(0, 256, (RESIDENT, 64, 64, 3), dtype=np.uint8)
    dataset = Dataset("random", rows, (3, 64, 64)).to(device, "device" if device != "cpu" else "ram")
    stored = torch.from_numpy(rows.reshape(RESIDENT, -1)).to(device)
    ready = torch.from_numpy(rows).permute(0, 3, 1, 2).float().div(255).contiguous().to(device)
    pairings = {
        "images": (lambda places: ready.index_select(0, places), dataset.batch),
        "gather alone": (lambda places: stored.index_select(0, places), dataset._rows.gather),
    }
    found = {}
    for name, (theirs, ours) in pairings.items():
        one, other = (blocks_of(gather, dataset, BLOCK) for gather in (theirs, ours))
        one(), other()  # warm up
        ratio = paired_ratio(one, other, pairs=pairs)
        found[name] = {**asdict(ratio), "images_per_second": BLOCK * BATCH / ratio.seconds_b}
        print(
            f"resident, {name:13} {ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}] of index_select, "
            f"{BLOCK * BATCH / ratio.seconds_b:,.0f} images a second",
            flush=True,
        )
    return found


def cold(dataset: Dataset, path: Path, blocks: int) -> list[float]:
    """Images per second of blocks of random batches, each begun with the file out of the page cache."""
    stream, rates = batches(dataset), []
    with open(path, "rb") as file:
        for _ in range(blocks):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            start = time.perf_counter()
            for _ in range(COLD):
                dataset.batch(next(stream))
            rates.append(COLD * BATCH / (time.perf_counter() - start))
    return rates


def appetite(dataset: Dataset, steps: int = 20) -> float:
    """Images per second that the training step of the dislib VAE consumes, the batch being ready."""
    torch.manual_seed(0)
    model = dislib_vae(dataset.shape).to(dataset.device, memory_format=torch.channels_last)
    state = TrainingState(model, adam(), budget=10**9)
    batch = dataset.batch(torch.arange(64, device=dataset.index_device))
    for repeat in (3, steps):
        start = time.perf_counter()
        for _ in range(repeat):
            state.step_batch(batch)
        if dataset.device.type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    return steps * 64 / seconds


def mapped(root: str, device: str, blocks: int) -> dict[str, Any]:
    """Cold images per second ÷ the loop's appetite."""
    dataset = Room(root).to(device, "disk")
    wanted = appetite(dataset)
    rates = cold(dataset, next(Path(root).glob("room_64_*/images.npy")), blocks)
    ratio = float(np.median(rates)) / wanted
    print(
        f"mapped, cold: {np.median(rates):,.0f} images a second, the VAE takes {wanted:,.0f}: {ratio:.1f} ×",
        flush=True,
    )
    return {"images_per_second": rates, "appetite": wanted, "ratio": ratio}


def main() -> None:
    call = parser(__doc__, pairs=60)
    call.add_argument("--blocks", type=int, default=7)
    call.add_argument("--root", default="local_data")
    options = call.parse_args()
    disable_malloc_trim()
    result = {
        "machine": machine(options.device),
        "resident": resident(options.device, options.pairs),
        "mapped": mapped(options.root, options.device, options.blocks),
    }
    print(f"written to {write_result('data', result, options.device)}")


if __name__ == "__main__":
    main()
