"""A network as a table: its layers with output shapes and numbers of parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Rows = list[tuple[str, ...]]


def summarize(model: nn.Module, shape: tuple[int, ...]) -> str:
    """The layers, as they run on one input of this shape (C, H, W) or (D,), and the total.

    Layers without parameters that keep the shape (nonlinearities) are left out.
    """
    rows: Rows = [("layer", "kind", "output", "parameters")]
    layers = [(name, layer) for name, layer in model.named_modules() if name and not list(layer.children())]
    hooks = [layer.register_forward_hook(_recorder(name, rows)) for name, layer in layers]
    was_training = model.training
    reconstruct: Any = model.eval().reconstruct
    try:
        with torch.no_grad():
            reconstruct(torch.zeros(1, *shape))
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    parts = [f"{name} {count(part):,}" for name, part in model.named_children() if count(part)]
    return "\n".join([*_columns(rows), "", f"{count(model):,} parameters: {', '.join(parts)}"])


def count(module: nn.Module) -> int:
    """The number of trained parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _recorder(name: str, rows: Rows) -> Callable[[nn.Module, Any, Any], None]:
    def record(layer: nn.Module, inputs: Any, output: Any) -> None:
        parameters = count(layer)
        if isinstance(output, Tensor) and (parameters or output.shape != inputs[0].shape):
            shape = "×".join(map(str, output.shape[1:]))
            rows.append((name, type(layer).__name__, shape, f"{parameters:,}" if parameters else ""))

    return record


def _columns(rows: Rows) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    aligned = [
        [
            *(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)),
            row[-1].rjust(widths[-1]),
        ]
        for row in rows
    ]
    return ["  ".join(row).rstrip() for row in aligned]
