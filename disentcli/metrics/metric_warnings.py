"""What a reader must know of a score that is a number all the same: warnings of metrics."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class MetricWarning(UserWarning):
    """A score was computed as defined, but says less than it seems to."""


def warn(message: str) -> None:
    """Warn of the score that is being computed."""
    warnings.warn(message, MetricWarning, stacklevel=3)


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """The messages of the metrics run inside, each once, once the block has ended; others warn as ever."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetricWarning)
        yield messages
    for one in caught:
        if not issubclass(one.category, MetricWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        elif str(one.message) not in messages:
            messages.append(str(one.message))
