"""What an Apple GPU cannot do, with a stand-in: float64, and copies that are not waited for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

import disentcli
from disentcli import device
from disentcli.data.dataset import Dataset
from disentcli.latents.discrete import QuantizedLatent
from disentcli.training.optim import adam
from disentcli.training.rng import make_generator
from disentcli.training.state import TrainingState
from disentcli.training.validation import eval_mode, mean_losses

from .methods.family import FAMILY, small
from .methods.models import VECTOR
from .training import tiny_world as tiny

SOURCE = Path(disentcli.__file__).parent
ON_CUDA_ONLY = {"device.py", "training/cuda_graph.py"}


def _any_float64(values: Any) -> bool:
    leaves = pytree.tree_leaves(values)
    return any(isinstance(one, torch.Tensor) and one.dtype == torch.float64 for one in leaves)


class WithoutFloat64(TorchDispatchMode):
    """Raises what PyTorch does where an Apple GPU is to make a float64 tensor, whatever the device is.

    Arrays of the host, and what is computed of them there, may have that type.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if _any_float64(result) and not _any_float64(args) and func is not torch.ops.aten.lift_fresh.default:
            raise TypeError(f"the device has no float64: {func}")
        return result


@pytest.fixture
def without_float64(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(device, "has_float64", lambda _: False)
    with WithoutFloat64():
        yield


def test_only_apples_gpus_lack_float64() -> None:
    kinds = {name: device.widest_float(torch.device(name)) for name in ("cpu", "cuda", "mps")}
    assert kinds == {"cpu": torch.float64, "cuda": torch.float64, "mps": torch.float32}


def test_the_stand_in_refuses_float64() -> None:
    with pytest.raises(TypeError, match="no float64"), WithoutFloat64():
        torch.ones(2).double()


def test_a_run_is_trained_validated_and_saved_without_float64(tmp_path: Path, without_float64: None) -> None:
    run, outcome = tiny.start(tmp_path, budget=40)
    assert (outcome.status, run.info()["best_step"]) == ("completed", 40)


@pytest.mark.parametrize("kind", FAMILY)
def test_each_objective_is_trained_and_validated_without_float64(kind: str, without_float64: None) -> None:
    state = TrainingState(small(kind), adam(), budget=2)
    images = Dataset("vectors", np.random.default_rng(0).random((32, 10), np.float32), VECTOR)
    for _ in range(2):
        state.step_batch(images.batch(torch.arange(16)))
    with eval_mode(state.model):
        assert np.isfinite(list(mean_losses(state.model, images, np.arange(32), 16, 2).values())).all()


def test_samples_of_codebooks_need_no_float64(without_float64: None) -> None:
    latent = QuantizedLatent(3, num_values=5)
    drawn = latent.sample_indices(2000, make_generator(0, "samples"))
    assert drawn.min() == 0
    assert drawn.max() == 4


def test_only_copies_to_cuda_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, bool] = {}

    def to(self: torch.Tensor, target: torch.device, *, non_blocking: bool) -> torch.Tensor:
        asked[target.type] = non_blocking
        return self

    monkeypatch.setattr(torch.Tensor, "to", to)
    for name in ("cpu", "cuda", "mps"):
        device.move(torch.ones(2), torch.device(name))
    assert asked == {"cpu": False, "cuda": True, "mps": False}


def test_all_copies_to_a_device_are_made_by_one_function() -> None:
    texts = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in SOURCE.rglob("*.py")}
    asynchronous = {name for name, text in texts.items() if re.search(r"non_blocking=", text)}
    assert asynchronous == ON_CUDA_ONLY


def test_no_result_becomes_float64_before_it_is_on_the_host() -> None:
    pattern = re.compile(r"\.double\(\)[.\w()]*\.cpu\(\)")
    assert not [path for path in SOURCE.rglob("*.py") if pattern.search(path.read_text())]
