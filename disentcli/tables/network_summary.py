"""A network as text: its layers with output shapes and numbers of parameters."""

from __future__ import annotations

from torch import nn

from ..nets.summary import describe


def summarize(model: nn.Module, shape: tuple[int, ...]) -> str:
    """The layers in the order in which an input of this shape (C, H, W) or (D,) meets them, and the total."""
    table = [("layer", "kind", "output", "parameters")]
    for row in describe(model, shape):
        output = "×".join(map(str, row.shape))
        table.append((row.name, row.kind, output, f"{row.parameters:,}" if row.parameters else ""))
    parts = [f"{name} {count(part):,}" for name, part in model.named_children() if count(part)]
    return "\n".join([*_columns(table), "", f"{count(model):,} parameters: {', '.join(parts)}"])


def count(module: nn.Module) -> int:
    """The number of trained parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _columns(rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Lines with aligned columns, the last one to the right."""
    *left, last = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, left, strict=False)), row[-1].rjust(last)])
        for row in rows
    ]
