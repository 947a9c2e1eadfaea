"""A language for networks: a list of layers that know the shapes they give and how they are transposed.

    encoder = [Conv(32), Act(), Conv(64), Act(), Flatten(), Linear(256), Act()]

Of an input's shape, a layer gives with `out_shape` that of its output, with `build` itself as a module, and
with `transposed` the layer that leads back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import nn

from ..errors import CallError
from .layers import Broadcast, Nonlinearity, nonlinearity
from .shapes import WAY_OUT, Shape, is_vector, size


class Layer(Protocol):
    """One layer of a list; `shape` is that of an observation as it comes in, without the batch."""

    def out_shape(self, shape: Shape) -> Shape:
        """The shape of what the layer gives; raises CallError where it cannot take `shape`."""
        ...

    def build(self, shape: Shape) -> nn.Module:
        """The module that computes it, with its initial parameters."""
        ...

    def transposed(self, shape: Shape) -> Layer:
        """The layer of a mirrored decoder that leads back to `shape`."""
        ...


Layers = tuple[Layer, ...]


@dataclass(frozen=True)
class Conv:
    """A convolution with so many channels; as it is written, one that halves the map."""

    channels: int
    kernel: int = 4
    stride: int = 2
    padding: int = 1
    bias: bool = True

    def out_shape(self, shape: Shape) -> Shape:
        sides = [side + 2 * self.padding - self.kernel for side in _sides(shape, "a convolution")]
        if any(side < 0 or side % self.stride for side in sides):
            raise CallError(
                f"a convolution of kernel {self.kernel} and stride {self.stride} does not fit a map of "
                f"{shape[1]}×{shape[2]}: {WAY_OUT}"
            )
        return (self.channels, *(side // self.stride + 1 for side in sides))

    def build(self, shape: Shape) -> nn.Module:
        return nn.Conv2d(shape[0], self.channels, self.kernel, self.stride, self.padding, bias=self.bias)

    def transposed(self, shape: Shape) -> TransposedConv:
        return TransposedConv(shape[0], self.kernel, self.stride, self.padding, self.bias)


@dataclass(frozen=True)
class TransposedConv:
    """A transposed convolution; as it is written, one that doubles the map."""

    channels: int
    kernel: int = 4
    stride: int = 2
    padding: int = 1
    bias: bool = True

    def out_shape(self, shape: Shape) -> Shape:
        sides = _sides(shape, "a transposed convolution")
        return (self.channels, *((s - 1) * self.stride - 2 * self.padding + self.kernel for s in sides))

    def build(self, shape: Shape) -> nn.Module:
        return nn.ConvTranspose2d(
            shape[0], self.channels, self.kernel, self.stride, self.padding, bias=self.bias
        )

    def transposed(self, shape: Shape) -> Conv:
        return Conv(shape[0], self.kernel, self.stride, self.padding, self.bias)


@dataclass(frozen=True)
class Linear:
    """A linear layer of vectors; maps need a Flatten before it."""

    features: int
    bias: bool = True

    def out_shape(self, shape: Shape) -> Shape:
        return (self.features,)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Linear(size(shape), self.features, bias=self.bias)

    def transposed(self, shape: Shape) -> Linear:
        return Linear(size(shape), self.bias)


@dataclass(frozen=True)
class Flatten:
    """A map as a vector."""

    def out_shape(self, shape: Shape) -> Shape:
        return (size(shape),)

    def build(self, shape: Shape) -> nn.Module:
        return nn.Flatten()

    def transposed(self, shape: Shape) -> Unflatten:
        return Unflatten(shape)


@dataclass(frozen=True)
class Unflatten:
    """A vector as a map of this shape."""

    shape: Shape

    def out_shape(self, shape: Shape) -> Shape:
        if size(shape) != size(self.shape):
            raise CallError(f"{size(shape)} numbers cannot be laid out as {self.shape}")
        return self.shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.Unflatten(1, self.shape)

    def transposed(self, shape: Shape) -> Flatten:
        return Flatten()


@dataclass(frozen=True)
class Act:
    """A nonlinearity."""

    nonlin: Nonlinearity = "relu"

    def out_shape(self, shape: Shape) -> Shape:
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nonlinearity(self.nonlin)

    def transposed(self, shape: Shape) -> Act:
        return self


@dataclass(frozen=True)
class LeakyReLU:
    """A leaky ReLU of any slope; `Act("leaky_relu")` is that of 0.2."""

    slope: float

    def out_shape(self, shape: Shape) -> Shape:
        return shape

    def build(self, shape: Shape) -> nn.Module:
        return nn.LeakyReLU(self.slope, inplace=True)

    def transposed(self, shape: Shape) -> LeakyReLU:
        return self


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalization of a map's channels or a vector's numbers."""

    momentum: float = 0.1

    def out_shape(self, shape: Shape) -> Shape:
        return shape

    def build(self, shape: Shape) -> nn.Module:
        norm = nn.BatchNorm1d if is_vector(shape) else nn.BatchNorm2d
        return norm(shape[0], momentum=self.momentum)

    def transposed(self, shape: Shape) -> BatchNorm:
        return self


