"""A training call that ends as by kill -9 before a step, in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import torch

from disentcli.methods.absae import AbsAE

from ..commands.in_process import Place


def killed_before_step(step: int, runs: Path, data: Path, words: str) -> None:
    """`fig` with these words, killed before this step of `absae`, counted from 0, is made."""
    torch.set_num_threads(1)
    usual = AbsAE.prepare_step

    def prepare_step(self: AbsAE, batch: Any, noise: Any, now: int) -> Any:
        if now == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return usual(self, batch, noise, now)

    AbsAE.prepare_step = prepare_step  # type: ignore[method-assign]
    Place(runs, data).fig(*words.split())
