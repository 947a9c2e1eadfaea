"""Names of scores cut short until a table fits."""

from __future__ import annotations

import re
from collections.abc import Sequence

LENGTHS = (12, 9, 7, 5)  # letters that a word may keep


def abbreviated(names: Sequence[str], room: int, least: int = 0) -> dict[str, str]:
    """Each name and what stands for it: itself where all fit into `room` characters, `least` a column.

    Else each long word loses its end; different names stay different.

    >>> abbreviated(["dci.disentanglement", "mig"], 20)
    {'dci.disentanglement': 'dci.disentang', 'mig': 'mig'}
    """
    short = list(names)
    for length in LENGTHS:
        if sum(max(len(name) + 2, least) for name in short) <= room:
            break
        cut = [_cut(name, length) for name in names]
        short = cut if len(set(cut)) == len(cut) else short
    return dict(zip(names, short, strict=True))


def _cut(name: str, length: int) -> str:
    """The name with its words of more than `length` + 1 letters cut."""
    return re.sub(r"[^\W_]+", lambda word: word[0] if len(word[0]) <= length + 1 else word[0][:length], name)


def legend(short: dict[str, str]) -> str:
    """`dci.disen is dci.disentanglement, …`; nothing where no name was cut."""
    return ", ".join(f"{cut} is {name}" for name, cut in short.items() if cut != name)
