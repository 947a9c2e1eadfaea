"""Between two readings of the losses nothing asks the device for a value: on a GPU nothing waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from disentcli.config.settings import Settings
from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.training.optim import GradientClipping, adam, cosine
from disentcli.training.state import TrainingState

from ..configs import sheets
from .test_precision import built, images

aten = torch.ops.aten
READ = {  # operations whose result, or whose size, is only known once the device has come so far
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.nonzero.default,
    aten.masked_select.default,
    aten._unique2.default,
    aten.bincount.default,
    aten.repeat_interleave.Tensor,
}
FETCH = ("cpu", "numpy", "tolist", "__array__")  # of a tensor on the host they are no operations


class Waits(TorchDispatchMode):
    """Notes every operation that would make the host wait for a GPU."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        by_mask = function is aten.index.Tensor and any(
            one is not None and one.dtype in (torch.bool, torch.uint8) for one in args[1]
        )
        if function in READ or by_mask:
            self.found.append(str(function))
        return function(*args, **(kwargs or {}))


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The waits within."""
    with monkeypatch.context() as patch, Waits() as waits:
        for name in FETCH:
            original = getattr(Tensor, name)

            def fetch(self: Tensor, *args: Any, name: str = name, original: Any = original) -> Any:
                waits.found.append(name)
                return original(self, *args)

            patch.setattr(Tensor, name, fetch)
        yield waits.found


@pytest.mark.parametrize(
    ("wait", "name"),
    [
        (lambda x: x.sum().item(), "_local_scalar_dense"),
        (lambda x: bool(x.any()), "_local_scalar_dense"),
        (lambda x: x[x > 0], "index"),
        (lambda x: x.nonzero(), "nonzero"),
        (lambda x: x.unique(), "_unique2"),
        (lambda x: x.cpu(), "cpu"),
        (lambda x: x.tolist(), "tolist"),
        (lambda x: np.asarray(x), "__array__"),
    ],
)
def test_waits_are_noticed(wait: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(monkeypatch) as waits:
        wait(torch.ones(3))
    assert name in waits[0]


METHODS = (
    "m/ae",
    "m/annealed",
    "m/vae",
    "m/factorvae",
    "m/tcvae",
    "m/tcvae/mss",
    "m/dipvae1",
    "m/infovae",
    "m/wae",
    "m/swae",
    "m/hfs",
    "m/bioae",
    "m/qlae",
    "m/vqvae",
    "m/infowgan",
    "m/adagvae",
    "m/infocasc",
    "m/lievae",
)


@pytest.mark.parametrize("method", METHODS)
def test_a_step_waits_for_nothing(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = built("a/chen-mlp" if "gan" not in method else "a/qlae-small", method)
    clip = GradientClipping(value=1.0, norm=1.0)
    state = TrainingState(model, adam(), cosine(every=1), budget=10, clip=clip)
    batches = images(12 * model.num_views).unflatten(0, (3, 4, model.num_views))
    batches = batches if model.num_views > 1 else batches.squeeze(2)
    state.step_batch(batches[0])  # optimisers and loss log allocate their memory
    with watched(monkeypatch) as waits:
        for batch in batches[1:]:
            state.step_batch(batch)
    assert not waits


@pytest.mark.parametrize(
    "configs",
    [
        ("d/sprites32",),
        ("d/vec",),
        ("view/triplets", "d/sprites32"),
        ("view/weak", "d/sprites32"),
        ("d/room-small",),
    ],
    ids=" ".join,
)
def test_a_batch_waits_for_nothing(
    configs: tuple[str, ...], dataroot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(sheets(*configs))
    dataset = settings.build("dataset", root=str(dataroot))
    items = settings.build("view", dataset=dataset) if settings.has("view") else dataset
    items.to("cpu", "ram")
    order = SeededBatchSampler(np.arange(len(items)), 4, seed=0)
    order.batch(0)  # an epoch's order is drawn on the host
    with watched(monkeypatch) as waits:
        for step in range(3):
            items.batch(order.batch(step), draw_step=step + 1)
    assert not waits
