"""Compiling a training step: what computes the losses, and what to say where it cannot be compiled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from ..errors import CallError
from ..methods.method import Method
from .cuda_graph import CUDAGraphStep

if TYPE_CHECKING:
    from .state import TrainingState

Mode = Literal["graph", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
OWN_GRAPHS = ("reduce-overhead", "max-autotune")  # modes in which torch.compile makes CUDA graphs by itself

_log = logging.getLogger(__name__)


def compile_step(state: TrainingState, mode: bool | Mode) -> None:
    """Have the steps of this state compiled at the first of them. Weights, files and keys stay as they are.

    true: losses and their gradients by torch.compile; on CUDA the whole step is recorded as one CUDA graph.
    graph: only recorded, which takes a second instead of a minute; CUDA.
    Otherwise a mode of torch.compile; `reduce-overhead` and `max-autotune` make their own CUDA graphs, of
    forward and backward. Where a step does not compile, it is computed as it is written, with one warning.

    Raises:
        CallError: `graph` on a device without such graphs.
    """
    on_cuda = state.device.type == "cuda"
    if mode == "graph" and not on_cuda:
        raise CallError(f"--compile graph is of NVIDIA GPUs, not of {state.device}; take true or false")
    if not mode:
        return
    if mode != "graph":
        state.forward = compiled(state.model, None if mode is True else mode, on_cuda)
    if on_cuda and mode not in OWN_GRAPHS:
        state.update_players = CUDAGraphStep(state.update_players, state.optimizers.values())


def compiled(model: Method, mode: str | None, on_cuda: bool) -> Callable[..., dict[str, Tensor]]:
    """The model's losses as one compiled function; the model itself stays as it is."""
    torch.compiler.reset()  # what was compiled for models before counts towards a limit
    forward = torch.compile(model.forward, mode=mode, fullgraph=True, dynamic=False)
    if mode not in OWN_GRAPHS or not on_cuda:
        return forward

    def losses(*inputs: Any) -> dict[str, Tensor]:
        torch.compiler.cudagraph_mark_step_begin()
        return {term: loss.clone() for term, loss in forward(*inputs).items()}  # theirs are overwritten

    return losses


def warn_not_compiled(model: Method, error: Exception) -> None:
    """Warn that the steps of this model are not compiled, with the reason and what helps."""
    cause = getattr(error, "inner_exception", error)  # what torch.compile's backend raised
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    reason = f"{type(cause).__name__}: {lines[0] if lines else 'no reason given'}"
    _log.warning(
        "%s is not compiled, it goes on as it is written: %s%s", model.short_name, reason, _way_out(error)
    )


def _way_out(error: Exception) -> str:
    text = f"{type(error).__name__} {error}"
    if "InvalidCxxCompiler" in text:
        return "; install a C++ compiler (Debian: apt install g++, macOS: xcode-select --install)"
    if "TritonMissing" in text:
        return "; install Triton (pip install triton)"
    return ""
