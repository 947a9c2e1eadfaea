"""disentcli: learn disentangled representations, and measure them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .runs.load import load_run

__version__ = "0.2.0.dev0"
__all__ = ["__version__", "load_run"]


def __getattr__(name: str) -> Any:
    """`load_run` on first use: whoever only asks for help must not wait for torch."""
    if name == "load_run":
        from .runs.load import load_run

        return load_run
    raise AttributeError(f"module 'disentcli' has no attribute {name!r}")
