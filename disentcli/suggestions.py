"""Near misses: what the user may have meant, and what exists."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 30


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names closest to `name`, best first; `-`, `_` and case are all one here."""
    table = {_plain(one): one for one in known}
    wanted = _plain(name)
    close = get_close_matches(wanted, table, n=count, cutoff=0.6)
    close += [one for one in table if len(wanted) > 2 and wanted in one and one not in close]
    return [table[one] for one in close[:count]]


def unknown(what: str, name: str, known: Iterable[str], more: str = "") -> str:
    """The message for a name that does not exist: near misses first, then the others.

    Where there are many, the others are those of the same folder: for `m/vea`, all that begin with `m/`.
    """
    names = sorted(set(known))
    close = nearest(name, names)
    lines = [f"unknown {what} {name!r}" + (f"; did you mean {' or '.join(close)}?" if close else "")]
    if len(names) > SHOWN:
        names = [one for one in names if one.rpartition("/")[0] == name.rpartition("/")[0]]
    if 0 < len(names) <= SHOWN:
        others = [one for one in names if one not in close]
        lines.append(f"There is: {', '.join([*close, *others])}")
    if more:
        lines.append(more)
    return "\n".join(lines)


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()
