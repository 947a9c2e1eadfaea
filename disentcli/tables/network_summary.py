"""A network as text: layers, output shapes, parameters; apart from the other tables, for it needs torch."""

from __future__ import annotations

from torch import nn

from ..nets.summary import describe
from .table import plain_table


def summarize(model: nn.Module, shape: tuple[int, ...]) -> str:
    """The layers in the order in which an input of this shape (C, H, W) or (D,) meets them, and the total."""
    lines = [("layer", "kind", "output", "parameters")]
    for row in describe(model, shape):
        output = "×".join(map(str, row.shape))
        lines.append((row.name, row.kind, output, f"{row.parameters:,}" if row.parameters else ""))
    parts = [
        f"{name} {count_parameters(part):,}"
        for name, part in model.named_children()
        if count_parameters(part)
    ]
    total = f"{count_parameters(model):,} parameters: {', '.join(parts)}"
    return "\n".join([plain_table(lines, left=3), "", total])


def count_parameters(module: nn.Module) -> int:
    """The number of trained parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
