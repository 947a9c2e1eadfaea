"""The training loop of `fig train` ÷ a bare PyTorch loop: the same network, optimiser, batch and data.

    python benchmarks/train_step.py [--device cuda] [--pairs 60] [--only vec] [--clock cpu] [--resume]

Ours is `train` of training/loop.py on a run in a folder of its own, with callbacks, tensorboard and a bar
on a terminal; the bare loops are in `benchmarks/bare`. After each block of our steps the bare loop makes as
many, and each block of ours is divided by the mean of the bare ones before and after it. What falls due only
every so many steps (records, the bar's losses, images, validation, checkpoints) is timed apart, and added by
its default frequency: `with_callbacks`. Both networks lie channels last, so that the ratio shows what the
loop costs and not what the layout gains.

Each network is written down as it is measured; `--resume` leaves out those that were measured today. On a
machine that others load, `--clock cpu` counts the processor's seconds, with OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from blocks import by_hand, new_state, wait
from calls import chosen, parser
from machine import add_case, read_result
from networks import CASES, Case, random_images
from paired import Ratio, ratio_of

from disentcli.data.dataset import Dataset
from disentcli.data.splits.splits import random_splits
from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.training.callbacks import open_callbacks
from disentcli.training.loop import train
from disentcli.training.malloc_tuning import disable_malloc_trim
from disentcli.training.options import TrainOptions
from disentcli.training.progress import Progress
from disentcli.training.state import TrainingState

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
FREQUENCIES = [field.name for field in fields(TrainOptions) if field.name.endswith("_freq")]
NEVER = dict.fromkeys(FREQUENCIES, 0)
ROUNDS = 5  # in which each callback is timed


class Terminal(io.StringIO):
    """A stderr on which the bar is drawn."""

    def isatty(self) -> bool:
        return True


class InterleavedBlocks:
    """Has a bare block run after each block of steps that `train` makes with a state, and times both."""

    def __init__(
        self, state: TrainingState, bare: Callable[[], None], steps: int, clock: Callable[[], float]
    ) -> None:
        self.state, self.bare, self.steps, self.clock = state, bare, steps, clock
        self.step_batch = state.step_batch
        self.ours: list[float] = []
        self.bares: list[float] = []
        self.since = 0.0

    def __call__(self, *inputs: Any) -> None:
        """One step of ours, in place of `state.step_batch`; before it a bare block, where a block begins."""
        if self.state.step % self.steps == 0:
            wait(self.state.device)
            self.ours.append(self.clock() - self.since)
            start = self.clock()
            self.bare()
            self.bares.append(self.clock() - start)
            self.since = self.clock()
        self.step_batch(*inputs)

    def times(self) -> np.ndarray:
        """Seconds (pairs, 2) of our blocks and of the bare ones around each; the first block warms up."""
        around = (np.array(self.bares[1:-1]) + np.array(self.bares[2:])) / 2
        return np.stack([np.array(self.ours[2:]), around], axis=1)


@contextmanager
def new_run(state: TrainingState) -> Iterator[Run]:
    """A run in a folder of its own, and a terminal for its bar."""
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(Terminal()):
        files = {checkpoint.file_name(0): checkpoint.serialize(state.state_dict())}
        yield Run.create(Path(folder), "benchmark", {}, {}, files)


def step_ratio(case: Case, dataset: Dataset, bare: Callable[[], None], pairs: int, clock: str) -> Ratio:
    """Seconds of a block of `train`, between the steps at which anything is due, ÷ those of a bare block."""
    state = new_state(case, dataset)
    blocks = InterleavedBlocks(state, bare, case.block, CLOCKS[clock])
    state.step_batch = blocks  # type: ignore[method-assign]
    budget = (pairs + 1) * case.block + 1
    splits = random_splits(len(dataset), 0)
    with new_run(state) as run:
        options = TrainOptions(budget, batch_size=case.batch_size, **NEVER)  # type: ignore[arg-type]
        result = train(run, state, dataset, splits, options)
    if result.status != "completed":
        raise SystemExit(result.exit_code)
    return ratio_of(blocks.times())


def callback_seconds(case: Case, dataset: Dataset, clock: str) -> dict[str, float]:
    """Seconds a step that each callback takes at its default frequency."""
    state, splits, now = new_state(case, dataset), random_splits(len(dataset), 0), CLOCKS[clock]
    default = TrainOptions(batch_size=case.batch_size)
    batch = dataset.batch(torch.arange(case.batch_size, device=dataset.index_device), draw_step=1)
    found = {}
    with new_run(state) as run, open_callbacks(run, state, dataset, splits, default) as callbacks:
        bar = Progress(0, default.budget)
        for name in FREQUENCIES:
            callbacks.options = replace(default, **{**NEVER, name: 1})  # type: ignore[arg-type]
            seconds = []
            for _ in range(ROUNDS):
                state.step_batch(batch)
                wait(dataset.device)
                start = now()
                if name == "print_freq":
                    bar.show(state.loss_log.mean(), bar.rate())
                else:
                    callbacks.on_step_end()
                seconds.append(now() - start)
            found[name] = median(seconds) / getattr(default, name)
    return found


def measure(case: Case, device: str, pairs: int, clock: str) -> dict[str, Any]:
    """The ratio of the steps, what the callbacks add to it, and both together."""
    stored = random_images(case.shape)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "images.npy", stored)
        dataset = case.dataset(np.load(Path(folder) / "images.npy", mmap_mode="r"))
        dataset.to(device)
        torch.manual_seed(0)
        ratio = step_ratio(case, dataset, by_hand(case, stored, device), pairs, clock)
        callbacks = callback_seconds(case, dataset, clock)
    shares = {name: case.block * seconds / ratio.seconds_b for name, seconds in callbacks.items()}
    return {
        **asdict(ratio),
        "callbacks": shares,
        "with_callbacks": ratio.median + sum(shares.values()),
        "clock": clock,
        "steps": case.block,
        "batch_size": case.batch_size,
        "shape": case.shape,
    }


def main() -> None:
    call = parser(__doc__, pairs=60, only=CASES)
    call.add_argument("--clock", choices=CLOCKS, default="wall")
    call.add_argument("--resume", action="store_true", help="leave out what was measured today")
    options = call.parse_args()
    disable_malloc_trim()
    former = read_result("train_step", options.device).get("cases", {}) if options.resume else {}
    for name in chosen(options, CASES):
        if name in former and former[name]["machine"]["date"] == date.today().isoformat():
            continue
        row = measure(CASES[name], options.device, options.pairs, options.clock)
        path = add_case("train_step", name, row, options.device)
        print(f"{name:12}{_line(row)}; written to {path}", flush=True)


def _line(row: dict[str, Any]) -> str:
    ours_ms, bare_ms = (1e3 * row[f"seconds_{side}"] / row["steps"] for side in "ab")
    interval = f"{row['median']:.3f} [{row['low']:.3f}, {row['high']:.3f}], {row['pairs']} pairs"
    return (
        f"ours ÷ bare {interval}; {row['with_callbacks']:.3f} with callbacks; "
        f"{ours_ms:.2f} and {bare_ms:.2f} ms a step"
    )


if __name__ == "__main__":
    main()
