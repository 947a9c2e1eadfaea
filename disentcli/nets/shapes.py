"""Shapes of observations: (C, H, W) is an image, (K, T) a pianoroll, (D,) a vector; what fits which."""

from __future__ import annotations

from math import prod
from typing import Literal

from ..errors import CallError

Shape = tuple[int, ...]
Kind = Literal["vector", "pianoroll", "image"]

ANY_SIZE = ("a/dislib-fc", "a/higgins")  # networks of linear layers
WAY_OUT = (
    "pad images of your own (--dataset.pad true) or resize them (--dataset.size 32), choose another "
    f"architecture, or one of linear layers, which takes any size ({', '.join(ANY_SIZE)})"
)


def kind_of(shape: Shape) -> Kind:
    """What observations of this shape are: the number of dimensions says it.

    >>> kind_of((3, 64, 64)), kind_of((4, 256)), kind_of((12,))
    ('image', 'pianoroll', 'vector')
    """
    kinds: dict[int, Kind] = {1: "vector", 2: "pianoroll", 3: "image"}
    if len(shape) not in kinds:
        raise CallError(f"expected observations of shape (C, H, W), (K, T) or (D,), got {shape}")
    return kinds[len(shape)]


def is_vector(shape: Shape) -> bool:
    """Whether observations of this shape are vectors, for which every convolution becomes a linear layer."""
    return kind_of(shape) == "vector"


def require_kind(shape: Shape, known: tuple[Kind, ...], network: str) -> None:
    """Refuse observations that a network is not for."""
    kind = kind_of(shape)
    if kind in known:
        return
    way_out = {
        "pianoroll": "take a/pianoroll",
        "image": "take a network for images, such as a/conv12",
        "vector": "take a/conv12",
    }
    raise CallError(
        f"{network} is for {' and '.join(f'{one}s' for one in known)}, the data are {kind}s; {way_out[kind]}"
    )


def require_image(shape: Shape, network: str) -> None:
    """Refuse vectors for a network that only knows images."""
    if is_vector(shape):
        raise CallError(
            f"{network} is for images, the data are vectors of {shape[0]} numbers; use conv12 "
            "(`d/array/vec` has it, for data of your own)"
        )


def bottleneck(shape: Shape, halvings: int, width: int, *, network: str) -> Shape:
    """The smallest feature map: (width, H / 2^halvings, W / 2^halvings), or (width,) for vectors.

    >>> bottleneck((3, 64, 64), 5, 64, network="conv12")
    (64, 2, 2)
    """
    if is_vector(shape):
        return (width,)
    height, breadth = shape[1:]
    unit = 2**halvings
    if not height or not breadth or height % unit or breadth % unit:
        raise CallError(
            f"{network} halves the image {halvings} times, so its sides must be multiples of {unit}; "
            f"the data gives {height}×{breadth}: {WAY_OUT}"
        )
    return (width, height // unit, breadth // unit)


def size(shape: Shape) -> int:
    """How many numbers an array of this shape holds."""
    return prod(shape)
