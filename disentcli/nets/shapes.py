"""Shapes of observations: (C, H, W) is an image, (D,) a vector; and what a network can do with them."""

from __future__ import annotations

from math import prod

from ..errors import CallError

Shape = tuple[int, ...]

ANY_SIZE = ("a/dislib-fc", "a/higgins")  # networks of linear layers
WAY_OUT = (
    "pad images of your own (--dataset.pad true) or resize them (--dataset.size 32), choose another "
    f"architecture, or one of linear layers, which takes any size ({', '.join(ANY_SIZE)})"
)


def is_vector(shape: Shape) -> bool:
    """Whether observations of this shape are vectors, for which every convolution becomes a linear layer."""
    if len(shape) not in (1, 3):
        raise CallError(f"expected observations of shape (C, H, W) or (D,), got {shape}")
    return len(shape) == 1


def require_image(shape: Shape, network: str) -> None:
    """Refuse vectors for a network that only knows images."""
    if is_vector(shape):
        raise CallError(
            f"{network} is for images, the data are vectors of {shape[0]} numbers; use conv12 instead"
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
