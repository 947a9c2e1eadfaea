"""Our training step ÷ the step of a bare PyTorch loop: the same network, optimiser, batch and data.

    python benchmarks/train_step.py [--device cuda] [--pairs 60] [--only dislib-vae]

The bare loops are in `benchmarks/bare`: each gathers its uint8 batch from RAM, converts it, and makes one
step. Ours is what `fig train` does at each step: order, gather from the mapped file, noise, losses, backward,
clipping, Adam, ledger, bar. Both networks lie channels last, so that the ratio shows what the loop costs
and not what the layout gains. Each network is written down as it is measured.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from bare.loop import block
from calls import chosen, parser
from machine import add_case
from networks import CASES, Case, random_images
from paired import Ratio, paired_ratio

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.training.compile import compile_step
from disentcli.training.malloc_tuning import disable_malloc_trim
from disentcli.training.progress import Progress
from disentcli.training.state import TrainingState


def ours(case: Case, dataset: Dataset, *, compiled: bool = False) -> Callable[[], None]:
    """A block of the steps that training/loop.py makes."""
    model = case.model(case.shape).to(dataset.device, memory_format=torch.channels_last)
    state = TrainingState(model, case.optimizer, budget=10**9, clip=case.clip)
    compile_step(state, compiled)
    order = SeededBatchSampler(np.arange(len(dataset)), case.batch_size, 0, device=dataset.index_device)
    bar = Progress(0, 10**9, quiet=True)
    model.train()

    def run() -> None:
        for _ in range(case.block):
            batch = dataset.batch(order.batch(state.step), draw_step=state.step + 1)
            state.step_batch(batch)
            bar.advance(len(batch))
        if dataset.device.type == "cuda":
            torch.cuda.synchronize(dataset.device)

    return run


def by_hand(case: Case, images: np.ndarray, device: str) -> Callable[[], None]:
    """A block of the same steps, written out."""
    model = case.model(case.shape).to(device, memory_format=torch.channels_last)
    model.train()
    return block(case.bare(model), torch.from_numpy(images).to(device), case.batch_size, case.block)


def measure(case: Case, device: str, pairs: int) -> Ratio:
    """Seconds of our block ÷ seconds of the bare one."""
    images = random_images(case.shape)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "images.npy", images)
        dataset = case.dataset(np.load(Path(folder) / "images.npy", mmap_mode="r"))
        dataset.to(device)
        torch.manual_seed(0)
        a, b = ours(case, dataset), by_hand(case, images, device)
        a(), b()  # warm up
        return paired_ratio(a, b, pairs=pairs)


def main() -> None:
    options = parser(__doc__, pairs=60, only=CASES).parse_args()
    disable_malloc_trim()
    for name in chosen(options, CASES):
        case = CASES[name]
        ratio = measure(case, options.device, options.pairs)
        row = {**asdict(ratio), "steps": case.block, "batch_size": case.batch_size, "shape": case.shape}
        path = add_case("train_step", name, row, options.device)
        print(f"{name:12}{_line(ratio, case.block)}; written to {path}", flush=True)


def _line(ratio: Ratio, steps: int) -> str:
    ours_ms, bare_ms = (1e3 * seconds / steps for seconds in (ratio.seconds_a, ratio.seconds_b))
    return f"ours ÷ bare {ratio}; {ours_ms:.2f} and {bare_ms:.2f} ms a step"


if __name__ == "__main__":
    main()
