"""What a dataset is, known without its files: for lists, for the network that fits it, for pictures.

A dataset class tells it with a static method `info`, whose arguments are some of the constructor's. The
constructor alone declares their types and defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any

from ..config.coercion import coerce
from ..errors import CallError
from ..registry.signature import Argument, arguments_of
from ..suggestions import unknown
from .dataset_folder import StoreSpec
from .factors import FactorSpace, Values


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a dataset: image shape, factors, licence, citation, and where its files are."""

    title: str
    shape: tuple[int, ...]  # of one image (C, H, W), or vector (D,); () where only the files know
    count: int | None  # None where only the files know
    factor_names: tuple[str, ...] = ()
    factor_sizes: tuple[int, ...] = ()  # 0 where continuous
    factor_values: tuple[Values, ...] = ()  # of each factor; () where continuous
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    folder: str = ""  # below dataroot; "" where nothing is kept on disk
    disk: int = 0  # bytes of that folder
    obtain: str = ""  # `fig download-dataset 3ds`, or "rendered on first use", "made when loaded"
    downloads: tuple[str, ...] = ()  # folders of the sources that it is made of: mpi_toy, scream

    @classmethod
    def of_spec(
        cls, spec: StoreSpec, *, title: str, folder: str, obtain: str, homepage: str = ""
    ) -> DatasetInfo:
        """The info of a dataset folder that is, or will be, described by `spec`."""
        space = spec.factors
        return cls(
            title=title,
            shape=spec.shape,
            count=spec.count,
            factor_names=space.names if space else (),
            factor_sizes=space.sizes if space else (),
            factor_values=space.values if space else (),
            licence=spec.licence,
            citation=spec.citation,
            homepage=homepage,
            folder=folder,
            disk=spec.image_bytes,
            obtain=obtain,
        )

    def without_factors(self, hidden: Sequence[str]) -> DatasetInfo:
        """The same, but for these factors of a full grid, which are hidden."""
        shown = FactorSpace(self.factor_names, self.factor_sizes, self.factor_values).without(hidden)
        return replace(self, factor_names=shown.names, factor_sizes=shown.sizes, factor_values=shown.values)


def describe_dataset(
    component: Callable[..., Any], arguments: Mapping[str, Any] | None = None, *, root: Path | None = None
) -> DatasetInfo:
    """The info of a dataset with these arguments of its constructor.

    An argument may be text of a config or of a command line; one that is not given has its default, or is
    None where it has none. A class (or function) without `info` is called, and what it makes is described.

    >>> from disentcli.data.public.mnist import MNIST
    >>> describe_dataset(MNIST, {"pad": "no"}).shape
    (1, 28, 28)

    Args:
        component: A class of datasets, or a function that makes one.
        arguments: Some of its arguments by name.
        root: The folder of the data, for a class without `info`.

    Raises:
        CallError: An argument is unknown, or its value does not fit its type.
    """
    declared = arguments_of(component)
    values = {} if root is None or "root" not in declared else {"root": str(root)}
    for name, value in (arguments or {}).items():
        if name not in declared:
            raise CallError(f"dataset.{name}: {unknown('argument', name, declared)}")
        values[name] = coerce(value, declared[name].hint, f"dataset.{name}")
    info: Callable[..., DatasetInfo] | None = getattr(component, "info", None)
    if info is None:
        return _describe_made(component, values, declared)
    return info(**{name: _value(declared[name], values) for name in signature(info).parameters})


def _value(argument: Argument, values: Mapping[str, Any]) -> Any:
    """The value that is given for an argument, else its default, else None."""
    return values.get(argument.name, None if argument.required else argument.default)


def _describe_made(
    component: Callable[..., Any], values: Mapping[str, Any], declared: Mapping[str, Argument]
) -> DatasetInfo:
    """The info of the dataset that these arguments make; without its shape where an argument is missing."""
    title = component.__name__
    if any(argument.required and name not in values for name, argument in declared.items()):
        return DatasetInfo(title, (), None, obtain="made when loaded")
    data = component(**values)
    return DatasetInfo(
        title=title,
        shape=tuple(getattr(data, "shape", ())),
        count=len(data) if hasattr(data, "__len__") else None,
        factor_names=tuple(getattr(data, "factor_names", ())),
        factor_sizes=tuple(getattr(data, "factor_sizes", ())),
        factor_values=tuple(getattr(data, "factor_values", ())),
        obtain="made when loaded",
    )
