"""Several loggers as one that never fails, made from a config."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...config.instantiate import build
from ...errors import CallError
from ..results import read_results
from .logger import Logger

if TYPE_CHECKING:
    from torch import Tensor

    from ..run import Run

DEFAULT, NONE = "tensorboard", "none"

_log = logging.getLogger(__name__)


class LoggerCollection:
    """Passes everything to each logger; one that fails is warned of once and left out from then on."""

    def __init__(self, loggers: Mapping[str, Logger]) -> None:
        self._all = dict(loggers)
        self._active = dict(loggers)

    def on_start(self, run: Run, step: int) -> None:
        """A training call starts, with all of them."""
        self._active = dict(self._all)
        self._each(lambda one: one.on_start(run, step))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Record values of this step."""
        self._each(lambda one: one.scalars(step, values))

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Record an image (C, H, W) in [0, 1]."""
        self._each(lambda one: one.image(step, tag, image))

    def flush(self, step: int) -> None:
        """The step is over."""
        self._each(lambda one: one.flush(step))

    def on_end(self, run: Run, status: str) -> None:
        """The training call is over."""
        self._each(lambda one: one.on_end(run, status))

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """Record the scores of an evaluation."""
        self._each(lambda one: one.results(run, ident, step, scores))

    def _each(self, call: Callable[[Logger], None]) -> None:
        for name, one in list(self._active.items()):
            try:
                call(one)
            except Exception as error:  # a server that is down, a full disk: the run is worth more
                del self._active[name]
                reason = str(error).partition("\n")[0]
                _log.warning(
                    "logger %s fails (%s: %s); the run goes on without", name, type(error).__name__, reason
                )


def make_loggers(given: Any) -> LoggerCollection:
    """The loggers of a config: names (`tensorboard,mlflow`), nodes (`{_type: mlflow}`), a list; `none`.

    Raises:
        CallError: there is no such logger, or its package is missing.
    """
    if isinstance(given, str) and given != NONE:
        given = [name.strip() for name in given.split(",")]
    nodes = [given] if isinstance(given, Mapping) else [] if given in (None, NONE) else given
    if not isinstance(nodes, list) or not all(isinstance(node, (str, Mapping)) and node for node in nodes):
        raise CallError(f"logger: expected names, as in --logger tensorboard,mlflow; not {given!r}")
    found: dict[str, Logger] = {}
    for node in nodes:
        full = {"_type": node} if isinstance(node, str) else node
        one, described = build("logger", full, where="logger", unknown="refuse")
        found[str(described["_type"])] = one
    return LoggerCollection(found)


def log_results(run: Run, ident: str) -> None:
    """Pass results of this ident to the loggers of the run's config; none of it can fail."""
    try:
        results = read_results(run, ident)
        loggers = make_loggers(run.config().get("logger", DEFAULT))
    except CallError as error:
        _log.warning("%s", error)
        return
    loggers.results(run, ident, int(results.settings.get("step", 0)), results.flat())
