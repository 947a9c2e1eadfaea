"""Several loggers as one that cannot fail."""

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


class Loggers:
    """Tells each logger; one that fails is told of once, and left out of the rest of the call."""

    def __init__(self, loggers: Mapping[str, Logger]) -> None:
        self._all = dict(loggers)
        self._at_work = dict(loggers)

    def begin(self, run: Run, step: int) -> None:
        """A training call begins, with all of them."""
        self._at_work = dict(self._all)
        self._each(lambda one: one.begin(run, step))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Values as of this step."""
        self._each(lambda one: one.scalars(step, values))

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """An image (C, H, W) in [0, 1]."""
        self._each(lambda one: one.image(step, tag, image))

    def flush(self, step: int) -> None:
        """The step is over."""
        self._each(lambda one: one.flush(step))

    def end(self, run: Run, status: str) -> None:
        """The training call is over."""
        self._each(lambda one: one.end(run, status))

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """An evaluation was written."""
        self._each(lambda one: one.results(run, ident, step, scores))

    def _each(self, tell: Callable[[Logger], None]) -> None:
        for name, one in list(self._at_work.items()):
            try:
                tell(one)
            except Exception as error:  # a server that is down, a full disk: the run is worth more
                del self._at_work[name]
                reason = str(error).partition("\n")[0]
                _log.warning(
                    "logger %s fails (%s: %s); the run goes on without", name, type(error).__name__, reason
                )


def make_loggers(given: Any) -> Loggers:
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
    return Loggers(found)


def tell_results(run: Run, ident: str) -> None:
    """Tell the loggers of a run's config of these results of it; none of it can fail."""
    try:
        results = read_results(run, ident)
        loggers = make_loggers(run.config().get("logger", DEFAULT))
    except CallError as error:
        _log.warning("%s", error)
        return
    loggers.results(run, ident, int(results.settings.get("step", 0)), results.flat())