@dataclass(frozen=True)
class MaxPool:
    """The largest of each square of so many pixels a side."""

    side: int = 2

    def out_shape(self, shape: Shape) -> Shape:
        sides = _sides(shape, "pooling")
        if any(side % self.side for side in sides):
            raise CallError(
                f"pooling by {self.side} does not divide a map of {sides[0]}×{sides[1]}: {WAY_OUT}"
            )
        return (shape[0], *(side // self.side for side in sides))

    def build(self, shape: Shape) -> nn.Module:
        return nn.MaxPool2d(self.side)

    def transposed(self, shape: Shape) -> Upsample:
        return Upsample(self.side)


@dataclass(frozen=True)
class Upsample:
    """Enlargement, nearest-neighbour or bilinear with the corners kept in place."""

    factor: int = 2
    bilinear: bool = False

    def out_shape(self, shape: Shape) -> Shape:
        return (shape[0], *(self.factor * side for side in _sides(shape, "upsampling")))

    def build(self, shape: Shape) -> nn.Module:
        if self.bilinear:
            return nn.Upsample(scale_factor=self.factor, mode="bilinear", align_corners=True)
        return nn.Upsample(scale_factor=self.factor)

    def transposed(self, shape: Shape) -> MaxPool:
        return MaxPool(self.factor)


@dataclass(frozen=True)
class SpatialBroadcast:
    """Codes at every pixel, with its row and column; the beginning of a decoder, without a transpose."""

    height: int
    width: int

    def out_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 2, self.height, self.width)

    def build(self, shape: Shape) -> nn.Module:
        return Broadcast((self.height, self.width))

    def transposed(self, shape: Shape) -> Layer:
        raise CallError("a spatial broadcast has no transpose; write the encoder's layers out")


def assemble(layers: Sequence[Layer], shape: Shape) -> tuple[nn.Sequential, Shape]:
    """The layers as modules for inputs of this shape, and the shape that they give."""
    modules = []
    for layer in layers:
        after = layer.out_shape(shape)
        modules.append(layer.build(shape))
        shape = after
    return nn.Sequential(*modules), shape


def transposed(layers: Sequence[Layer], shape: Shape) -> Layers:
    """The layers that lead from the output of `layers` back to an input of this shape.

    >>> transposed([Conv(32), Act(), Flatten(), Linear(10)], (3, 4, 4))[:2]
    (Linear(features=128, bias=True), Unflatten(shape=(32, 2, 2)))
    """
    back: list[Layer] = []
    for layer in layers:
        back.append(layer.transposed(shape))
        shape = layer.out_shape(shape)
    return tuple(reversed(back))


def _sides(shape: Shape, what: str) -> tuple[int, ...]:
    if is_vector(shape):
        raise CallError(
            f"{what} needs images or maps, not vectors of {shape[0]} numbers; use conv12 or qlae-dense "
            "(`d/array/vec` has one, for data of your own)"
        )
    return shape[1:]
