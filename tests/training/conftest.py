"""A stand-in for CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch

from disentcli.training import cuda_graph
from disentcli.training.cuda_graph import Losses


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often each captured step was replayed, on a CPU: a replay takes the step again.

    As on a GPU, a capture computes nothing by itself, reads its inputs where they were when it was made,
    and writes its losses to the same places each time.
    """
    counts: list[int] = []

    def capture(function: Callable[[], Losses]) -> tuple[Losses, Callable[[], None]]:
        losses: Losses = {}
        place = len(counts)
        counts.append(0)

        def replay() -> None:
            for term, loss in function().items():
                losses.setdefault(term, torch.empty_like(loss)).copy_(loss)
            counts[place] += 1

        return losses, replay

    monkeypatch.setattr(cuda_graph, "capture", capture)
    monkeypatch.setattr(cuda_graph, "on_side_stream", nullcontext)
    return counts
