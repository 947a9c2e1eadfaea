"""The registry: a decorator for each kind of component gives a plain class or function its config name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import DisentError
from .renamed import check_renamed

Component = TypeVar("Component", bound=Callable[..., Any])

KINDS = (
    "encoder",
    "decoder",
    "distribution",
    "latent",
    "sampler",
    "method",
    "dataset",
    "source",
    "view",
    "split",
    "metric",
    "figure",
    "optimizer",
    "scheduler",
    "weighting",
    "supervision",
    "operator",
    "prior",
    "logger",
    "executor",
    "script",
)

_table: dict[tuple[str, str], Callable[..., Any]] = {}


def _decorator(kind: str) -> Callable[[str], Callable[[Component], Component]]:
    def named(name: str) -> Callable[[Component], Component]:
        def register(target: Component) -> Component:
            known = _table.get((kind, name))
            if known is not None and (known.__module__, known.__qualname__) != (
                target.__module__,
                target.__qualname__,
            ):
                raise DisentError(
                    f"{kind} {name!r} is registered twice: {known.__module__}.{known.__qualname__} "
                    f"and {target.__module__}.{target.__qualname__}; rename one of them"
                )
            check_renamed(kind, target)
            _table[kind, name] = target
            return target

        return register

    named.__doc__ = (
        f"Register the decorated class or function as the {kind} of this name; it stays unchanged."
    )
    return named


encoder = _decorator("encoder")
decoder = _decorator("decoder")
distribution = _decorator("distribution")
latent = _decorator("latent")
sampler = _decorator("sampler")
method = _decorator("method")
dataset = _decorator("dataset")
source = _decorator("source")
view = _decorator("view")
split = _decorator("split")
metric = _decorator("metric")
figure = _decorator("figure")
optimizer = _decorator("optimizer")
scheduler = _decorator("scheduler")
weighting = _decorator("weighting")
supervision = _decorator("supervision")
operator = _decorator("operator")
prior = _decorator("prior")
logger = _decorator("logger")
executor = _decorator("executor")
script = _decorator("script")


def registered(kind: str) -> dict[str, Callable[..., Any]]:
    """Everything of this kind whose module has been imported, by name."""
    return {name: target for (of, name), target in _table.items() if of == kind}
