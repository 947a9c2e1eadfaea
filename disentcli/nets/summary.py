"""The layers of a model as a table, in the order of the forward pass."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from .shapes import Shape

LARGE = 10_000_000  # parameters; a larger model is run on the meta device, which computes nothing


@dataclass(frozen=True)
class LayerInfo:
    """A layer: its name, its kind, the shape of its output (without the batch), its number of parameters."""

    name: str
    kind: str
    shape: Shape
    parameters: int


def describe(model: nn.Module, input_shape: Shape) -> list[LayerInfo]:
    """One row a layer; their parameters add up to the model's. Runs a copy on two items.

    >>> describe(nn.Sequential(nn.Linear(3, 2), nn.ELU()), (3,))
    [LayerInfo(name='model', kind='Linear → ELU', shape=(2,), parameters=8)]
    """
    device = _device_for(model)
    model = copy.deepcopy(model).to(device).eval()
    rows: dict[str, LayerInfo] = {}
    names = {layer: name for name, layer in reversed([*_layers(model)])}  # a layer in two places: the first
    for layer, name in names.items():
        layer.register_forward_hook(partial(_add_layer, rows, name))
    for name, owner in _owners(model):
        owner.register_forward_pre_hook(partial(_add_parameters, rows, name))
    batch = _example_batch(model, input_shape, device)
    players: Callable[[], Iterable[str]] = getattr(model, "player_parameters", lambda: ("model",))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        for named in [{}] if "model" in players() else [{"player": player} for player in players()]:
            model(batch, **named)
    return list(rows.values())


def _device_for(model: nn.Module) -> str:
    """CPU for a model that is computed quickly: the first use of the meta device takes PyTorch a second."""
    parameters = list(model.parameters())
    on_meta = any(one.is_meta for one in parameters)
    return "meta" if on_meta or sum(one.numel() for one in parameters) > LARGE else "cpu"


def _example_batch(model: nn.Module, input_shape: Shape, device: str) -> Any:
    """A batch of two items: what a method asks for, images for any other module."""
    if hasattr(model, "example_batch"):
        return model.example_batch(input_shape, device)  # type: ignore[operator]
    return torch.zeros(2, *input_shape, device=device)


def _layers(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The layers of the table by name: single modules, and sequences that hold no further sequence."""
    children = list(module.named_children())
    plain = isinstance(module, nn.Sequential) and not any(_is_sequence(m) for m in list(module.modules())[1:])
    if not children or plain:
        yield name or "model", module
        return
    for child_name, child in children:
        yield from _layers(child, f"{name}.{child_name}".lstrip("."))


def _is_sequence(module: nn.Module) -> bool:
    return isinstance(module, (nn.Sequential, nn.ModuleList))


def _owners(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Modules with both children and parameters of their own, as a decoder with a learned constant."""
    for name, module in model.named_modules():
        if (
            next(module.children(), None) is not None
            and next(module.parameters(recurse=False), None) is not None
        ):
            yield name, module


def _add_layer(rows: dict[str, LayerInfo], name: str, layer: nn.Module, _: Any, output: Any) -> None:
    first = output[0] if isinstance(output, list) else output  # shares of one output, all alike
    shape = tuple(first.shape[1:]) if isinstance(first, Tensor) else ()
    rows.setdefault(name, LayerInfo(name, _kind(layer), shape, sum(p.numel() for p in layer.parameters())))


def _add_parameters(rows: dict[str, LayerInfo], name: str, owner: nn.Module, _: Any) -> None:
    for own, parameter in owner.named_parameters(recurse=False):
        full = f"{name}.{own}".lstrip(".")
        rows.setdefault(full, LayerInfo(full, "Parameter", tuple(parameter.shape), parameter.numel()))


def _kind(module: nn.Module) -> str:
    """`Conv2d 3×3 → GroupNorm → ELU`."""
    children = list(module.children())
    if isinstance(module, nn.Sequential):
        return " → ".join(map(_kind, children))
    kind = type(module).__name__
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        return f"{kind} {'×'.join(map(str, module.kernel_size))}"
    return f"{kind}({', '.join(map(_kind, children))})" if children else kind
