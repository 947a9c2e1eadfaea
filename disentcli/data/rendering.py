"""The folder of a dataset that is rendered here: opened, and rendered first where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .lock import exclusive
from .store import Store, StoreSpec, open_store


def open_or_render(root: Path, folder: str, spec: StoreSpec, render: Callable[[Path], None]) -> Store:
    """The dataset folder `root / folder` of `spec`; `render` makes it where it is missing.

    One process renders, others wait. DisentError if the folder is damaged or another version's.
    """
    path = root / folder
    if not path.exists():
        with exclusive(path):
            if not path.exists():
                render(path)
    return open_store(path, "call again to render it anew", expected=spec)
