"""A network as a table: its layers with output shapes and numbers of parameters."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

Rows = list[tuple[str, ...]]


def summarize(model: nn.Module, shape: tuple[int, ...]) -> str:
    """The layers, as they run on one input of this shape (C, H, W) or (D,), and the total."""
    rows: Rows = [("layer", "kind", "output", "parameters")]
    hooks = [
        layer.register_forward_hook(_recorder(name, rows))
        for name, layer in model.named_modules()
        if not list(layer.children()) and name
    ]
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    was_training = model.training
    try:
        with torch.no_grad():
            model.eval().reconstruct(torch.zeros(1, *shape, device=device))  # type: ignore[operator]
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    parts = [(name, f"{count(part):,}") for name, part in model.named_children() if count(part)]
    total = f"{count(model):,} parameters" + (f" ({', '.join(map(': '.join, parts))})" if parts else "")
    return "\n".join([*_columns(rows), total])


def count(module: nn.Module) -> int:
    """The number of trained parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _recorder(name: str, rows: Rows) -> Any:
    def record(layer: nn.Module, inputs: Any, output: Any) -> None:
        shape = "×".join(map(str, output.shape[1:])) if isinstance(output, Tensor) else ""
        rows.append((name, type(layer).__name__, shape, f"{count(layer):,}" if count(layer) else ""))

    return record


def _columns(rows: Rows) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
