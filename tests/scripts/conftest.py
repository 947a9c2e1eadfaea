"""The fixture that calls `fig` in this process."""

from ..commands.conftest import here

__all__ = ["here"]
