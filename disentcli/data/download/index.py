"""Which public datasets there are, by name and category, found through the registry."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import cast, get_args, get_type_hints

from ...errors import CallError
from ...registry import catalog
from ...suggestions import nearest
from .source import Source

CATEGORY = "cat"  # the parameter of a source's function, a Literal, where it has categories
#: names that the published code of structural autoencoders has for datasets (Leeb et al., ICLR 2023)
OTHER_NAMES = {"3dshapes": "3ds", "mpi3d": "mpi"}


def names() -> list[str]:
    """The words that `fig download-dataset` takes."""
    return [entry.name for entry in catalog.entries("source")]


def categories(name: str) -> tuple[str, ...]:
    """The categories of a dataset; () where it has none."""
    function = catalog.resolve("source", name)
    if CATEGORY not in inspect.signature(function).parameters:
        return ()
    return get_args(get_type_hints(function)[CATEGORY])


def get_source(name: str, category: str | None = None) -> Source:
    """The source of this name, in its default category if none is named; CallError says what exists."""
    if name not in names():
        near = "".join(f"; did you mean {one}?" for one in nearest(name, names(), count=1))
        raise CallError(f"no dataset {name!r} can be downloaded{near}\nThere are {listing()}")
    function = cast(Callable[..., Source], catalog.resolve("source", name))
    if category is None:
        return function()
    known = categories(name)
    if not known:
        raise CallError(f"{name} has no categories: leave out --cat {category}")
    if category not in known:
        raise CallError(f"{name} has the categories {', '.join(known)}, not {category!r}")
    return function(**{CATEGORY: category})


def all_published() -> dict[str, Source]:
    """Every source by the name of its folder: `mpi_toy`, `mpi_real`, … ."""
    every = [get_source(name, one) for name in names() for one in categories(name) or (None,)]
    return {source.name: source for source in every}


def listing() -> str:
    """The names with their categories, for messages."""
    return ", ".join(
        f"{name} (--cat {', '.join(known)})" if (known := categories(name)) else name for name in names()
    )
