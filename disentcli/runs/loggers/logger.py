"""The interface of loggers, and what they share: optional packages, and ids of runs on other services."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...errors import CallError

if TYPE_CHECKING:
    from torch import Tensor

    from ..run import Run


class Logger:
    """Receives what is recorded. Any method may raise: the run goes on without this logger."""

    def on_start(self, run: Run, step: int) -> None:
        """A training call starts or resumes after this step; the run is locked by this process."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Record values of this step: {"train/kl": 1.2}."""

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Record an image (C, H, W) in [0, 1]."""

    def flush(self, step: int) -> None:
        """The step is over: what was recorded of it must not be lost."""

    def on_end(self, run: Run, status: str) -> None:
        """The training call is over: completed, interrupted or failed."""

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """Record the scores of an evaluation of the checkpoint of this step; no training call is running."""


def require_package(package: str, extra: str = "") -> Any:
    """Import a logger's package, which the extra of its name, or of another, installs.

    Raises:
        CallError: it is not installed; the message says how to install it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise CallError(
            f"logger: {package} cannot be imported ({error}); "
            f"pip install 'disentcli[{extra or package}]', or leave it out of --logger"
        ) from error


def load_remote_id(run: Run, name: str) -> dict[str, str]:
    """How this logger finds its own run again, as run.json has it; empty if it made none."""
    return dict(run.info().get("loggers", {}).get(name, {}))


def save_remote_id(run: Run, name: str, known: Mapping[str, str]) -> None:
    """Write into run.json how this logger finds its own run again; only with the run's lock."""
    run.update(loggers={**run.info().get("loggers", {}), name: dict(known)})
