"""The public names of a package, whose modules are imported when a name is first used.

A package's `__init__.py` lists its exports twice, which a test compares: for type checkers and editors as
imports under `if TYPE_CHECKING:`, and for Python as a table of names and their modules:

    __getattr__, __dir__, __all__ = attach(__name__, {"VAE": "vae", "AE": "ae"})
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def attach(
    package: str, exports: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of a package that exports these names lazily.

    Args:
        package: the package's `__name__`.
        exports: the module in which each name is defined, as written after `from .` ("vae", "dci.dci").
    """
    module = sys.modules[package]
    names = sorted(exports)

    def getattr_(name: str) -> Any:
        if name not in exports:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=module)
        value = getattr(import_module(f"{package}.{exports[name]}"), name)
        setattr(module, name, value)  # found without this function from now on
        return value

    def dir_() -> list[str]:
        return sorted({*vars(module), *names})

    module.__class__ = _LazyPackage
    return getattr_, dir_, names


class _LazyPackage(ModuleType):
    """A package in which an exported name is never the submodule of the same name.

    Python stores a submodule in its package when it is imported: `metrics.mig` would become the module.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (isinstance(value, ModuleType) and name in vars(self).get("__all__", ())):
            super().__setattr__(name, value)
