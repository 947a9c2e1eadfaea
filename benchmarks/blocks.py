"""Blocks of training steps on the same network and data: ours without callbacks, and written out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from bare.loop import block
from networks import Case

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.training.state import TrainingState


def new_state(case: Case, dataset: Dataset) -> TrainingState:
    """The network of a case at its beginning, channels last on the device of the data."""
    model = case.model(case.shape).to(dataset.device, memory_format=torch.channels_last)
    model.train()
    return TrainingState(model, case.optimizer, budget=10**9, clip=case.clip)


def ours(case: Case, dataset: Dataset, *, compiled: bool = False) -> Callable[[], None]:
    """A block of the steps that training/loop.py makes, without callbacks."""
    state = new_state(case, dataset)
    state.compile(compiled)
    sampler = SeededBatchSampler(np.arange(len(dataset)), case.batch_size, 0, device=dataset.index_device)

    def run() -> None:
        for _ in range(case.block):
            state.step_batch(dataset.batch(sampler.batch(state.step), draw_step=state.step + 1))
        wait(dataset.device)

    return run


def by_hand(case: Case, stored: np.ndarray, device: str) -> Callable[[], None]:
    """A block of the same steps, written out."""
    model = case.model(case.shape).to(device, memory_format=torch.channels_last)
    model.train()
    return block(case.bare(model), torch.from_numpy(stored).to(device), case.batch_size, case.block)


def wait(device: torch.device) -> None:
    """Until a GPU has done what it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
