"""How a network runs: in bfloat16 within itself, in float32, or for evaluation only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn


def use_bf16(network: nn.Module) -> None:
    """From now on this network's forward computes its convolutions and matrix products in bfloat16.

    Its parameters, what it is given and what it gives stay float32. So whatever is done with its outputs
    (sums, logarithms, exponentials, losses) is done in float32, whichever method it is that does it.
    """
    network.bf16_enabled = True  # type: ignore[assignment]
    # bound to the network, not closed over it, so that a deep copy of the network computes so as a whole
    network.forward = MethodType(_forward_in_bfloat16, network)


def _forward_in_bfloat16(network: nn.Module, *inputs: Any, **named: Any) -> Any:
    """The network's own forward, under autocast unless within `in_float32`.

    A wrapping module would rename the weights in checkpoints.
    """
    with torch.autocast(inputs[0].device.type, torch.bfloat16, enabled=bool(network.bf16_enabled)):
        outputs = type(network).forward(network, *inputs, **named)
    return _in_float32(outputs)


def _in_float32(outputs: Any) -> Any:
    """The same tensor or (named) tuple of tensors, with those in bfloat16 as float32."""
    if isinstance(outputs, Tensor):
        return outputs.float() if outputs.dtype == torch.bfloat16 else outputs
    if isinstance(outputs, tuple):
        each = map(_in_float32, outputs)
        return type(outputs)(*each) if hasattr(outputs, "_fields") else tuple(each)
    return outputs


@contextmanager
def in_float32(*networks: nn.Module) -> Iterator[None]:
    """These networks compute in float32 here, also after `use_bf16`; costs nothing without it."""
    bf16_enabled = [network for network in networks if vars(network).get("bf16_enabled")]
    for network in bf16_enabled:
        network.bf16_enabled = False  # type: ignore[assignment]
    try:
        yield
    finally:
        for network in bf16_enabled:
            network.bf16_enabled = True  # type: ignore[assignment]


def float32_within(device: torch.device) -> AbstractContextManager[Any]:
    """A context in which a part of a bfloat16 network computes in float32; its inputs must be float32."""
    known = torch.amp.is_autocast_available(device.type)  # not so of `meta`, which computes nothing
    return torch.autocast(device.type, enabled=False) if known else nullcontext()


@contextmanager
def eval_no_grad(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode that was comes back."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train(was_training)
