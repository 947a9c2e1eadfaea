"""--compile: the same steps, files and keys as without; a step that does not compile goes on as written."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._dynamo.backends.common import aot_autograd
from torch._dynamo.backends.debugging import aot_eager

from disentcli.errors import CallError
from disentcli.methods.freezing import freeze
from disentcli.runs import checkpoint
from disentcli.training.optim import adam
from disentcli.training.state import TrainingState
from disentcli.training.validation import eval_mode

from ..configs import trained
from . import tiny_world as tiny
from .test_precision import built, images

STEPS = 40


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Have torch.compile do all but generate code, by this backend: a hundredth of the time."""
    original = torch.compile

    def use(backend: Any) -> None:
        monkeypatch.setattr(torch, "compile", partial(original, backend=backend))

    use(aot_eager)
    return use


def curve(state: TrainingState, batches: Tensor) -> np.ndarray:
    """The loss of each step."""
    state.model.train()
    losses = []
    for batch in batches:
        state.step_batch(batch)
        losses.append(state.loss_log.mean()["loss"])
        state.loss_log.clear()
    return np.array(losses)


def tiny_batches(count: int = STEPS) -> Tensor:
    return tiny.dataset().batch(torch.arange(16 * count) % 240).unflatten(0, (count, 16))


def compiled_state(method: str = "vae", mode: Any = True) -> TrainingState:
    state = tiny.state(method)
    state.compile(mode)
    return state


@pytest.mark.usefixtures("traced")
def test_a_traced_step_gives_the_curve_of_the_written_one() -> None:
    written, traced_one = tiny.state(), compiled_state()
    assert written.forward is written.model
    assert traced_one.forward is not traced_one.model
    np.testing.assert_allclose(curve(traced_one, tiny_batches()), curve(written, tiny_batches()), rtol=1e-5)


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_what_is_frozen_stays_in_a_traced_step(part: str) -> None:
    state, written = (tiny.state() for _ in range(2))
    states = (state, written)
    for one in states:
        freeze(one.model, [part], STEPS)
    state, written = (TrainingState(one.model, adam(lr=1e-2), budget=STEPS) for one in states)
    state.compile(True)
    before = deepcopy(state.model.get_submodule(part).state_dict())
    np.testing.assert_allclose(curve(state, tiny_batches()), curve(written, tiny_batches()), rtol=1e-5)
    assert state.forward is not state.model
    assert tiny.same(before, state.model.get_submodule(part).state_dict())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["m/vae", "m/factorvae"])
def test_the_curve_of_compiled_steps_stays_within_a_tenth_of_a_percent(kind: str) -> None:
    states = []
    for mode in (False, True):
        states.append(TrainingState(built("a/dislib", kind), adam(lr=1e-3), budget=STEPS))
        states[-1].compile(mode)
    written, compiled = (curve(state, images(STEPS * 16).unflatten(0, (STEPS, 16))) for state in states)
    assert states[1].forward is not states[1].model
    assert written[-5:].mean() < 0.7 * written[0]
    assert np.abs(compiled / written - 1).max() < 1e-3


@pytest.mark.usefixtures("traced")
def test_files_keys_and_copies_are_those_of_a_run_without() -> None:
    written, traced_one = tiny.state(), compiled_state()
    curve(written, tiny_batches(3)), curve(traced_one, tiny_batches(3))
    assert layout(traced_one.state_dict()) == layout(written.state_dict())
    for state, other in ((written, traced_one), (traced_one, written)):
        other.load_state_dict(deepcopy(state.state_dict()))
        assert tiny.same(state.model.state_dict(), other.model.state_dict())
    copy = deepcopy(traced_one.model)
    assert tiny.same(copy.state_dict(), traced_one.model.state_dict())
    with eval_mode(traced_one.model):
        assert traced_one.model.encode(tiny_batches(1)[0]).shape == (16, tiny.LATENT)


def layout(tree: Any) -> Any:
    """Keys and kinds of a checkpoint, without its values."""
    if isinstance(tree, dict):
        return {key: layout(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [layout(value) for value in tree]
    return (tree.dtype, tree.shape) if isinstance(tree, Tensor) else type(tree)


def test_a_run_keeps_how_it_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[Any] = []
    monkeypatch.setattr(TrainingState, "compile", lambda state, mode: modes.append(mode))
    place = {"data": tmp_path / "data", "runs": tmp_path / "runs", "budget": 0}
    runs = [trained("m/ae", "d/vec", **place, name=f"{mode}", compile=mode) for mode in (True, "graph")]
    assert [run.config()["compile"] for run in runs] == modes == [True, "graph"]


@pytest.mark.slow
def test_the_command_compiles_and_its_weights_are_named_as_ever(tmp_path: Path) -> None:
    place = {"data": tmp_path / "data", "runs": tmp_path / "runs", "budget": 2}
    run, plain = (trained("m/ae", "d/vec", **place, name=f"{mode}", compile=mode) for mode in (True, False))
    assert layout(checkpoint.load(run, 2)["model"]) == layout(checkpoint.load(plain, 2)["model"])


def broken(*_: object) -> None:
    raise RuntimeError("no such kernel")


@pytest.mark.parametrize(
    "backend", [broken, aot_autograd(fw_compiler=lambda graph, _: graph, bw_compiler=broken)]
)
def test_what_does_not_compile_is_told_once_and_goes_on_as_written(
    backend: Any, traced: Callable[[Any], None], caplog: pytest.LogCaptureFixture
) -> None:
    traced(backend)
    state, written = compiled_state(), tiny.state()
    assert np.array_equal(curve(state, tiny_batches(3)), curve(written, tiny_batches(3)))
    assert tiny.same(state.model.state_dict(), written.model.state_dict())
    (message,) = [record.getMessage() for record in caplog.records if record.name.startswith("disentcli")]
    assert "vae is not compiled, it goes on as it is written" in message
    assert "no such kernel" in message


class Reader(nn.Module):
    """Looks at a value, which ends a graph."""

    def forward(self, codes: Tensor) -> Tensor:
        return codes if codes.sum().item() else -codes


@pytest.mark.usefixtures("traced")
def test_a_model_that_waits_for_values_is_not_compiled(caplog: pytest.LogCaptureFixture) -> None:
    state = compiled_state()
    state.model.encoder.layers.append(Reader())
    state.step_batch(tiny_batches(1)[0])
    assert state.forward is state.model
    assert "vae is not compiled" in caplog.text


@pytest.mark.slow
def test_without_a_compiler_the_warning_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from torch._inductor import config

    monkeypatch.setattr(config.cpp, "cxx", ("no-such-compiler",))
    monkeypatch.setattr(config, "fx_graph_cache", False)
    state = compiled_state()
    state.step_batch(tiny_batches(1)[0])
    assert "apt install g++" in caplog.text


@pytest.mark.usefixtures("traced")
def test_errors_of_the_method_are_its_own(caplog: pytest.LogCaptureFixture) -> None:
    state = compiled_state()
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        state.step_batch(torch.zeros(16, 1, 5, 5))
    assert "not compiled" not in caplog.text


def test_cuda_graphs_are_refused_elsewhere() -> None:
    with pytest.raises(
        CallError, match="--compile graph needs an NVIDIA GPU, the device is cpu; take true or false"
    ):
        tiny.state().compile("graph")
