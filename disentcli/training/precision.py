"""In which precision the networks of a model are trained; all else is float32."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from ..errors import CallError
from ..methods.method import Method
from ..nets.precision import use_bf16

Precision = Literal["float32", "bf16", "tf32"]

CPU_INFO = Path("/proc/cpuinfo")
BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16", "svebf16"}  # flags of x86 and ARM

_log = logging.getLogger(__name__)


def set_precision(model: Method, precision: Precision, device: torch.device) -> None:
    """Have the model's networks trained in this precision on this device.

    Args:
        precision: `bf16`: convolutions and matrix products within encoder, decoder and critics are bfloat16;
          parameters, optimiser, codes, losses and the gradient penalty are float32, and so are validation and
          evaluation. A CPU without bfloat16 instructions computes the same, slowly, with a warning.
          `tf32`: float32, whose matrix products on CUDA round their factors to 10 bits.
          `float32`: PyTorch's default.

    Raises:
        CallError: the device does not have this precision.
    """
    if precision == "tf32":
        if device.type != "cuda":
            raise CallError("--precision tf32 needs an NVIDIA GPU; on a CPU take float32 or bf16")
        torch.set_float32_matmul_precision("high")
    if precision == "bf16":
        _require_bfloat16(device)
        for network in networks(model):
            use_bf16(network)


def networks(model: Method) -> list[nn.Module]:
    """Encoder, decoder and all other networks of a model, such as its critics; not its latent or sampler."""
    apart = [getattr(model, name, None) for name in ("latent", "sampler")]
    found = _networks(child for child in model.children() if not any(child is one for one in apart))
    return list(dict.fromkeys(found))  # stages may share theirs


def _networks(children: Iterator[nn.Module]) -> Iterator[nn.Module]:
    for child in children:
        if isinstance(child, (nn.ModuleList, nn.ModuleDict, Method)):  # containers of networks, and stages
            yield from _networks(child.children())
        else:
            yield child


def _require_bfloat16(device: torch.device) -> None:
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise CallError(
            f"--precision bf16: {torch.cuda.get_device_name(device)} has no bfloat16; take float32"
        )
    if device.type == "cpu" and CPU_INFO.exists() and not BFLOAT16 & set(CPU_INFO.read_text().split()):
        _log.warning(
            "this CPU has no bfloat16 instructions: --precision bf16 takes 2 to 9 times float32's time"
        )
