"""Scores of codes against factors: one metric a file, each a plain function of arrays.

    from disentcli.metrics import dci, mig

    mig(codes, factors)["mig"]                      # codes (N, D), factors (N, F)
    dci(codes, factors, train_size=10_000)          # the first 10,000 points train, the others test

Every registered metric is here under its name. It gives a dictionary of scores (floats) and arrays; it
raises `Unsupported` where the data cannot support it, and `CallError` for what are no codes or factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from ..registry.discovery import scan


def _registered() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Names and functions of the metrics in this package.

    All their modules are imported before a name is bound: importing `metrics/mig.py` for the first time
    makes the module the package's attribute `mig`, where the function is to stand.
    """
    found = [entry for entry in scan((__name__,)) if entry.kind == "metric"]
    modules = [import_module(entry.module) for entry in found]
    for entry, module in zip(found, modules, strict=True):
        yield entry.name.replace("-", "_"), getattr(module, entry.qualname)


_metrics = dict(_registered())
globals().update(_metrics)
__all__ = sorted(_metrics)
