"""Which device computes, and how strictly."""

from __future__ import annotations

import os

import torch
from torch import Tensor

from .errors import CallError


def find_device(name: str = "auto") -> torch.device:
    """The device of this name: auto (the first CUDA GPU, if any), cpu, cuda, cuda:N, or mps, Apple's.

    A GPU that is named by its number becomes the current one.

    Raises:
        CallError: there is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = torch.device("meta")
    if device.type not in ("cpu", "cuda", "mps"):
        raise CallError(f"--device is auto, cpu, cuda, cuda:N or mps, not {name!r}")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise CallError("--device mps: PyTorch has no Apple GPU here; use --device auto or cpu")
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise CallError(f"--device {name}: there {_are(count)} here; use --device auto or cpu")
        if device.index is not None:
            torch.cuda.set_device(device)  # where streams are made, and steps are recorded
    return device


def _are(count: int) -> str:
    return "is no CUDA device" if count == 0 else f"are {count} CUDA devices, counted from 0"


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on this device; nothing waits for CUDA, to which it goes through pinned memory."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return move(tensor, device)


def move(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on this device; only a copy to CUDA is not waited for.

    One to an Apple GPU would be of memory that may have been freed by then (PyTorch's issue 189690).
    """
    return tensor.to(device, non_blocking=device.type == "cuda")


def has_float64(device: torch.device) -> bool:
    """Whether this device computes in float64; Apple's GPUs do not."""
    return device.type != "mps"


def widest_float(device: torch.device) -> torch.dtype:
    """The type of this device with the most digits, in which sums over many images are taken."""
    return torch.float64 if has_float64(device) else torch.float32


def to_widest_float(tensor: Tensor) -> Tensor:
    """The tensor in the type of `widest_float`."""
    return tensor.to(widest_float(tensor.device))


def compute_deterministically(yes: bool = True) -> None:
    """Only algorithms that give the same bits each time (slower on CUDA); a missing one raises.

    To be called before the process's first matrix product on a GPU, at which cuBLAS is set up for good.
    """
    if yes:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if yes or torch.are_deterministic_algorithms_enabled():  # the call loads PyTorch's compiler: a second
        torch.use_deterministic_algorithms(yes)
    torch.backends.cudnn.deterministic = yes
    torch.backends.cudnn.benchmark = not yes
