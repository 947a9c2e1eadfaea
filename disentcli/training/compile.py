"""Compiling the losses of a model, and what to say where they cannot be compiled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from ..errors import CallError
from ..methods.method import Method

Mode = Literal["graph", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
OWN_GRAPHS = ("reduce-overhead", "max-autotune")  # modes in which torch.compile makes CUDA graphs by itself

_log = logging.getLogger(__name__)


def check_mode(mode: bool | Mode, device: torch.device) -> None:
    """Raise CallError for a mode of compiling that this device does not have."""
    if mode == "graph" and device.type != "cuda":
        raise CallError(f"--compile graph needs an NVIDIA GPU, the device is {device}; take true or false")


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
        "%s is not compiled, it goes on as it is written: %s%s", model.short_name, reason, _hint(error)
    )


def _hint(error: Exception) -> str:
    """How to install what compiling lacks; empty where it is something else."""
    text = f"{type(error).__name__} {error}"
    if "InvalidCxxCompiler" in text:
        return "; install a C++ compiler (Debian: apt install g++, macOS: xcode-select --install)"
    if "TritonMissing" in text:
        return "; install Triton (pip install triton)"
    return ""
