"""What a logger is: it hears of a training call, of each record in it, and of evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...errors import CallError

if TYPE_CHECKING:
    from torch import Tensor

    from ..run import Run


class Logger:
    """Hears what is recorded. Any method may raise: the run goes on without this logger."""

    def begin(self, run: Run, step: int) -> None:
        """A training call begins or goes on after this step; the run is locked by this process."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Values as of this step: {"train/kl": 1.2}."""

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """An image (C, H, W) in [0, 1]."""

    def flush(self, step: int) -> None:
        """The step is over: what was told of it must not be lost."""

    def end(self, run: Run, status: str) -> None:
        """The call is over: completed, interrupted or failed."""

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """An evaluation of this checkpoint was written; scores by name. No training call is at work."""


def needed(package: str) -> Any:
    """A logger's package, imported; raises CallError with the way to get it where it is missing."""
    try:
        return import_module(package)
    except ImportError as error:
        raise CallError(
            f"logger: {package} cannot be imported ({error}); "
            f"pip install 'disentcli[{package}]', or leave it out of --logger"
        ) from error


def known_as(run: Run, name: str) -> dict[str, str]:
    """What a logger has noted in run.json of the run it made there; empty if it has not."""
    return dict(run.info().get("loggers", {}).get(name, {}))


def note(run: Run, name: str, known: Mapping[str, str]) -> None:
    """Note in run.json how this logger finds its run again; for the process that holds the lock."""
    run.update(loggers={**run.info().get("loggers", {}), name: dict(known)})
