"""The conv stack that the conv12 and conv16 encoders and decoders, structural decoders and ladders share.

A layer is, in this order: upsample ×2 (bilinear) → conv (size-preserving, with bias) → residual sum →
max-pool 2 → GroupNorm (8 groups) → nonlinearity. For vectors: linear → nonlinearity. Layers count from 1.
Source: Leeb et al., "Structure by Architecture", ICLR 2023, and its code.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from ..errors import CallError
from .layers import Nonlinearity, nonlinearity
from .shapes import Shape, bottleneck, is_vector, size

GROUPS = 8


@dataclass(frozen=True)
class ConvPlan:
    """Which layers of a stack halve the feature map (in an encoder) or double it (in a decoder)."""

    depth: int
    down: tuple[int, ...]
    up: tuple[int, ...]


CONV5 = ConvPlan(5, down=(1, 2, 3, 4, 5), up=(1, 2, 3, 4, 5))
CONV12 = ConvPlan(12, down=(1, 4, 7, 10, 12), up=(2, 4, 7, 10, 12))
CONV16 = ConvPlan(16, down=(1, 4, 7, 10, 13, 16), up=(1, 4, 7, 10, 13, 16))
DEPTH_CONFIGS = {  # those with room for transforms and ladders
    plan.depth: plan for plan in (CONV12, CONV16)
}


def smallest_map(plan: ConvPlan, shape: Shape, width: int) -> Shape:
    """The map behind an encoder's convs and before a decoder's: (width, h, w), or (width,) for vectors."""
    smallest = bottleneck(shape, len(plan.down), width, network=f"a stack of {plan.depth} convs")
    in_group = size(smallest) // GROUPS
    if not is_vector(shape) and in_group < 3:
        raise CallError(
            f"width {width} leaves GroupNorm {in_group} numbers a group at the bottleneck, which say nothing "
            f"once they are normalized; take a width of at least {3 * GROUPS}, or larger images"
        )
    return smallest


@dataclass(frozen=True)
class LayerOptions:
    """What all layers of a stack have in common."""

    vector: bool = False
    nonlin: Nonlinearity = "elu"
    residual: bool = False


class Residual(nn.Module):
    """x ↦ x + layer(x)."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layer(x)


def conv_stack(
    channels: Sequence[tuple[int, int]],
    options: LayerOptions,
    *,
    up: Collection[int] = (),
    down: Collection[int] = (),
    first_kernel: int = 3,
    linear_end: bool = False,
) -> list[nn.Sequential]:
    """One layer for each (in, out) pair; with `linear_end` the last has neither norm nor nonlinearity.

    >>> layers = conv_stack([(3, 8), (8, 8)], LayerOptions(), down=[1])
    >>> [list(dict(layer.named_children())) for layer in layers]
    [['conv', 'pool', 'norm', 'nonlin'], ['conv', 'norm', 'nonlin']]
    """
    layers = []
    for number, (before, after) in enumerate(channels, start=1):
        linear = linear_end and number == len(channels)
        if options.vector:
            layers.append(_vector_layer(before, after, options, linear=linear))
        else:
            kernel = first_kernel if number == 1 else 3
            place = {"up": number in up, "down": number in down, "linear": linear}
            layers.append(_image_layer(before, after, options, kernel=kernel, **place))
    return layers


def _vector_layer(before: int, after: int, options: LayerOptions, *, linear: bool) -> nn.Sequential:
    parts = OrderedDict(conv=_with_residual(nn.Linear(before, after), options, before == after))
    if not linear:
        parts["nonlin"] = nonlinearity(options.nonlin)
    return nn.Sequential(parts)


def _image_layer(
    before: int, after: int, options: LayerOptions, *, kernel: int, up: bool, down: bool, linear: bool
) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    if up:
        parts["up"] = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    conv = nn.Conv2d(before, after, kernel, padding=kernel // 2)
    parts["conv"] = _with_residual(conv, options, before == after)
    if down:
        parts["pool"] = nn.MaxPool2d(2)
    if not linear:
        if after % GROUPS:
            raise CallError(
                f"conv layers normalize {GROUPS} groups of channels: width {after} is no multiple of it"
            )
        parts["norm"] = nn.GroupNorm(GROUPS, after)
        parts["nonlin"] = nonlinearity(options.nonlin)
    return nn.Sequential(parts)


def _with_residual(layer: nn.Module, options: LayerOptions, channels_agree: bool) -> nn.Module:
    return Residual(layer) if options.residual and channels_agree else layer


def split_at(layers: Sequence[nn.Module], starts: Sequence[int]) -> list[nn.Sequential]:
    """Cut a stack before each of these layers (counted from 1, the first of them is 1)."""
    bounds = [start - 1 for start in starts] + [len(layers)]
    return [nn.Sequential(*layers[start:end]) for start, end in pairwise(bounds)]


@dataclass(frozen=True)
class LatentGroups:
    """How a network cuts the latent into equal groups, one for every so many convs.

    Args:
        network: its name in messages.
        part: what a group belongs to in it, in the plural ("rungs").
        config: the configs that set their number ("a/ladder/N").
    """

    network: str
    part: str
    config: str

    def group_dim(self, latent_dim: int, groups: int) -> int:
        """The dimensions in a group; CallError where they are not whole."""
        if latent_dim % groups:
            fitting = max(groups, latent_dim - latent_dim % groups)
            raise CallError(
                f"a latent of {latent_dim} cannot be cut into {groups} equal groups for {self.network}'s "
                f"{self.part}; set latent-dim to a multiple, as {fitting}, or take another {self.config}"
            )
        return latent_dim // groups

    def spacing(self, convs: int, groups: int) -> int:
        """How many convs there are to each group; CallError where they are not whole.

        >>> LatentGroups("ladder", "rungs", "a/ladder/N").spacing(12, 4)
        3
        """
        if convs not in DEPTH_CONFIGS:
            raise CallError(f"{self.network} has {' or '.join(map(str, DEPTH_CONFIGS))} convs, not {convs}")
        if groups < 1 or convs % groups:
            fitting = [n for n in range(2, convs + 1) if convs % n == 0]
            raise CallError(
                f"{self.network} with {convs} convs has room for {fitting} {self.part}, not {groups}"
            )
        return convs // groups

    def entry_layers(self, convs: int, groups: int) -> range:
        """The convs of a decoder, counted from 1, before which a group enters: 1, 1 + spacing, …."""
        return range(1, convs + 1, self.spacing(convs, groups))
