"""On a CUDA device: captured and compiled steps, that nothing waits, and the deterministic option."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._triton import has_triton

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.device import compute_deterministically
from disentcli.training.cuda_graph import CUDAGraphStep
from disentcli.training.ensemble.ensemble_state import VmapStep
from disentcli.training.optim import adam, cosine
from disentcli.training.precision import Precision, set_precision
from disentcli.training.state import TrainingState

from ..conftest import FIG, PROJECT, command_environment
from .test_compile import curve, layout
from .test_precision import built, images

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read once, before any test multiplies matrices
CUDA = torch.device("cuda")
STEPS = 40
KINDS = ("m/vae", "m/factorvae", "m/qlae")


def state(kind: str, mode: Any = False, precision: Precision = "float32") -> TrainingState:
    """A model on the GPU at its beginning, always the same."""
    model = built("a/dislib", kind).to(CUDA, memory_format=torch.channels_last)
    set_precision(model, precision, CUDA)
    beginning = TrainingState(model, adam(), cosine(every=1), budget=STEPS)
    beginning.compile(mode)
    return beginning


def batches() -> torch.Tensor:
    return images(STEPS * 16).to(CUDA).unflatten(0, (STEPS, 16))


@pytest.mark.parametrize("kind", KINDS)
def test_a_captured_step_follows_the_written_one(kind: str) -> None:
    written, captured = state(kind), state(kind, "graph")
    np.testing.assert_allclose(curve(captured, batches()), curve(written, batches()), rtol=1e-2)
    assert isinstance(captured.update_players, CUDAGraphStep)
    assert captured.update_players.captures
    assert captured.update_players._captured
    assert layout(captured.state_dict()) == layout(written.state_dict())


def test_the_captured_steps_of_many_runs_follow_the_written_ones() -> None:
    written, captured = ([state("m/vae", mode) for _ in range(3)] for mode in (False, "graph"))
    for states in (written, captured):
        many = VmapStep(states)
        for step, batch in enumerate(batches()):
            many.step_batch(step, batch.expand(3, *batch.shape))
        many.unstack_to_runs(STEPS)
    assert isinstance(many.update_players, CUDAGraphStep)
    assert many.update_players.captures
    curves = [[one.loss_log.state()["rows"].numpy() for one in states] for states in (written, captured)]
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-2)


@pytest.mark.slow
@pytest.mark.skipif(not has_triton(), reason="torch.compile needs Triton on a GPU")
@pytest.mark.parametrize("mode", [True, "reduce-overhead", "max-autotune-no-cudagraphs"])
@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_a_compiled_step_follows_the_written_one(mode: Any, precision: Precision) -> None:
    written, compiled = state("m/factorvae", precision=precision), state("m/factorvae", mode, precision)
    bound = 1e-2 if precision == "float32" else 5e-2
    np.testing.assert_allclose(curve(compiled, batches()), curve(written, batches()), rtol=bound)
    assert compiled.forward is not compiled.model


def test_a_step_never_waits_for_the_device() -> None:
    rows = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 1), dtype=np.uint8)
    dataset = Dataset("random", rows, (1, 32, 32)).to(CUDA)
    assert dataset.resident == "device"
    order = SeededBatchSampler(np.arange(64), 16, seed=0, device=dataset.index_device)
    for mode in (False, "graph"):
        one = state("m/vae", mode)
        for step in range(6):  # the last of them are replays, the first allocate memory
            torch.cuda.set_sync_debug_mode("error" if step == 5 else "default")
            try:
                batch = dataset.batch(order.batch(step % 4), draw_step=step + 1)
                one.step_batch(batch)
            finally:
                torch.cuda.set_sync_debug_mode("default")
        assert batch.is_contiguous(memory_format=torch.channels_last)


def test_the_deterministic_option_gives_the_same_bits_twice() -> None:
    compute_deterministically(True)
    try:
        first, second = (curve(state("m/vae"), batches()) for _ in range(2))
    finally:
        compute_deterministically(False)
    assert np.array_equal(first, second)


def test_a_run_is_trained_resumed_and_evaluated_by_commands(dataroot: Path, tmp_path: Path) -> None:
    environment = {**command_environment(dataroot, tmp_path), "CUDA_VISIBLE_DEVICES": "0"}
    for words in (
        "train demo --device cuda --compile graph --viz.freq 4 --budget 8",
        "train --resume last --device cuda --budget 12",
        "train demo --device cuda --compile graph --seeds 2 --budget 8",
        "train m/qlae d/sprites32 --device cuda --viz.freq 4 --budget 8",
        "eval --load last --device cuda",
    ):
        call = [str(FIG), *words.split()]
        done = subprocess.run(call, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "goes on as" not in done.stderr
