"""Progress bars of bytes: drawn on a terminal, silent elsewhere."""

from __future__ import annotations

from tqdm import tqdm


def byte_bar(what: str, total: int | None, done: int = 0, *, quiet: bool = False) -> tqdm[None]:
    """A bar that counts bytes, `done` of `total` at first; use it in a `with`."""
    return tqdm(
        desc=what,
        total=total,
        initial=done,
        unit="B",
        unit_scale=True,
        leave=False,
        dynamic_ncols=True,
        disable=True if quiet else None,  # None: only on a terminal
    )
